"""Where the database is if nothing says so; apart, so that whoever only passes it on loads no SQL."""

from __future__ import annotations

DEFAULT_DATABASE_URL = "sqlite:///var/spreadboard.sqlite"
