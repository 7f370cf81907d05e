"""All instruments with what their bars tell, kept up to date at the cost of what changed."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any

from redis import Redis

from engine.circuit import Circuit
from engine.data_stats import BarStatistics, Span, bar_statistics
from engine.desk.types import FollowedInstrument
from engine.parameters import Timeframe
from engine.recent import Recent
from engine.views import InstrumentView
from store import keys
from store.buffer import RollingBuffer, refresh_all
from store.catalogue import InstrumentInfo
from store.client import store_errors
from store.followed import FOLLOWABLE
from store.gap_ledger import GapRecord, parse_gap
from store.history.minutes import first_minute_ms
from store.sql.database import Database
from store.sql.errors import DatabaseUnavailable, SchemaOutdated
from store.timeframes import parse_timeframe

MOST_BARS = 10_080  # of an instrument: a week of minutes, which is what the streams keep
MOST_SLOTS = 250_000  # of all together: 21 MB
MOST_VIEWS = 6
AGE_S = 1.0
GAPS_AGE_S = 5.0
FIRST_AGE_S = 60.0


@dataclass(frozen=True, slots=True)
class InstrumentData:
    """One instrument: its facts, the open of its oldest bar kept anywhere, its bars in the stretch, its gaps in it.

    `bars` is None where there are none, or only coarser ones: an upload has none finer than its file.
    """

    info: InstrumentInfo
    first_ms: int | None
    bars: BarStatistics | None
    gaps_open: int
    gaps_lost: int

    @property
    def id(self) -> str:
        return self.info.id


@dataclass(frozen=True, slots=True)
class DataView:
    """All instruments over `shown_ms`, which is less than the `span` where that is more bars than are looked at.

    `version` moves whenever something is another.
    """

    timeframe: Timeframe
    span: Span
    shown_ms: int
    instruments: tuple[InstrumentData, ...]
    version: int


class DataTable:
    """Statistics of all instruments, made once for everybody who looks; safe between threads.

    `instruments` gives those that are there, `followed` what a venue's ingestor is to follow. Without a `database` the
    oldest bar is that of the streams.
    """

    def __init__(
        self,
        client: Redis,
        instruments: Callable[[], Sequence[InstrumentView]],
        *,
        followed: Callable[[str], Sequence[FollowedInstrument]] = lambda _venue: (),
        database: Database | None = None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._instruments = instruments
        self._client = client
        self._circuit = Circuit(now_s)
        self._now_s = now_s
        self._lock = Lock()
        self._views: OrderedDict[tuple[Timeframe, Span], Recent[DataView]] = OrderedDict()
        self._gaps = Recent(self._read_gaps, max_age_s=GAPS_AGE_S, now_s=now_s)
        self._gaps_read: dict[str, tuple[frozenset[bytes], tuple[GapRecord, ...]]] = {}
        self._followed = Recent(partial(self._read_followed, followed), max_age_s=AGE_S, now_s=now_s)
        self._firsts = Recent(partial(self._read_firsts, database), max_age_s=FIRST_AGE_S, now_s=now_s)

    def view(self, timeframe: Timeframe, span: Span) -> DataView:
        """The same object as long as nothing is new; at most a second late. Raises `StoreUnavailable`."""
        key = (timeframe, span)
        with self._lock:
            recent = self._views.get(key)
            if recent is None:
                follower = _Follower(self._client, timeframe, span)
                load = partial(self._load, follower)
                recent = self._views[key] = Recent(load, max_age_s=AGE_S, now_s=self._now_s)
            self._views.move_to_end(key)
            while len(self._views) > MOST_VIEWS:
                self._views.popitem(last=False)
        return recent.get()

    def followed(self) -> tuple[FollowedInstrument, ...]:
        """What is to be followed at all venues that can be told; at most a second old. Raises `StoreUnavailable`."""
        return self._followed.get()

    def _read_followed(self, read: Callable[[str], Sequence[FollowedInstrument]]) -> tuple[FollowedInstrument, ...]:
        venues = {view.id.partition(":")[0] for view in self._instruments()}
        with self._circuit.closed():
            return tuple(each for venue in FOLLOWABLE if venue in venues for each in read(venue))

    def _load(self, follower: _Follower) -> DataView:
        instruments = self._instruments()
        with self._circuit.closed():
            return follower.refresh(instruments, self._gaps.get(), self._firsts.get())

    def _read_gaps(self) -> dict[str, tuple[GapRecord, ...]]:
        names = [view.id for view in self._instruments()]
        with store_errors():
            pipeline = self._client.pipeline(transaction=False)
            for name in names:
                pipeline.hvals(keys.gaps(name))
            replies: list[Any] = pipeline.execute()
        read = {}
        for name, reply in zip(names, replies, strict=True):
            raws = frozenset(reply)
            before = self._gaps_read.get(name)
            read[name] = before if before and before[0] == raws else (raws, tuple(map(parse_gap, raws)))
        self._gaps_read = read
        return {name: records for name, (_, records) in read.items() if records}

    def _read_firsts(self, database: Database | None) -> dict[str, int]:
        """The oldest minute of each instrument that is kept for good, as far as the database tells."""
        if database is None:
            return {}
        try:
            with database.read() as connection:
                found = {view.id: first_minute_ms(connection, view.id) for view in self._instruments()}
        except (DatabaseUnavailable, SchemaOutdated):
            return self._firsts.last or {}
        return {name: first for name, first in found.items() if first is not None}


class _Follower:
    """The bars of one view. For one thread at a time."""

    def __init__(self, client: Redis, timeframe: Timeframe, span: Span) -> None:
        self._client = client
        self._timeframe = timeframe
        self._span = span
        self._capacity = 0
        self._buffers: dict[str, RollingBuffer] = {}
        self._statistics: dict[str, BarStatistics | None] = {}
        self._shown: DataView | None = None

    def refresh(
        self, instruments: Sequence[InstrumentView], gaps: dict[str, tuple[GapRecord, ...]], firsts: dict[str, int]
    ) -> DataView:
        """Raises `StoreUnavailable`."""
        self._follow([view.id for view in instruments if _is_seen_at(view.info, self._timeframe)])
        names = list(self._buffers)
        for name, change in zip(names, refresh_all(list(self._buffers.values())), strict=True):
            if change.reset or change.first_ms is not None or name not in self._statistics:
                bars = self._buffers[name].bars
                self._statistics[name] = bar_statistics(bars, self._timeframe, capacity=self._capacity)
        rows = tuple(
            _row(view, self._statistics.get(view.id), gaps.get(view.id, ()), firsts.get(view.id))
            for view in instruments
        )
        shown = self._shown
        if shown is None or not _same(shown.instruments, rows):
            version = 0 if shown is None else shown.version + 1
            shown_ms = self._capacity * self._timeframe.ms
            self._shown = shown = DataView(self._timeframe, self._span, shown_ms, rows, version)
        return shown

    def _follow(self, names: Sequence[str]) -> None:
        kept_ms = self._timeframe.kept_as.ms
        most = min(MOST_BARS, max(MOST_SLOTS // max(len(names), 1), 1_440))
        capacity = max(min(self._span.ms, most * kept_ms) // self._timeframe.ms, 1)
        if capacity != self._capacity:
            self._buffers, self._statistics, self._capacity = {}, {}, capacity
        self._buffers = {name: self._buffers[name] if name in self._buffers else self._buffer(name) for name in names}
        self._statistics = {name: found for name, found in self._statistics.items() if name in self._buffers}

    def _buffer(self, name: str) -> RollingBuffer:
        return RollingBuffer(self._client, name, self._timeframe, capacity=self._capacity)


def _is_seen_at(info: InstrumentInfo, timeframe: Timeframe) -> bool:
    return parse_timeframe(info.finest).ms <= timeframe.ms


def _row(
    view: InstrumentView, bars: BarStatistics | None, gaps: Sequence[GapRecord], first_ms: int | None
) -> InstrumentData:
    firsts = [ms for ms in (view.first_ms, first_ms) if ms is not None]
    shown = [gap.state for gap in gaps if bars is not None and gap.before_ms >= bars.first_ms]
    return InstrumentData(view.info, min(firsts, default=None), bars, shown.count("open"), shown.count("lost"))


def _same(before: Sequence[InstrumentData], after: Sequence[InstrumentData]) -> bool:
    """Whether nothing is new: statistics are the same object where no bar changed."""
    return len(before) == len(after) and all(
        a.info == b.info
        and a.bars is b.bars
        and (a.first_ms, a.gaps_open, a.gaps_lost) == (b.first_ms, b.gaps_open, b.gaps_lost)
        for a, b in zip(before, after, strict=True)
    )
