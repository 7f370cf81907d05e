"""The reading side of the board: snapshots, feeds, instruments and bars, for every thread of a process."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Lock, Semaphore

import numpy as np
from numpy.typing import NDArray
from redis import Redis

from engine.features import FeatureSources, feature_rows, require_causal
from engine.market.parameters import MarketParameters
from engine.market.snapshot import MarketSnapshot
from engine.market.source import MarketSource
from engine.open_bars import open_bars_of, open_prices
from engine.parameters import Method, PairParameters
from engine.recent import Recent
from engine.snapshot import Snapshot
from engine.snapshots.bar_shelf import BarShelf, refreshed
from engine.snapshots.causal_pair import CausalPair, bars_needed
from engine.snapshots.hindsight_pair import HindsightPair
from engine.snapshots.pair_bars import PairBars, align
from engine.snapshots.pair_reader import PairReader, SnapshotSource
from engine.snapshots.together import go_on_together
from engine.stored_bars import StoredBars
from engine.thresholds import Threshold
from engine.views import OpenPrices
from store.errors import StoreError
from store.sql.database import Database

HISTORY_BARS = 3_600
"""Rows of a snapshot, one for every process of a board: an hour of seconds, two and a half days of minutes."""

MAX_PAIRS = 128  # 0.6 MB each at 3,600 rows; one that is not held is read anew, at fifty times the cost of a bar
MAX_MARKETS = 32
PULSE_S = 0.15
TURNS = 2  # of the reader's four connections; to compute in more threads is no faster


class Reader(StoredBars):
    """Everything the pages, the API and the monitor read of the store; safe between threads.

    `thresholds` gives entry and exit levels as they held over time, ascending in `effective_ms`; a
    bar's signal is judged by those of its own time. All readers of one store use the same
    `history_bars`; each holds `max_pairs` pairs at most (default `MAX_PAIRS`). `database` holds what is kept for good;
    without it there are the streams alone. Every method may raise `store.errors.StoreUnavailable`, or its `StoreSlow`:
    within about a second for the caller that finds the store dead or slow, at once for the others until the next
    attempt.
    """

    def __init__(
        self,
        client: Redis,
        thresholds: Callable[[], Sequence[Threshold]],
        *,
        history_bars: int = HISTORY_BARS,
        max_pairs: int | None = None,
        database: Database | None = None,
        now_s: Callable[[], float] = time.monotonic,
        clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        super().__init__(client, database, now_s=now_s, clock_ms=clock_ms)
        self._thresholds = thresholds
        self._known_thresholds: Sequence[Threshold] | None = None
        self._history_bars = history_bars
        self._max_pairs = MAX_PAIRS if max_pairs is None else max_pairs
        self._shelf = BarShelf(client)
        self._pairs: OrderedDict[str, PairReader[Snapshot]] = OrderedDict()
        self._markets: OrderedDict[str, PairReader[MarketSnapshot]] = OrderedDict()
        self._lock = Lock()
        self._turns = Semaphore(TURNS)
        self._pulse = Recent(self._asked(self._shelf.refresh), max_age_s=PULSE_S, now_s=now_s)

    def snapshot(self, parameters: PairParameters) -> Snapshot:
        """The snapshot at the last closed bar of both legs; the same object as long as nothing is new.

        At most every 150 ms one thread looks for new bars of all pairs at once while the others get
        what is there; the store is asked about a pair's rows only when one of its bars changed.
        Raises `UnknownInstrument` for a leg that is not in the store; a leg without bars yet gives
        a snapshot without rows.
        """
        return self._pair(parameters).snapshot()

    def bring_up(self, pairs: Sequence[PairParameters]) -> None:
        """Bring the snapshots of many pairs up to date in a few round trips; `snapshot` then has them at hand.

        What is not held yet, or needs more than a row or two, is left to `snapshot`. Raises `StoreUnavailable`.
        """
        with self._lock:
            held = [self._pairs[p.key] for p in pairs if p.key in self._pairs]
        thresholds = self._last_thresholds()
        with self._turns, self._circuit.closed():
            go_on_together(self._client, held, self._shelf.refresh, thresholds)

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
        while len(self._pairs) > self._max_pairs:
            self._pairs.popitem(last=False)
        while len(self._markets) > MAX_MARKETS:
            self._markets.popitem(last=False)
        pairs = {use for pair in self._pairs.values() for use in pair.bars_used}
        self._shelf.keep(pairs | {use for market in self._markets.values() for use in market.bars_used})
