"""Figures as plain dicts: pure functions of snapshot rows and a theme."""
