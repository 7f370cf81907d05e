"""An answer that is good for a moment: asked for once however many threads want it."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """The last value of `load`, at most `max_age_s` old; one thread loads, the others wait for the first only."""

    def __init__(self, load: Callable[[], T], *, max_age_s: float, now_s: Callable[[], float] = time.monotonic) -> None:
        self._load = load
        self._max_age_s = max_age_s
        self._now_s = now_s
        self._lock = Lock()
        self._kept: tuple[T, float] | None = None

    def get(self) -> T:
        """The value; raises what `load` raises."""
        kept = self._kept
        if kept is not None and (self._now_s() < kept[1] or not self._lock.acquire(blocking=False)):
            return kept[0]
        if kept is None:
            self._lock.acquire()
        try:
            kept = self._kept
            if kept is None or self._now_s() >= kept[1]:
                self._kept = kept = (self._load(), self._now_s() + self._max_age_s)
            return kept[0]
        finally:
            self._lock.release()
