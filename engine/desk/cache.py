"""Answers of the database kept in the process until somebody, anywhere, changes durable state.

A counter in Redis tells of changes. It is asked at most every `CHECK_EVERY_S`, by one thread while
the others go on; where Redis does not answer, answers simply age, so durable state stays readable.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar, cast

from redis import Redis

from store import keys
from store.client import store_errors
from store.errors import StoreError

CHECK_EVERY_S = 0.1
RETRY_AFTER_S = 2.0  # a frozen server costs a second per question
MAX_AGE_S = 5.0  # a writer killed between its commit and its notice is overtaken by this

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Kept:
    value: object
    version: int
    until_s: float


class DurableCache:
    """`get` loads at most once per change; `changed` tells every process that something changed.

    `now_s` is a monotonic clock.
    """

    def __init__(self, client: Redis, now_s: Callable[[], float]) -> None:
        self._client = client
        self._now_s = now_s
        self._kept: dict[object, _Kept] = {}
        self._asking = Lock()
        self._version = 0
        self._next_check_s = 0.0

    def version(self) -> int:
        """A number that moves whenever durable state changed, as far as this process knows."""
        if self._now_s() >= self._next_check_s and self._asking.acquire(blocking=False):
            try:
                self._ask(lambda: self._client.get(keys.ALERTS_VERSION))
            finally:
                self._asking.release()
        return self._version

    def get(self, key: object, load: Callable[[], T]) -> T:
        """The value under a key, loaded where it is unknown, changed since, or too old."""
        version, now_s = self.version(), self._now_s()
        kept = self._kept.get(key)
        if kept is None or kept.version != version or now_s >= kept.until_s:
            kept = _Kept(load(), version, now_s + MAX_AGE_S)
            self._keep(key, kept)
        return cast(T, kept.value)

    def changed(self) -> None:
        """Called after each write: drop what is kept here, and tell the other processes."""
        self._kept.clear()
        with self._asking:
            self._ask(lambda: self._client.incr(keys.ALERTS_VERSION))

    def _keep(self, key: object, kept: _Kept) -> None:
        if len(self._kept) >= 256:  # keys hold what viewers ask for, so there must be an end
            self._kept.clear()
        self._kept[key] = kept

    def _ask(self, question: Callable[[], Any]) -> None:
        try:
            with store_errors():
                self._version = int(question() or 0)
            self._next_check_s = self._now_s() + CHECK_EVERY_S
        except (StoreError, ValueError):
            self._next_check_s = self._now_s() + RETRY_AFTER_S
