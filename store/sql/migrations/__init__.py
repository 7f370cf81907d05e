"""Steps from one form of the tables to the next, run by `python -m store.sql upgrade`."""
