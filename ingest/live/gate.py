"""What one address of ours may do at a venue, shared by all its connections and calls: attempts, and bans."""

from __future__ import annotations

from collections import deque
from threading import Lock

CONNECTIONS = 300
WINDOW_S = 300.0
SHARE = 0.8  # others may share the address


class Gate:
    """Connection attempts within the venue's limit, and until when nothing may be tried. Time is an argument
    (monotonic seconds); for several threads."""

    def __init__(self, limit: int = int(CONNECTIONS * SHARE), window_s: float = WINDOW_S) -> None:
        self._limit = limit
        self._window_s = window_s
        self._times_s: deque[float] = deque()
        self._closed_until_s = float("-inf")
        self._banned_until_s = float("-inf")
        self._lock = Lock()

    def reserve(self, now_s: float) -> float:
        """0.0 when a connection may be tried now, which counts; else seconds to wait, which counts nothing."""
        with self._lock:
            while self._times_s and now_s - self._times_s[0] >= self._window_s:
                self._times_s.popleft()
            wait_s = max(self._closed_until_s, self._banned_until_s) - now_s
            if len(self._times_s) >= self._limit:
                wait_s = max(wait_s, self._times_s[0] + self._window_s - now_s)
            if wait_s <= 0:
                self._times_s.append(now_s)
            return max(0.0, wait_s)

    def close(self, now_s: float, seconds: float) -> None:
        """No connection may be tried for `seconds`."""
        with self._lock:
            self._closed_until_s = max(self._closed_until_s, now_s + seconds)

    def ban(self, now_s: float, seconds: float) -> None:
        """Nothing at all may be tried for `seconds`, no call either."""
        with self._lock:
            self._banned_until_s = max(self._banned_until_s, now_s + seconds)

    def banned_s(self, now_s: float) -> float:
        """Seconds that a ban still lasts."""
        return max(0.0, self._banned_until_s - now_s)
