"""Rows of pair snapshots: computed once, by whoever asks first, and shared to the last bit."""
