"""How long a stream may be silent before something is wrong with it. Pure; times are monotonic seconds.

A liquid stream has a fixed limit; one that trades rarely is judged by its own rate. Trades that come
independently of each other, on average every g seconds, leave a pause of `GAPS` times g once in
e^20 = 500 million of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp

SILENT_AFTER_S = 13.5  # fifteen are promised, and what is noticed is said once a second
GAPS = 20.0
UNKNOWN_LIMITS = 20  # times the fixed limit: the longest wait for a stream of which nothing is known
MAX_LIMITS = 240  # times the fixed limit: an hour
MEMORY_S = 600.0
BURSTS = 60  # to the fixed limit: what comes within 0.25 s is one arrival, as one order may make a dozen trades
KNOWN_ARRIVALS = 20  # as many seen ones a rate told over REST is worth
_ENOUGH_TRADES = 20


def silence_limit_s(gap_s: float, *, floor_s: float = SILENT_AFTER_S) -> float:
    """Seconds of silence after which a stream with an arrival every `gap_s` on average is given up."""
    return min(max(floor_s, GAPS * gap_s), MAX_LIMITS * floor_s)


def mean_gap_s(times_ms: Sequence[int]) -> float | None:
    """Mean seconds between arrivals at these times (in order); None when they are too few to tell."""
    arrivals, last_ms = 0, float("-inf")
    for time_ms in times_ms:
        if time_ms - last_ms >= SILENT_AFTER_S / BURSTS * 1000:
            arrivals, last_ms = arrivals + 1, time_ms
    if len(times_ms) < _ENOUGH_TRADES or arrivals < 2:
        return None
    return (last_ms - times_ms[0]) / 1000 / (arrivals - 1)


class Rhythm:
    """Mean time between one stream's arrivals over the last ten minutes, beginning with what is known beforehand."""

    __slots__ = ("_arrivals", "_floor_s", "_observed_s", "_seconds")

    def __init__(self, floor_s: float = SILENT_AFTER_S) -> None:
        self._floor_s = floor_s
        self._arrivals = self._seconds = self._observed_s = 0.0

    def note(self, pause_s: float, known_gap_s: float | None = None) -> None:
        """One arrival after a pause; of a pause beyond the limit only the limit counts, as that was a fault."""
        pause_s = min(pause_s, self.limit_s(known_gap_s))
        keep = exp(-pause_s / MEMORY_S)
        self._arrivals = self._arrivals * keep + 1.0
        self._seconds = self._seconds * keep + pause_s
        self._observed_s += pause_s

    def gap_s(self, known_gap_s: float | None = None) -> float:
        """Mean seconds between arrivals; what was seen outweighs `known_gap_s` in time."""
        if known_gap_s is None:
            weight, gap_s = 1.0, UNKNOWN_LIMITS * self._floor_s / GAPS
        else:
            weight, gap_s = KNOWN_ARRIVALS * exp(-self._observed_s / MEMORY_S), known_gap_s
        return (self._seconds + weight * gap_s) / (self._arrivals + weight)

    def limit_s(self, known_gap_s: float | None = None) -> float:
        return silence_limit_s(self.gap_s(known_gap_s), floor_s=self._floor_s)
