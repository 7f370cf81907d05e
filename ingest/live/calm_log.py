"""A log that stays calm: what happens again and again is written a few times a minute and then counted. Pure."""

from __future__ import annotations

from collections import deque

LINES = 8
MINUTE_S = 60.0


class CalmLog:
    """Decides which lines are written; time is an argument (monotonic seconds)."""

    def __init__(self, lines: int = LINES) -> None:
        self._times_s: deque[float] = deque(maxlen=lines)
        self._left_out = 0

    def line(self, text: str, now_s: float) -> str | None:
        """The text to write, with how many were left out before it; None to write nothing."""
        full = len(self._times_s) == self._times_s.maxlen
        if full and now_s - self._times_s[0] < MINUTE_S:
            self._left_out += 1
            return None
        self._times_s.append(now_s)
        left_out, self._left_out = self._left_out, 0
        return f"{text} ({left_out} lines like it were left out)" if left_out else text
