"""Where stored data meets analytics: pair snapshots, the monitor process, alerts."""
