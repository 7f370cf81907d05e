"""One pair, or one instrument, for every thread of a process: refreshed by one of them, when a bar of it changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock, Semaphore
from typing import Generic, Protocol, TypeVar

from engine.circuit import Circuit
from engine.snapshots.bar_shelf import BarsUse
from engine.thresholds import Threshold

S = TypeVar("S")
S_co = TypeVar("S_co", covariant=True)


class SnapshotSource(Protocol[S_co]):
    """Gives the snapshot of now, at a cost, to one thread at a time."""

    @property
    def bars_used(self) -> tuple[BarsUse, ...]: ...

    @property
    def changed(self) -> bool: ...

    def refresh(self, thresholds: Sequence[Threshold]) -> S_co: ...


class PairReader(Generic[S]):
    """Snapshots of one pair, or one instrument; safe between threads.

    `pulse` brings all bars up to date, when it is time.
    `turns` says how many may be refreshed at once: who waits for a turn takes no connection.
    """

    def __init__(
        self,
        source: SnapshotSource[S],
        circuit: Circuit,
        thresholds: Callable[[], Sequence[Threshold]],
        pulse: Callable[[], None],
        turns: Semaphore,
    ) -> None:
        self._source = source
        self._circuit = circuit
        self._thresholds = thresholds
        self._pulse = pulse
        self._turns = turns
        self._lock = Lock()
        self._last: S | None = None
        self._judged_by: Sequence[Threshold] | None = None  # None also where a refresh failed half-way

    @property
    def source(self) -> SnapshotSource[S]:
        """To be used while it is held by `free` alone."""
        return self._source

    @contextmanager
    def free(self) -> Iterator[bool]:
        """Held for the block, where no other thread is at it and it has a snapshot; whether it is."""
        here = self._last is not None and self._lock.acquire(blocking=False)
        try:
            yield here
        finally:
            if here:
                self._lock.release()

    def put(self, snapshot: S, thresholds: Sequence[Threshold]) -> None:
        """The snapshot of now, judged by these, from whoever holds it."""
        self._last, self._judged_by = snapshot, thresholds

    @property
    def bars_used(self) -> tuple[BarsUse, ...]:
        return self._source.bars_used

    @property
    def changed(self) -> bool:
        """Whether a bar changed since the last snapshot, as far as the pulse has brought it."""
        return self._last is None or self._source.changed

    def snapshot(self) -> S:
        """The last snapshot; refreshed first, by one caller, when a bar or the thresholds changed.

        While one refreshes the others get the last one, so that nobody waits but for the very
        first. Raises `StoreUnavailable`.
        """
        last = self._last
        if last is None:
            self._lock.acquire()
        elif not self._lock.acquire(blocking=False):
            return last
        try:
            return self._now()
        finally:
            self._lock.release()

    def _now(self) -> S:
        self._pulse()
        thresholds = self._thresholds()  # from the database: its trouble is not the store's
        stale = self._source.changed or self._judged_by is None or self._judged_by != thresholds
        if self._last is None or stale:
            self._judged_by = None
            with self._turns, self._circuit.closed():
                self._last = self._source.refresh(thresholds)
            self._judged_by = thresholds
        return self._last
