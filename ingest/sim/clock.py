"""The simulated venue's clock: real time, shifted and sped up."""

from __future__ import annotations

import time
from collections.abc import Callable


class VenueClock:
    """Runs from `start_ms` at `speed` simulated seconds a real one."""

    def __init__(self, start_ms: int, speed: float = 1.0, monotonic: Callable[[], float] = time.monotonic) -> None:
        if not 0 < speed < float("inf"):
            raise ValueError(f"speed {speed} is not a positive number")
        self.speed = speed
        self._start_ms = start_ms
        self._monotonic = monotonic
        self._started_s = monotonic()

    def now_ms(self) -> int:
        """The venue's time, ms since the Unix epoch."""
        return self._start_ms + int((self._monotonic() - self._started_s) * 1000 * self.speed)
