"""What the store says now: feeds, instruments, open bars, marks, ledgers, diagnoses; asked once for all threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from redis import Redis

from engine.catalogue import read_feeds, read_instruments
from engine.circuit import Circuit
from engine.diagnosis import Diagnosis, load_diagnoses
from engine.errors import UnknownInstrument
from engine.ledger import Ledger, LedgerShelf
from engine.looked_at import mark_looked_at
from engine.monitor_state import MonitorState, read_monitor_state
from engine.open_bars import OpenBar, read_open_bars
from engine.parameters import PairParameters
from engine.recent import Recent, RecentOfMany
from engine.views import InstrumentView
from store import keys
from store.bars import Bar
from store.client import store_errors
from store.feed import FeedState
from store.marks import MarkPrice, read_marks
from store.reader_gaps import ReaderGap, read_reader_gaps
from store.timeframes import Timeframe

MAX_REMEMBERED = 256
OPEN_BARS_AGE_S = 0.15
MARKS_AGE_S = 0.5
DIAGNOSES_AGE_S = 2.0
FEEDS_AGE_S = 0.2
LEDGERS_AGE_S = 2.0
MISSED_AGE_S = 2.0
INSTRUMENTS_AGE_S = 2.0
MONITOR_AGE_S = 1.0
LOOK_AGAIN_S = 20.0

T = TypeVar("T")
K = TypeVar("K")


class StoreWords:
    """Short words of the store, each kept for a moment, so that a thousand viewers ask no more often than one.

    Every method may raise `store.errors.StoreUnavailable`, as the circuit says.
    """

    def __init__(self, client: Redis, *, now_s: Callable[[], float], clock_ms: Callable[[], int]) -> None:
        self._client = client
        self._now_s = now_s
        self._clock_ms = clock_ms
        self._circuit = Circuit(now_s)
        self._looks: dict[str, float] = {}
        self._open_bars: RecentOfMany[OpenBar, Bar | None] = self._of_many(
            lambda wanted: read_open_bars(client, wanted), OPEN_BARS_AGE_S
        )
        self._marks: RecentOfMany[str, MarkPrice | None] = self._of_many(
            lambda names: read_marks(client, names), MARKS_AGE_S
        )
        self._diagnoses: RecentOfMany[str, Diagnosis | None] = self._of_many(
            lambda pair_keys: load_diagnoses(client, pair_keys), DIAGNOSES_AGE_S
        )
        self._ledgers: RecentOfMany[str, Ledger] = self._of_many(LedgerShelf(client).load, LEDGERS_AGE_S)
        self._missed = self._of_one(lambda: read_reader_gaps(client), MISSED_AGE_S)
        self._feeds = self._of_one(lambda: read_feeds(client), FEEDS_AGE_S)
        self._monitor = self._of_one(lambda: read_monitor_state(client), MONITOR_AGE_S)
        self._instruments = self._of_one(lambda: read_instruments(client), INSTRUMENTS_AGE_S)

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

    def open_bar(self, instrument: str, timeframe: Timeframe) -> Bar | None:
        """The unfinished bar of an instrument, of the timeframe that its bars are made from; at most 150 ms old."""
        return self._open_bars.get(OpenBar(instrument, timeframe.kept_as))

    def mark(self, instrument: str) -> MarkPrice | None:
        """The venue's last word on mark price and funding, None where it has none; at most 500 ms old."""
        return self._marks.get(instrument)

    def ledger(self, instrument: str) -> Ledger:
        """The same for pages, empty for an instrument that is not known; at most two seconds old."""
        return self._ledgers.get(instrument)

    def all_missed(self) -> tuple[ReaderGap, ...]:
        """What archive and history could not read of all instruments, the newest 200; at most two seconds old."""
        return self._missed.get()

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

    def _listed(self, name: str) -> InstrumentView | None:
        return next((view for view in self.instruments() if view.id == name), None)

    def _came_meanwhile(self, name: str) -> bool:
        with self._circuit.closed(), store_errors():
            return bool(self._client.hexists(keys.INSTRUMENTS, name))

    def _of_one(self, load: Callable[[], T], max_age_s: float) -> Recent[T]:
        return Recent(self._asked(load), max_age_s=max_age_s, now_s=self._now_s)

    def _of_many(self, load: Callable[[Sequence[K]], list[T]], max_age_s: float) -> RecentOfMany[K, T]:
        return RecentOfMany(self._asked_of(load), max_age_s=max_age_s, limit=MAX_REMEMBERED, now_s=self._now_s)

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
