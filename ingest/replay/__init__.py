"""Recordings: read, checked, and played at any pace."""
