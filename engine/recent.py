"""Answers that are good for a moment: asked for once however many threads want them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Hashable, Sequence
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)

_UNUSED_S = 5.0  # a page asks every second; what nobody asks for is no longer loaded with the rest


class Recent(Generic[T]):
    """The last value of `load`, at most `max_age_s` old; one thread loads, the others wait for the first only."""

    def __init__(self, load: Callable[[], T], *, max_age_s: float, now_s: Callable[[], float] = time.monotonic) -> None:
        self._load = load
        self._max_age_s = max_age_s
        self._now_s = now_s
        self._lock = Lock()
        self._kept: tuple[T, float] | None = None

    @property
    def last(self) -> T | None:
        """The value that came last, however old; None before the first."""
        return None if self._kept is None else self._kept[0]

    def renew(self) -> None:
        """Load it anew at the next call."""
        if self._kept is not None:
            self._kept = (self._kept[0], -math.inf)

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


class RecentOfMany(Generic[K, T]):
    """Like `Recent`, for the values of many keys: those in use are loaded together, at most `limit` of them.

    `load` gives the values of keys, in their order.
    """

    def __init__(
        self,
        load: Callable[[Sequence[K]], Sequence[T]],
        *,
        max_age_s: float,
        limit: int,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load = load
        self._max_age_s = max_age_s
        self._limit = limit
        self._now_s = now_s
        self._lock = Lock()
        self._kept: dict[K, T] = {}  # replaced, never changed: it is read without the lock
        self._used_s: dict[K, float] = {}
        self._fresh_until_s = 0.0

    def get(self, key: K) -> T:
        """The value; raises what `load` raises. Only who asks for a key that nobody uses yet waits for others."""
        kept, now_s = self._kept, self._now_s()
        self._used_s[key] = now_s
        known = key in kept
        if known and (now_s < self._fresh_until_s or not self._lock.acquire(blocking=False)):
            return kept[key]
        if not known:
            self._lock.acquire()
        try:
            if self._now_s() >= self._fresh_until_s:
                self._load_used(key)
            elif key not in self._kept:
                self._kept = {**self._kept, key: self._load([key])[0]}
            return self._kept[key]
        finally:
            self._lock.release()

    def _load_used(self, wanted: K) -> None:
        used = sorted(self._used_s.copy().items(), key=lambda use: use[1], reverse=True)[: self._limit]
        since_s = self._now_s() - _UNUSED_S
        used_s = {key: last_s for key, last_s in used if last_s > since_s or key == wanted}
        self._used_s = used_s
        in_use = list({wanted: None} | dict.fromkeys(used_s))
        self._kept = dict(zip(in_use, self._load(in_use), strict=True))
        self._fresh_until_s = self._now_s() + self._max_age_s
