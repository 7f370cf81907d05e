"""Measurements, with peers and limits beside them in the same run."""
