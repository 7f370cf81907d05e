"""Addresses of databases, as people and platforms write them."""

from __future__ import annotations

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from store.sql.default_address import DEFAULT_DATABASE_URL as DEFAULT_DATABASE_URL
from store.sql.errors import InvalidDatabaseAddress

_POSTGRES = ("postgres", "postgresql", "postgresql+psycopg")


def parse_database_url(text: str) -> URL:
    """Read ``sqlite:///path``, ``postgres://…`` or ``postgresql://…``; raise `InvalidDatabaseAddress`."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise InvalidDatabaseAddress from None
    if url.drivername in _POSTGRES and url.database:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername == "sqlite" and url.database and url.database != ":memory:":
        return url
    raise InvalidDatabaseAddress
