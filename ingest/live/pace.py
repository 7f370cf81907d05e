"""Calls spread out, for a venue that counts them by the second."""

from __future__ import annotations

import time
from collections.abc import Callable

SHARE = 0.8  # of what the venue allows: others may share the address


class Pace:
    """At most so many calls a second, evenly; 0 is as many as there are. One thread at a time."""

    def __init__(
        self,
        calls_per_s: float,
        *,
        now_s: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._every_s = 1.0 / (SHARE * calls_per_s) if calls_per_s else 0.0
        self._next_s = float("-inf")
        self._now_s = now_s
        self._sleep = sleep

    def wait(self) -> None:
        """Return when the next call may go out."""
        if self._every_s:
            now_s = self._now_s()
            if now_s < self._next_s:
                self._sleep(self._next_s - now_s)
            self._next_s = max(now_s, self._next_s) + self._every_s
