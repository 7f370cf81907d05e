"""One pair for every thread of a process: refreshed by one of them, when one of its bars changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock, Semaphore
from typing import Protocol

from engine.circuit import Circuit
from engine.snapshot import Snapshot
from engine.snapshots.bar_shelf import BarsUse
from engine.thresholds import Threshold


class SnapshotSource(Protocol):
    """Gives the snapshot of now, at a cost, to one thread at a time."""

    @property
    def bars_used(self) -> tuple[BarsUse, BarsUse]: ...

    @property
    def changed(self) -> bool: ...

    def refresh(self, thresholds: Sequence[Threshold]) -> Snapshot: ...


class PairReader:
    """Snapshots of one pair; safe between threads. `pulse` brings the bars of all pairs up to date, when it is time.

    `turns` says how many pairs may be refreshed at once: who waits for a turn takes no connection.
    """

    def __init__(
        self,
        source: SnapshotSource,
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
        self._last: Snapshot | None = None
        self._judged_by: Sequence[Threshold] | None = None  # None also where a refresh failed half-way

    @property
    def bars_used(self) -> tuple[BarsUse, BarsUse]:
        return self._source.bars_used

    def snapshot(self) -> Snapshot:
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

    def _now(self) -> Snapshot:
        self._pulse()
        thresholds = self._thresholds()  # from the database: its trouble is not the store's
        stale = self._source.changed or self._judged_by is None or self._judged_by != thresholds
        if self._last is None or stale:
            self._judged_by = None
            with self._turns, self._circuit.closed():
                self._last = self._source.refresh(thresholds)
            self._judged_by = thresholds
        return self._last
