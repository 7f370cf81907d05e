"""Bars in memory, once per instrument and timeframe however many pairs they are a leg of."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, RLock
from typing import NamedTuple

from redis import Redis

from store.buffer import Change, RollingBuffer, refresh_all
from store.timeframes import Timeframe

_SMALLEST = 4_096  # slots: an hour of seconds and the usual windows before it
_REMEMBERED_CHANGES = 512


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
        if count > len(self._changes):
            return Change(self.buffer.first_ms, reset=True)
        recent = list(self._changes)[len(self._changes) - count :]
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

    def keep(self, uses: set[BarsUse]) -> None:
        """Forget all others."""
        with self._lock:
            self._shelf = {use: bars for use, bars in self._shelf.items() if use in uses}


@contextmanager
def refreshed(y: SharedBars, x: SharedBars) -> Iterator[None]:
    """Both brought up to date in one round trip, and standing still while the block runs.

    Raises `StoreUnavailable`.
    """
    first, second = sorted((y, x), key=lambda bars: bars.use)
    with first.lock, second.lock:
        for bars, change in zip((y, x), refresh_all([y.buffer, x.buffer]), strict=True):
            bars.note(change)
        yield
