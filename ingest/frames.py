"""The queue between the connections' threads and the loop that works on their frames."""

from __future__ import annotations

from collections import deque

Frame = tuple[int, bytes]
"""Receive time in UTC ns, and the bytes received."""

CAPACITY = 100_000  # frames, about 40 MB of them; at 3,500 frames/s half a minute of a dead store


class FrameQueue:
    """A bounded queue of frames that never makes a connection wait.

    When it is full the oldest frame goes, and is counted: a lost trade shows as a gap of ids and is
    asked for again, a lost quote is followed by the next. Appending and popping at the ends of a
    deque is atomic, so that no lock is needed per frame.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._frames: deque[Frame] = deque(maxlen=capacity)
        self._capacity = capacity
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._frames)

    def put(self, received_ns: int, raw: bytes) -> None:
        """Add one frame."""
        if len(self._frames) == self._capacity:
            self.dropped += 1
        self._frames.append((received_ns, raw))

    def take(self, limit: int) -> list[Frame]:
        """Up to `limit` frames, oldest first; none when there are none."""
        pop = self._frames.popleft
        taken: list[Frame] = []
        try:
            while len(taken) < limit:
                taken.append(pop())
        except IndexError:
            pass
        return taken
