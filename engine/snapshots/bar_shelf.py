"""Bars in memory, once per instrument and timeframe however many pairs they are a leg of."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from threading import Lock, RLock
from typing import NamedTuple

from redis import Redis

from store.buffer import Change, RollingBuffer, refresh_all
from store.timeframes import Timeframe

_SMALLEST = 4_096  # slots: an hour of seconds and the usual windows before it
_REMEMBERED_CHANGES = 512
_NOTHING = Change(None, reset=False)


class BarsUse(NamedTuple):
    """Which bars: sizes are rounded up, so that pairs with other windows share them."""

    instrument: str
    timeframe: Timeframe
    capacity: int


class SharedBars:
    """A rolling buffer, its lock, and what changed in it when, so that each of its readers can catch up."""

    def __init__(self, client: Redis, use: BarsUse) -> None:
        self.use = use
        self.lock = RLock()
        self.buffer = RollingBuffer(client, use.instrument, use.timeframe, capacity=use.capacity)
        self.version = 0
        self.loaded = False  # by its first reader, who needs it; from then on the pulse keeps it up to date
        self._changes: deque[Change] = deque(maxlen=_REMEMBERED_CHANGES)

    @property
    def first(self) -> int:
        """Bar number of the oldest slot; 0 when empty."""
        return (self.buffer.first_ms or 0) // self.use.timeframe.ms

    def note(self, change: Change) -> None:
        if change.reset or change.first_ms is not None:
            self._changes.append(change)
            self.version += 1

    def changed_since(self, version: int) -> Change:
        """All changes since a version as one; what is too long ago counts as everything."""
        count = self.version - version
        if not count:
            return _NOTHING
        if count > len(self._changes):
            return Change(self.buffer.first_ms, reset=True)
        recent = list(islice(reversed(self._changes), count))
        firsts = [change.first_ms for change in recent if change.first_ms is not None]
        return Change(min(firsts, default=None), any(change.reset for change in recent))


class BarShelf:
    """All bars that a process holds; safe between threads."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._lock = Lock()
        self._shelf: dict[BarsUse, SharedBars] = {}

    def take(self, instrument: str, timeframe: Timeframe, need: int) -> SharedBars:
        """The bars of an instrument, at least the last `need` of them."""
        use = BarsUse(instrument, timeframe, max(_SMALLEST, 1 << (need - 1).bit_length()))
        with self._lock:
            if use not in self._shelf:
                self._shelf[use] = SharedBars(self._client, use)
            return self._shelf[use]

    def refresh(self) -> None:
        """Bring all bars up to date in one round trip, but those that another thread is at.

        Raises `StoreUnavailable`.
        """
        with self._lock:
            shelf = list(self._shelf.values())
        with ExitStack() as held:
            free = [bars for bars in shelf if bars.loaded and bars.lock.acquire(blocking=False)]
            for bars in free:
                held.callback(bars.lock.release)
            _refresh(free)

    def keep(self, uses: set[BarsUse]) -> None:
        """Forget all others."""
        with self._lock:
            self._shelf = {use: bars for use, bars in self._shelf.items() if use in uses}


@contextmanager
def held(*wanted: SharedBars) -> Iterator[None]:
    """All standing still while the block runs."""
    with ExitStack() as stack:
        for bars in in_order(*wanted):
            stack.enter_context(bars.lock)
        yield


def in_order(*wanted: SharedBars) -> list[SharedBars]:
    """As everybody locks them, so that no two threads wait for each other."""
    return sorted(wanted, key=lambda bars: bars.use)


@contextmanager
def refreshed(*wanted: SharedBars) -> Iterator[None]:
    """All brought up to date in one round trip, and standing still while the block runs.

    Raises `StoreUnavailable`.
    """
    with held(*wanted):
        _refresh(wanted)
        yield


def _refresh(shelf: Sequence[SharedBars]) -> None:
    """Whose locks we hold."""
    for bars, change in zip(shelf, refresh_all([bars.buffer for bars in shelf]), strict=True):
        bars.note(change)
        bars.loaded = True
