"""A store that is down is asked once a second by one caller, not by every thread that wants a page.

One that is slow is treated so too, and called slow: until it has said nothing for so long that it is as good as down.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from store.errors import StoreSlow, StoreUnavailable

RETRY_AFTER_S = 1.0  # a question to a frozen server costs its caller a second
PATIENCE_S = 5.0  # a busy server has answered something by then


class Circuit:
    """Wrap every conversation with the store in `closed`. `now_s` is a monotonic clock; safe between threads."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._retry_s = 0.0
        self._failure: StoreUnavailable | None = None
        self._silent_since_s: float | None = None

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Raise `StoreUnavailable`, or `StoreSlow`, at once while the last failure is fresh; note a new one."""
        began_s, failure = self._now_s(), self._failure
        if failure is not None and began_s < self._retry_s:
            raise type(failure)(str(failure))
        self._retry_s = began_s + RETRY_AFTER_S  # whoever tries, tries alone
        try:
            yield
        except StoreUnavailable as error:
            failure = self._failed(error, began_s)
            if failure is error:
                raise
            raise failure from error
        self._failure = self._silent_since_s = None

    def _failed(self, error: StoreUnavailable, began_s: float) -> StoreUnavailable:
        """What it means: a store that has been slow for too long is not there any more."""
        now_s, failure = self._now_s(), error
        if not isinstance(error, StoreSlow):
            self._silent_since_s = None
        elif self._silent_since_s is None:
            self._silent_since_s = began_s
        elif now_s - self._silent_since_s >= PATIENCE_S:
            failure = StoreUnavailable(f"the store does not answer, for {now_s - self._silent_since_s:.0f} s now")
        self._failure, self._retry_s = failure, now_s + RETRY_AFTER_S
        return failure
