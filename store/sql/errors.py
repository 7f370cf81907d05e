"""Errors of durable state.

StoreError
├── StoreUnavailable
│   └── DatabaseUnavailable   the database does not answer, or not in time
├── SchemaOutdated            its tables are not those of this version
└── InvalidDatabaseAddress    not an address of SQLite or PostgreSQL (also a ValueError)
"""

from __future__ import annotations

from store.errors import StoreError, StoreUnavailable


class DatabaseUnavailable(StoreUnavailable):
    """The database does not answer, or not in time."""


class SchemaOutdated(StoreError):
    """The tables are not those of this version."""

    def __init__(self) -> None:
        super().__init__("the database lacks tables of this version: run `python -m store.sql upgrade`")


class InvalidDatabaseAddress(StoreError, ValueError):
    """Not an address of SQLite or PostgreSQL. The address itself is not repeated: it may hold a password."""

    def __init__(self) -> None:
        super().__init__(
            "DATABASE_URL is not usable: write sqlite:///path/to/file or postgresql://user:password@host/name"
        )
