"""The monitor process: judges alert rules and runs slow tests whether or not a browser is open."""
