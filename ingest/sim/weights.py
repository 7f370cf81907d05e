"""Request weights: what calls cost, and how much of a minute's budget is gone."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

_MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class Charge:
    """What a minute's calls weigh so far; `retry_after_s` is set when this one was refused."""

    used: int
    retry_after_s: int | None = None


class WeightMeter:
    """One address's budget per minute of the clock, as the venue counts it."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._minute = -1
        self._used = 0

    def charge(self, weight: int, now_s: float) -> Charge:
        """Take `weight` from the running minute, or refuse when it does not fit."""
        minute = int(now_s // _MINUTE_S)
        if minute != self._minute:
            self._minute, self._used = minute, 0
        if self._used + weight > self.per_minute:
            return Charge(self._used, max(1, ceil(_MINUTE_S - now_s % _MINUTE_S)))
        self._used += weight
        return Charge(self._used)
