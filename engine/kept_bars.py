"""Bars as far back as they are kept: minutes of the streams, and of SQL where the streams do not reach."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from redis import Redis

from engine.bar_range import read_bar_range
from engine.circuit import Circuit
from store import keys
from store.bars import parse_bars
from store.client import store_errors
from store.grid import Bars
from store.history.minutes import Span, minutes_span, read_minutes
from store.history.windows import Wanted, bars_of_minutes
from store.sql.database import Database
from store.sql.errors import DatabaseUnavailable, SchemaOutdated
from store.timeframes import Timeframe

_MOST_ENTRIES = 40_000  # of a stream of minutes: retention keeps a quarter of that


class KeptBars:
    """Reads both; safe between threads. `circuit` is the one that guards the streams.

    Where both hold a minute the higher revision stays; of equal ones that of SQL, which has been
    weighed against all that was known of this minute before (`store.history.minutes`).
    """

    def __init__(
        self,
        client: Redis,
        database: Database | None,
        circuit: Circuit,
        *,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._database = database
        self._circuit = circuit
        self._sql_circuit = Circuit(now_s)

    def knows(self, instrument: str) -> bool:
        """Whether anything is kept for good of an instrument, though the store may have lost it."""
        if self._database is None:
            return False
        with self._sql_circuit.closed(), self._database.read() as connection:
            return minutes_span(connection, instrument) is not None

    def read(self, instrument: str, timeframe: Timeframe, wanted: Wanted) -> Bars:
        """Closed bars, ascending, absent ones left out. Seconds are in the streams alone.

        A database that does not answer matters only where the streams do not reach. Raises `StoreUnavailable`.
        """
        if timeframe is Timeframe.S1 or self._database is None:
            return self._streamed(instrument, timeframe, wanted)
        try:
            with self._circuit.closed():
                recent = read_stream_minutes(self._client, instrument)
            with self._sql_circuit.closed():
                return self._merged(self._database, instrument, timeframe, wanted, recent)
        except (DatabaseUnavailable, SchemaOutdated):
            bars = self._streamed(instrument, timeframe, wanted)
            if not _reaches(bars, recent, wanted):
                raise
            return bars

    def _streamed(self, instrument: str, timeframe: Timeframe, wanted: Wanted) -> Bars:
        with self._circuit.closed():
            return read_bar_range(
                self._client,
                instrument,
                timeframe,
                start_ms=wanted.start_ms,
                end_ms=wanted.end_ms,
                limit=wanted.limit,
            )

    def _merged(self, database: Database, instrument: str, timeframe: Timeframe, wanted: Wanted, recent: Bars) -> Bars:
        with database.read() as connection:
            kept = minutes_span(connection, instrument)

            def read(start_ms: int, end_ms: int) -> Bars:
                of_sql = read_minutes(connection, instrument, start_ms=start_ms, end_ms=end_ms)
                return merged(of_sql, _between(recent, start_ms, end_ms))

            return bars_of_minutes(read, _joined(kept, _span(recent)), timeframe, wanted)


def read_stream_minutes(client: Redis, instrument: str) -> Bars:
    """All minutes of an instrument's stream, ascending, the last revision of each. Raises `StoreUnavailable`."""
    with store_errors():
        entries: Any = client.xrevrange(keys.bars(instrument, Timeframe.M1), count=_MOST_ENTRIES)
    newest_first = parse_bars([fields[keys.FIELD] for _, fields in entries])
    _, places = np.unique(newest_first["open_time_s"], return_index=True)
    minutes: Bars = newest_first[places]
    return minutes


def merged(of_sql: Bars, of_stream: Bars) -> Bars:
    """Each minute once, ascending: the higher revision, of equal ones that of SQL."""
    if not len(of_stream):
        return of_sql
    both = np.concatenate((of_stream, of_sql))
    order = np.lexsort((np.arange(len(both)), both["revision"], both["open_time_s"]))
    both = both[order]
    last = np.append(both["open_time_s"][1:] != both["open_time_s"][:-1], True)
    chosen: Bars = both[last]
    return chosen


def _between(minutes: Bars, start_ms: int, end_ms: int) -> Bars:
    first, last = np.searchsorted(minutes["open_time_s"], (start_ms // 1000, -(-end_ms // 1000)))
    part: Bars = minutes[first:last]
    return part


def _span(minutes: Bars) -> Span | None:
    if not len(minutes):
        return None
    return Span(int(minutes["open_time_s"][0]) * 1000, int(minutes["open_time_s"][-1]) * 1000)


def _joined(a: Span | None, b: Span | None) -> Span | None:
    if a is None or b is None:
        return a or b
    return Span(min(a.first_ms, b.first_ms), max(a.last_ms, b.last_ms))


def _reaches(bars: Bars, recent: Bars, wanted: Wanted) -> bool:
    """Whether the streams alone are the whole answer, as far as anybody can know without the database."""
    if wanted.start_ms is None:
        return len(bars) >= wanted.limit
    return len(recent) > 0 and wanted.start_ms >= int(recent["open_time_s"][0]) * 1000
