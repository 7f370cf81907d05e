"""How long something took over the last minute, by a histogram of fixed buckets: a note costs about a microsecond.

Buckets are powers of 2^(1/8) from 10 µs to about 100 s. A percentile is told as the middle of the bucket that it
falls into, so it is off by 4.5 % at most; what is shorter or longer counts in the first or last bucket.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from threading import Lock

LEAST_S = 1e-5
STEPS = 8  # buckets an octave
BUCKETS = 187  # up to 2^(186/8) × 10 µs = 100 s
WINDOW_S = 60.0
SLICE_S = 5.0
_SLICES = round(WINDOW_S / SLICE_S)


@dataclass(frozen=True, slots=True)
class Latency:
    """Percentiles in milliseconds of the `n` times of the last minute, None where there were none."""

    p50: float | None
    p95: float | None
    p99: float | None
    n: int


NO_LATENCY = Latency(None, None, None, 0)


class Latencies:
    """Times of the last 55 to 60 s; for several threads. `now_s` is a monotonic clock."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._began_s = now_s()
        self._lock = Lock()
        self._slices: dict[int, list[int]] = {}
        self._number = -1
        self._current = [0] * BUCKETS
        self.total = 0
        """How many were ever noted."""

    def note(self, seconds: float) -> None:
        """Something took so long."""
        place = int(math.log2(seconds / LEAST_S) * STEPS) if seconds > LEAST_S else 0
        number = int(self._now_s() / SLICE_S)
        with self._lock:
            if number != self._number:
                self._begin(number)
            self._current[place if place < BUCKETS else BUCKETS - 1] += 1
            self.total += 1

    def last_minute(self) -> Latency:
        """Percentiles by nearest rank: the smallest time that so many of all did not exceed."""
        counts = self._counts()
        n = sum(counts)
        if not n:
            return NO_LATENCY
        below = list(accumulate(counts))
        p50, p95, p99 = (_middle_ms(_first_at_least(below, math.ceil(share * n))) for share in (0.5, 0.95, 0.99))
        return Latency(p50, p95, p99, n)

    @property
    def per_s(self) -> float:
        """How many a second over the last minute, or since the beginning where that was later."""
        now_s = self._now_s()
        newest_s = (int(now_s / SLICE_S) - _SLICES + 1) * SLICE_S
        span_s = now_s - max(newest_s, self._began_s)
        return round(sum(self._counts()) / max(span_s, 1.0), 2)

    def _begin(self, number: int) -> None:
        self._slices = {each: counts for each, counts in self._slices.items() if each > number - _SLICES}
        self._number, self._current = number, [0] * BUCKETS
        self._slices[number] = self._current

    def _counts(self) -> list[int]:
        oldest = int(self._now_s() / SLICE_S) - _SLICES
        with self._lock:
            return [sum(column) for column in zip(*(c for n, c in self._slices.items() if n > oldest), strict=True)]


def _first_at_least(below: list[int], rank: int) -> int:
    return next(place for place, count in enumerate(below) if count >= rank)


def _middle_ms(bucket: int) -> float:
    return float(f"{LEAST_S * 1000 * 2 ** ((bucket + 0.5) / STEPS):.3g}")
