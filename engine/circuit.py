"""A store that is down is asked once a second by one caller, not by every thread that wants a page."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from store.errors import StoreUnavailable

RETRY_AFTER_S = 1.0  # a question to a frozen server costs its caller a second


class Circuit:
    """Wrap every conversation with the store in `closed`. `now_s` is a monotonic clock; safe between threads."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._retry_s = 0.0
        self._failure = ""

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Raise `StoreUnavailable` at once while the last failure is fresh; note a new one."""
        if self._failure and self._now_s() < self._retry_s:
            raise StoreUnavailable(self._failure)
        self._retry_s = self._now_s() + RETRY_AFTER_S  # whoever tries, tries alone
        try:
            yield
        except StoreUnavailable as error:
            self._failure = str(error)
            self._retry_s = self._now_s() + RETRY_AFTER_S
            raise
        self._failure = ""
