"""Bars of a stretch of time from what is kept for good."""

from __future__ import annotations

from store.errors import InvalidTimeframe
from store.grid import Bars
from store.history.minutes import minutes_span, read_minutes
from store.history.windows import Wanted, bars_of_minutes
from store.sql.database import Database
from store.timeframes import Timeframe

MADE_OF_MINUTES = tuple(timeframe for timeframe in Timeframe if timeframe.kept_as is Timeframe.M1)


def bars_from_history(
    database: Database,
    instrument: str,
    timeframe: Timeframe,
    *,
    start_ms: int | None = None,
    end_ms: int | None = None,
    limit: int,
) -> Bars:
    """Closed bars (`PACKED_BAR`) that open in [start, end), ascending: the first `limit` from a start, else the last.

    Seconds are not kept: `InvalidTimeframe`. Raises `DatabaseUnavailable`, `SchemaOutdated`.
    """
    if timeframe not in MADE_OF_MINUTES:
        raise InvalidTimeframe(timeframe, MADE_OF_MINUTES)
    with database.read() as connection:
        return bars_of_minutes(
            lambda start, end: read_minutes(connection, instrument, start_ms=start, end_ms=end),
            minutes_span(connection, instrument),
            timeframe,
            Wanted(start_ms, end_ms, limit),
        )
