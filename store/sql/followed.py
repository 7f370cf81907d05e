"""The symbols that analysts chose to follow, venue by venue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, select

from store.sql.flags import append_flag
from store.sql.insert import append_once
from store.sql.tables import FOLLOWED


class FollowedRecord(NamedTuple):
    venue: str
    symbol: str
    position: int
    added_ms: int


def read_followed(connection: Connection) -> tuple[FollowedRecord, ...]:
    """All of them, each venue's in their order."""
    columns = [FOLLOWED.c[name] for name in FollowedRecord._fields]
    statement = select(*columns).order_by(FOLLOWED.c.venue, FOLLOWED.c.position, FOLLOWED.c.symbol)
    return tuple(FollowedRecord(*row) for row in connection.execute(statement))


def append_first_set(connection: Connection, venue: str, symbols: Sequence[str], added_ms: int) -> None:
    """Write the set that a venue began with, once; whoever comes second waits for the first to commit."""
    if append_flag(connection, f"followed {venue}", added_ms):
        for symbol in symbols:
            append_followed(connection, venue, symbol, added_ms)


def append_followed(connection: Connection, venue: str, symbol: str, added_ms: int) -> bool:
    """Follow a symbol, after all others; False where it is followed already."""
    last = connection.execute(select(func.max(FOLLOWED.c.position)).where(FOLLOWED.c.venue == venue)).scalar()
    position = 0 if last is None else last + 1
    return append_once(connection, FOLLOWED, FollowedRecord(venue, symbol, position, added_ms)._asdict())


def delete_followed(connection: Connection, venue: str, symbol: str) -> bool:
    """Follow a symbol no longer; False where it was not followed."""
    found = (FOLLOWED.c.venue == venue) & (FOLLOWED.c.symbol == symbol)
    return connection.execute(delete(FOLLOWED).where(found).returning(FOLLOWED.c.symbol)).first() is not None
