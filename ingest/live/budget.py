"""How much of a venue's request weight is left. Pure; time is an argument (monotonic seconds)."""

from __future__ import annotations

SHARE = 0.8  # of the venue's budget: others may share the address, and a count may be late
MINUTE_S = 60.0


class WeightBudget:
    """Weight spent in the running minute, and until when nothing may be asked at all."""

    def __init__(self, per_minute: int) -> None:
        self._limit = per_minute * SHARE
        self._used = 0.0
        self._minute_began_s = -MINUTE_S
        self._blocked_until_s = -MINUTE_S

    def wait_s(self, now_s: float, weight: int) -> float:
        """Seconds until a request of `weight` may go out; 0 when it may now."""
        self._roll(now_s)
        wait = self._blocked_until_s - now_s
        if self._used + weight > self._limit and self._used > 0:
            wait = max(wait, self._minute_began_s + MINUTE_S - now_s)
        return max(0.0, wait)

    def spend(self, now_s: float, weight: int) -> None:
        """A request goes out."""
        self._roll(now_s)
        self._used += weight

    def said(self, now_s: float, used: int) -> None:
        """The venue says what is used: believed when it is more than we counted."""
        self._roll(now_s)
        self._used = max(self._used, float(used))

    def block(self, now_s: float, seconds: float) -> None:
        """Nothing may go out for `seconds`."""
        self._blocked_until_s = max(self._blocked_until_s, now_s + seconds)

    def _roll(self, now_s: float) -> None:
        if now_s - self._minute_began_s >= MINUTE_S:
            self._minute_began_s = now_s
            self._used = 0.0
