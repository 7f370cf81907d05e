"""When a message is tried again, and how many a target gets a minute. Pure; time and chance are arguments."""

from __future__ import annotations

from collections import deque

MAX_ATTEMPTS = 8
FIRST_DELAY_MS = 10_000
MAX_DELAY_MS = 600_000
MINUTE_MS = 60_000
_MINUTE_S = MINUTE_MS / 1_000


def delay_ms(attempts: int, jitter: float) -> int | None:
    """How long to wait after so many attempts that failed; None: no more. `jitter` is uniform in [0, 1).

    Between half and the whole of 10 s, 20 s, 40 s … 10 min.
    """
    if attempts >= MAX_ATTEMPTS:
        return None
    whole = min(MAX_DELAY_MS, FIRST_DELAY_MS << (attempts - 1))
    return round(whole * (0.5 + 0.5 * jitter))


class PerMinute:
    """Counts the messages that a target got within the last minute; times are monotonic seconds."""

    def __init__(self) -> None:
        self._times_s: dict[int, deque[float]] = {}

    def allows(self, target_id: int, most: int, now_s: float) -> bool:
        times = self._times_s.get(target_id, deque())
        while times and times[0] <= now_s - _MINUTE_S:
            times.popleft()
        return len(times) < most

    def note(self, target_id: int, now_s: float) -> None:
        self._times_s.setdefault(target_id, deque()).append(now_s)
