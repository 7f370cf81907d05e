"""The pairs that the desk watches."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, delete, select

from store.sql.insert import append_once
from store.sql.pairs import PairRecord, encode_pair, parse_pair
from store.sql.tables import WATCHLIST


class WatchRecord(NamedTuple):
    id: int
    pair: PairRecord
    added_ms: int


def append_watched(connection: Connection, pair: PairRecord, added_ms: int) -> bool:
    """Watch a pair; False where it is watched already."""
    return append_once(connection, WATCHLIST, {**encode_pair(pair), "added_ms": added_ms})


def read_watchlist(connection: Connection) -> tuple[WatchRecord, ...]:
    """All watched pairs, the first added first."""
    rows = connection.execute(select(WATCHLIST).order_by(WATCHLIST.c.id))
    return tuple(WatchRecord(row.id, parse_pair(row), row.added_ms) for row in rows)


def delete_watched(connection: Connection, watch_id: int) -> str | None:
    """Stop watching; the pair's key, None where no such entry was."""
    statement = delete(WATCHLIST).where(WATCHLIST.c.id == watch_id).returning(WATCHLIST.c.pair_key)
    key: str | None = connection.execute(statement).scalar()
    return key
