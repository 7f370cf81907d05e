"""The reading side of the board: snapshots, feeds, instruments and bars, for every thread of a process."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Lock, Semaphore
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from redis import Redis

from engine.bar_range import read_bar_range
from engine.catalogue import read_feeds, read_instruments
from engine.circuit import Circuit
from engine.diagnosis import Diagnosis, load_diagnoses
from engine.errors import UnknownInstrument
from engine.features import FeatureSources, feature_rows, require_causal
from engine.finest import require_timeframe
from engine.kept_bars import KeptBars
from engine.ledger import Ledger, LedgerShelf
from engine.looked_at import mark_looked_at
from engine.market.parameters import MarketParameters
from engine.market.snapshot import MarketSnapshot
from engine.market.source import MarketSource
from engine.monitor_state import MonitorState, read_monitor_state
from engine.open_bars import OpenBar, open_bars_of, open_prices, read_open_bars
from engine.parameters import Method, PairParameters
from engine.recent import Recent, RecentOfMany
from engine.snapshot import Snapshot
from engine.snapshots.bar_shelf import BarShelf, refreshed
from engine.snapshots.causal_pair import CausalPair, bars_needed
from engine.snapshots.hindsight_pair import HindsightPair
from engine.snapshots.pair_bars import PairBars, align
from engine.snapshots.pair_reader import PairReader, SnapshotSource
from engine.thresholds import Threshold
from engine.views import InstrumentView, OpenPrices
from store import keys
from store.bars import Bar
from store.client import store_errors
from store.errors import StoreError
from store.feed import FeedState
from store.gap_ledger import GapRecord, read_gaps
from store.history.windows import Wanted
from store.marks import MarkPrice, Settlement, read_marks, read_settlements
from store.reader_gaps import ReaderGap, read_reader_gaps
from store.recent_ticks import read_recent_ticks
from store.sql.database import Database
from store.timeframes import Timeframe

HISTORY_BARS = 3_600
"""Rows of a snapshot, one for every process of a board: an hour of seconds, two and a half days of minutes."""

MAX_PAIRS = 128  # 0.6 MB each at 3,600 rows; one that is not held is read anew, at fifty times the cost of a bar
MAX_MARKETS = 32
MAX_REMEMBERED = 2 * MAX_PAIRS
MAX_BARS = 100_000
PULSE_S = 0.15
TURNS = 2  # of the reader's four connections; to compute in more threads is no faster
OPEN_BARS_AGE_S = 0.15
MARKS_AGE_S = 0.5
DIAGNOSES_AGE_S = 2.0
FEEDS_AGE_S = 0.2
LEDGERS_AGE_S = 2.0
INSTRUMENTS_AGE_S = 2.0
LOOK_AGAIN_S = 20.0
_UPLOADED = "upload:"

T = TypeVar("T")
K = TypeVar("K")


class Reader:
    """Everything the pages, the API and the monitor read of the store; safe between threads.

    `thresholds` gives entry and exit levels as they held over time, ascending in `effective_ms`; a
    bar's signal is judged by those of its own time. All readers of one store use the same
    `history_bars`. `database` holds what is kept for good; without it there are the streams alone. Every method may
    raise `store.errors.StoreUnavailable`, or its `StoreSlow`: within about a second for the caller that finds the
    store dead or slow, at once for the others until the next attempt.
    """

    def __init__(
        self,
        client: Redis,
        thresholds: Callable[[], Sequence[Threshold]],
        *,
        history_bars: int = HISTORY_BARS,
        database: Database | None = None,
        now_s: Callable[[], float] = time.monotonic,
        clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._client = client
        self._thresholds = thresholds
        self._known_thresholds: Sequence[Threshold] | None = None
        self._history_bars = history_bars
        self._now_s = now_s
        self._clock_ms = clock_ms
        self._circuit = Circuit(now_s)
        self._kept_bars = KeptBars(client, database, self._circuit, now_s=now_s)
        self._shelf = BarShelf(client)
        self._pairs: OrderedDict[str, PairReader[Snapshot]] = OrderedDict()
        self._markets: OrderedDict[str, PairReader[MarketSnapshot]] = OrderedDict()
        self._looks: dict[str, float] = {}
        self._lock = Lock()
        self._turns = Semaphore(TURNS)
        self._pulse = Recent(self._asked(self._shelf.refresh), max_age_s=PULSE_S, now_s=now_s)
        self._open_bars: RecentOfMany[OpenBar, Bar | None] = RecentOfMany(
            self._asked_of(lambda wanted: read_open_bars(client, wanted)),
            max_age_s=OPEN_BARS_AGE_S,
            limit=MAX_REMEMBERED,
            now_s=now_s,
        )
        self._marks: RecentOfMany[str, MarkPrice | None] = RecentOfMany(
            self._asked_of(lambda names: read_marks(client, names)),
            max_age_s=MARKS_AGE_S,
            limit=MAX_REMEMBERED,
            now_s=now_s,
        )
        self._diagnoses: RecentOfMany[str, Diagnosis | None] = RecentOfMany(
            self._asked_of(lambda pair_keys: load_diagnoses(client, pair_keys)),
            max_age_s=DIAGNOSES_AGE_S,
            limit=MAX_REMEMBERED,
            now_s=now_s,
        )
        self._feeds = Recent(self._asked(lambda: read_feeds(client)), max_age_s=FEEDS_AGE_S, now_s=now_s)
        self._monitor = Recent(self._asked(lambda: read_monitor_state(client)), max_age_s=1.0, now_s=now_s)
        self._ledgers: RecentOfMany[str, Ledger] = RecentOfMany(
            self._asked_of(LedgerShelf(client).load), max_age_s=LEDGERS_AGE_S, limit=MAX_REMEMBERED, now_s=now_s
        )
        self._instruments = Recent(
            self._asked(lambda: read_instruments(client)), max_age_s=INSTRUMENTS_AGE_S, now_s=now_s
        )

    def snapshot(self, parameters: PairParameters) -> Snapshot:
        """The snapshot at the last closed bar of both legs; the same object as long as nothing is new.

        At most every 150 ms one thread looks for new bars of all pairs at once while the others get
        what is there; the store is asked about a pair's rows only when one of its bars changed.
        Raises `UnknownInstrument` for a leg that is not in the store; a leg without bars yet gives
        a snapshot without rows.
        """
        return self._pair(parameters).snapshot()

    def open_prices(self, parameters: PairParameters) -> OpenPrices:
        """Prices of the bars that are not closed yet: provisional, in no snapshot; at most 150 ms old."""
        y, x = (self._open_bars.get(leg) for leg in open_bars_of(parameters))
        return open_prices(parameters, y, x)

    def market(self, parameters: MarketParameters) -> MarketSnapshot:
        """An instrument's closed bars and indicators; refreshed as a pair's snapshot is. Raises `UnknownInstrument`."""
        return self._market(parameters).snapshot()

    def moved(self, parameters: PairParameters | MarketParameters) -> bool:
        """Whether a bar changed since the snapshot was last asked for; at most 150 ms late.

        True for what is not held. Raises `StoreUnavailable`.
        """
        held: PairReader[Snapshot] | PairReader[MarketSnapshot] | None
        with self._lock:
            pair = isinstance(parameters, PairParameters)
            held = self._pairs.get(parameters.key) if pair else self._markets.get(parameters.key)
        self._pulse.get()
        return held is None or held.changed

    def open_bar(self, instrument: str, timeframe: Timeframe) -> Bar | None:
        """The unfinished bar of an instrument, of the timeframe that its bars are made from; at most 150 ms old."""
        return self._open_bars.get(OpenBar(instrument, timeframe.kept_as))

    def mark(self, instrument: str) -> MarkPrice | None:
        """The venue's last word on mark price and funding, None where it has none; at most 500 ms old."""
        return self._marks.get(instrument)

    def funding(self, instrument: str) -> tuple[Settlement, ...]:
        """Funding that was settled while somebody listened, oldest first; raises `UnknownInstrument`."""
        self.instrument(instrument)
        with self._circuit.closed():
            return read_settlements(self._client, instrument)

    def features(self, parameters: PairParameters, *, last: int | None = None) -> NDArray[np.void]:
        """The feature table of a pair, as `engine.features.FEATURE_DTYPE`; its `last` rows only, if so many are wanted.

        Raises `UnknownInstrument`, and `ParameterError` for a method that looks back.
        """
        require_causal(parameters)
        snapshot = self.snapshot(parameters)
        rolling, kalman = (
            self.snapshot(replace(parameters, method=method, beta=None)).rows
            for method in (Method.ROLLING, Method.KALMAN)
        )
        return feature_rows(FeatureSources(snapshot, self._leg_bars(snapshot), rolling, kalman), last=last)

    def diagnosis(self, parameters: PairParameters) -> Diagnosis | None:
        """The last slow tests that the monitor ran, None before the first; at most two seconds old."""
        return self._diagnoses.get(parameters.key)

    def look(self, parameters: PairParameters) -> None:
        """Tell the monitor that somebody looks at this now, so that it is tested though nobody watches it."""
        now_s = self._now_s()
        if now_s < self._looks.get(parameters.key, 0.0):
            return
        if len(self._looks) > MAX_REMEMBERED:
            self._looks = {key: until_s for key, until_s in self._looks.items() if until_s > now_s}
        self._looks[parameters.key] = now_s + LOOK_AGAIN_S
        with self._circuit.closed():
            mark_looked_at(self._client, parameters, self._clock_ms())

    def feeds(self) -> tuple[FeedState, ...]:
        """What each venue's ingestor last said of itself, in the order of venues' names; at most 200 ms old."""
        return self._feeds.get()

    def monitor(self) -> MonitorState | None:
        """The last word of the monitor, None where none has spoken within a minute; at most a second old."""
        return self._monitor.get()

    def last_known(self) -> tuple[tuple[FeedState, ...], tuple[InstrumentView, ...], MonitorState | None]:
        """What `feeds`, `instruments` and `monitor` gave last, without asking the store."""
        return self._feeds.last or (), self._instruments.last or (), self._monitor.last

    def instruments(self) -> tuple[InstrumentView, ...]:
        """All instruments, by venue and place in the venue's list, with what is kept of each; at most 2 s old."""
        return self._instruments.get()

    def instrument(self, name: str) -> InstrumentView:
        """One instrument, also one that came a moment ago; raises `UnknownInstrument`."""
        view = self._listed(name)
        if view is None and self._came_meanwhile(name):
            self._instruments.renew()
            view = self._listed(name)
        if view is None:
            raise UnknownInstrument(name)
        return view

    def bars(
        self,
        instrument: str,
        timeframe: Timeframe,
        *,
        start_ms: int | None = None,
        end_ms: int | None = None,
        limit: int = 1_000,
    ) -> NDArray[np.void]:
        """Closed bars that open in [start_ms, end_ms), ascending, as `store.bars.PACKED_BAR`; absent ones left out.

        With a start the first `limit` of them (at most `MAX_BARS`), without one the last. Raises
        `UnknownInstrument`, and `ParameterError` for bars finer than it came with.
        """
        self._require_bars(instrument, timeframe)
        with self._circuit.closed():
            return read_bar_range(
                self._client, instrument, timeframe, start_ms=start_ms, end_ms=end_ms, limit=min(limit, MAX_BARS)
            )

    def ticks(self, instrument: str, *, start_ms: int, end_ms: int) -> NDArray[np.void]:
        """Trades (n,) of `store.ticks.TICK_DTYPE` with start <= exchange time < end, as far back as its stream is kept.

        Raises `UnknownInstrument`.
        """
        self.instrument(instrument)
        with self._circuit.closed():
            return read_recent_ticks(self._client, instrument, start_ms=start_ms, end_ms=end_ms)

    def gaps(self, instrument: str) -> tuple[GapRecord, ...]:
        """The gap ledger of an instrument, oldest first; raises `UnknownInstrument`."""
        self.instrument(instrument)
        with self._circuit.closed():
            return read_gaps(self._client, instrument)

    def ledger(self, instrument: str) -> Ledger:
        """The same for pages, empty for an instrument that is not known; at most two seconds old."""
        return self._ledgers.get(instrument)

    def missed(self, instrument: str) -> tuple[ReaderGap, ...]:
        """What the archive and the history could not read of an instrument before it left the store, oldest first."""
        with self._circuit.closed():
            return tuple(gap for gap in read_reader_gaps(self._client) if gap.instrument == instrument)

    def kept_bars(
        self,
        instrument: str,
        timeframe: Timeframe,
        *,
        start_ms: int | None = None,
        end_ms: int | None = None,
        limit: int = 1_000,
    ) -> NDArray[np.void]:
        """As `bars`, and from 1 m on as far back as bars are kept for good: what `database` holds besides the streams.

        Raises `UnknownInstrument`, and `DatabaseUnavailable` where only the database could answer and does not.
        """
        try:
            self._require_bars(instrument, timeframe)
        except UnknownInstrument:
            if instrument.startswith(_UPLOADED) or not self._kept_bars.knows(instrument):
                raise
        return self._kept_bars.read(instrument, timeframe, Wanted(start_ms, end_ms, min(limit, MAX_BARS)))

    def _listed(self, name: str) -> InstrumentView | None:
        return next((view for view in self.instruments() if view.id == name), None)

    def _came_meanwhile(self, name: str) -> bool:
        with self._circuit.closed(), store_errors():
            return bool(self._client.hexists(keys.INSTRUMENTS, name))

    def _require_bars(self, instrument: str, timeframe: Timeframe) -> None:
        require_timeframe(self.instrument(instrument).info, timeframe)

    def _require_uploaded(self, timeframe: Timeframe, *instruments: str) -> None:
        """Of an upload every time anew: it may be deleted, or be another file by now."""
        for name in instruments:
            if name.startswith(_UPLOADED):
                self._require_bars(name, timeframe)

    def _leg_bars(self, snapshot: Snapshot) -> PairBars | None:
        """Copies of the bars that the rows of a snapshot are of."""
        p = snapshot.parameters
        need = bars_needed(p, history_bars=self._history_bars)
        y, x = (self._shelf.take(leg, p.timeframe, need) for leg in (p.y, p.x))
        with self._circuit.closed(), refreshed(y, x):
            bars = align(y.buffer.bars, y.first, x.buffer.bars, x.first, p.timeframe)
            if bars is None or not len(snapshot.rows):
                return None
            shown = bars.since(int(snapshot.rows["open_time_ms"][0]) // p.timeframe.ms)
            return PairBars(shown.timeframe, shown.first, shown.y.copy(), shown.x.copy())

    def _market(self, parameters: MarketParameters) -> PairReader[MarketSnapshot]:
        self._require_uploaded(parameters.timeframe, parameters.instrument)
        with self._lock:
            market = self._markets.get(parameters.key)
            if market is not None:
                self._markets.move_to_end(parameters.key)
                return market
        self.instrument(parameters.instrument)
        with self._lock:
            if parameters.key not in self._markets:
                source = MarketSource(parameters, self._shelf, history_bars=self._history_bars)
                self._markets[parameters.key] = PairReader(source, self._circuit, tuple, self._pulse.get, self._turns)
                self._forget_oldest()
            return self._markets[parameters.key]

    def _pair(self, parameters: PairParameters) -> PairReader[Snapshot]:
        self._require_uploaded(parameters.timeframe, parameters.y, parameters.x)
        with self._lock:
            pair = self._pairs.get(parameters.key)
            if pair is not None:
                self._pairs.move_to_end(parameters.key)
                return pair
        for leg in (parameters.y, parameters.x):
            self.instrument(leg)
        with self._lock:
            if parameters.key not in self._pairs:
                source = self._source(parameters)
                self._pairs[parameters.key] = PairReader(
                    source, self._circuit, self._last_thresholds, self._pulse.get, self._turns
                )
                self._forget_oldest()
            return self._pairs[parameters.key]

    def _last_thresholds(self) -> Sequence[Threshold]:
        """As they are; as they last were while the database does not answer, so that pages go on without it."""
        try:
            self._known_thresholds = self._thresholds()
        except StoreError:
            if self._known_thresholds is None:
                raise
        return self._known_thresholds

    def _source(self, p: PairParameters) -> SnapshotSource[Snapshot]:
        if not p.method.causal:
            return HindsightPair(p, self._shelf)
        return CausalPair(self._client, p, self._shelf, history_bars=self._history_bars)

    def _forget_oldest(self) -> None:
        while len(self._pairs) > MAX_PAIRS:
            self._pairs.popitem(last=False)
        while len(self._markets) > MAX_MARKETS:
            self._markets.popitem(last=False)
        pairs = {use for pair in self._pairs.values() for use in pair.bars_used}
        self._shelf.keep(pairs | {use for market in self._markets.values() for use in market.bars_used})

    def _asked(self, load: Callable[[], T]) -> Callable[[], T]:
        def ask() -> T:
            with self._circuit.closed():
                return load()

        return ask

    def _asked_of(self, load: Callable[[Sequence[K]], list[T]]) -> Callable[[Sequence[K]], list[T]]:
        def ask(wanted: Sequence[K]) -> list[T]:
            with self._circuit.closed():
                return load(wanted)

        return ask
