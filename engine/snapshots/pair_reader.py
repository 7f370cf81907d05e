"""One pair for every thread of a process: refreshed by one of them, at a bounded pace."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Protocol

from engine.circuit import Circuit
from engine.snapshot import Snapshot
from engine.snapshots.bar_shelf import BarsUse
from engine.thresholds import Threshold

REFRESH_EVERY_S = 0.2


class SnapshotSource(Protocol):
    """Gives the snapshot of now, at a cost, to one thread at a time."""

    @property
    def bars_used(self) -> tuple[BarsUse, BarsUse]: ...

    def refresh(self, thresholds: Sequence[Threshold]) -> Snapshot: ...


class PairReader:
    """Snapshots of one pair; safe between threads. `now_s` is a monotonic clock."""

    def __init__(
        self,
        source: SnapshotSource,
        circuit: Circuit,
        thresholds: Callable[[], Sequence[Threshold]],
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._circuit = circuit
        self._thresholds = thresholds
        self._now_s = now_s
        self._lock = Lock()
        self._last: Snapshot | None = None
        self._fresh_until_s = 0.0

    @property
    def bars_used(self) -> tuple[BarsUse, BarsUse]:
        return self._source.bars_used

    def snapshot(self) -> Snapshot:
        """The last snapshot; refreshed first, by one caller, when it is older than `REFRESH_EVERY_S`.

        While one refreshes the others get the last one, so that nobody waits but for the very
        first. Raises `StoreUnavailable`.
        """
        last = self._last
        if last is not None and (self._now_s() < self._fresh_until_s or self._lock.locked()):
            return last
        with self._lock:
            if self._last is None or self._now_s() >= self._fresh_until_s:
                thresholds = self._thresholds()  # from the database: its trouble is not the store's
                with self._circuit.closed():
                    self._last = self._source.refresh(thresholds)
                self._fresh_until_s = self._now_s() + REFRESH_EVERY_S
            return self._last
