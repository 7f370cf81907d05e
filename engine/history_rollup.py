"""Takes closed 1 m bars over from the streams into SQL, where they are kept for good.

Bars and the place in the stream up to which they were taken go into one transaction, and the place
moves by compare-and-set: a crash, a second monitor or a repetition takes nothing twice and leaves
nothing out. A store that was emptied is read from its beginning, as a new generation.
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime
from typing import Any, NamedTuple

from redis import Redis
from sqlalchemy import Connection

from store import keys
from store.bars import parse_bars
from store.client import store_errors
from store.epoch import read_epoch
from store.errors import StoreError
from store.grid import Bars
from store.history.cursors import MinuteCursor, read_cursors, replace_cursor
from store.history.minutes import append_minutes, minutes_span
from store.instruments import parse_instrument
from store.reader_gaps import ReaderGap, note_reader_gap
from store.sql.database import Database
from store.timeframes import Timeframe

KEPT_VENUES = frozenset({"sim", "spot", "usdm", "coinbase"})
"""A recording plays again, and an upload is kept where it was uploaded to."""

ENTRIES_AT_ONCE = 2_000
_BEGINNING = "0-0"

_LOG = logging.getLogger(__name__)


class RolledUp(NamedTuple):
    """What one pass did: bars read, and whether some stream holds more than it read."""

    bars: int
    more: bool


class _News(NamedTuple):
    """What one stream holds after a cursor."""

    instrument: str
    before: MinuteCursor | None
    after: MinuteCursor
    bars: Bars
    more: bool
    jumped: bool


class _Moved(Exception):
    """Somebody else took over from the same stream at the same time."""


class HistoryRollup:
    """One pass a `run`, at most `entries` of each stream; use it from one thread at a time."""

    def __init__(self, client: Redis, database: Database, *, entries: int = ENTRIES_AT_ONCE) -> None:
        self._client = client
        self._database = database
        self._entries = entries
        self._cursors: dict[str, MinuteCursor] | None = None

    def run(self) -> RolledUp:
        """Take over what is new. Raises `StoreUnavailable` or `DatabaseUnavailable`, and has then done nothing."""
        if self._cursors is None:
            with self._database.read() as connection:
                self._cursors = read_cursors(connection)
        news = [new for new in self._read(self._cursors) if len(new.bars)]
        if not news:
            return RolledUp(0, more=False)
        try:
            with self._database.write() as connection:
                missed = [gap for new in news if new.jumped and (gap := _missed(connection, new))]
                for new in news:
                    _take_over(connection, new)
        except _Moved:
            self._cursors = None
            return RolledUp(0, more=True)
        self._cursors.update({new.instrument: new.after for new in news})
        for gap in missed:
            self._note(gap)
        return RolledUp(sum(len(new.bars) for new in news), more=any(new.more for new in news))

    def _read(self, cursors: dict[str, MinuteCursor]) -> list[_News]:
        with store_errors():
            epoch = read_epoch(self._client)
            registered: Any = self._client.hkeys(keys.INSTRUMENTS)
        if epoch is None:
            return []
        names = sorted(name.decode() for name in registered)
        kept = [name for name in names if parse_instrument(name).venue in KEPT_VENUES]
        starts = {name: _start(cursors.get(name), epoch.decode()) for name in kept}
        with store_errors():
            pipeline = self._client.pipeline(transaction=False)
            for name, start in starts.items():
                # The last entry known comes along: if it is gone, so may others be.
                pipeline.xrange(keys.bars(name, Timeframe.M1), min=start.entry_id, count=self._entries + 1)
            pipeline.get(keys.EPOCH)
            *replies, epoch_after = pipeline.execute()
        if epoch_after != epoch:
            return []
        return [
            self._news(name, cursors.get(name), start, entries)
            for (name, start), entries in zip(starts.items(), replies, strict=True)
        ]

    def _news(self, name: str, before: MinuteCursor | None, start: MinuteCursor, entries: list[Any]) -> _News:
        more, jumped = len(entries) > self._entries, False
        if entries and entries[0][0].decode() == start.entry_id:
            entries = entries[1:]
        elif start.entry_id != _BEGINNING and entries:
            jumped = True
        bars = parse_bars([fields[keys.FIELD] for _, fields in entries])
        end_id = entries[-1][0].decode() if entries else start.entry_id
        return _News(name, before, start._replace(entry_id=end_id), bars, more, jumped)

    def _note(self, gap: ReaderGap) -> None:
        times = (f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M}" for ms in (gap.first, gap.last))
        said = "%s: its history has a gap from %s to %s: the bars left the stream before they were kept"
        _LOG.warning(said, gap.instrument, *times)
        try:
            note_reader_gap(self._client, gap)
        except StoreError as error:
            _LOG.debug("the gap cannot be written down: %s", error)


def _start(cursor: MinuteCursor | None, epoch: str) -> MinuteCursor:
    if cursor is None:
        return MinuteCursor(epoch, _BEGINNING, 1)
    if cursor.epoch != epoch:
        return MinuteCursor(epoch, _BEGINNING, cursor.generation + 1)
    return cursor


def _missed(connection: Connection, new: _News) -> ReaderGap | None:
    """The minutes between the newest that is kept and the oldest that is left; what left may have been revisions."""
    kept = minutes_span(connection, new.instrument)
    if kept is None:
        return None
    step_ms = Timeframe.M1.ms
    first, last = kept.last_ms + step_ms, int(new.bars["open_time_s"].min()) * 1000 - step_ms
    return ReaderGap("history", new.instrument, first, last, time.time_ns() // 1_000_000) if first <= last else None


def _take_over(connection: Connection, new: _News) -> None:
    if not replace_cursor(connection, new.instrument, new.before, new.after):
        raise _Moved
    append_minutes(connection, new.instrument, new.bars, generation=new.after.generation)
