"""The queue between the connections' threads and the loop that works on their frames."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from threading import Lock

Frame = tuple[int, bytes]
"""Receive time in UTC ns, and the bytes received."""

CAPACITY = 100_000  # frames, about 40 MB of them; at 3,500 frames/s half a minute of a dead store


class FrameQueue:
    """A bounded queue of frames that never makes a connection wait.

    When it is full the oldest frame goes, and is counted: a lost trade shows as a gap of ids and is
    asked for again, a lost quote is followed by the next. Appending and popping at the ends of a
    deque is atomic, so that no lock is needed per frame. An interruption has its place among the frames.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._frames: deque[Frame] = deque(maxlen=capacity)
        self._capacity = capacity
        self.dropped = 0
        self._taken = 0
        self._interruptions: deque[tuple[int, tuple[str, ...]]] = deque()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._frames)

    def put(self, received_ns: int, raw: bytes) -> None:
        """Add one frame."""
        if len(self._frames) == self._capacity:
            self.dropped += 1
        self._frames.append((received_ns, raw))

    def interrupt(self, streams: Sequence[str]) -> None:
        """From here on something of these streams may be lacking."""
        with self._lock:
            self._interruptions.append((self._gone + len(self._frames), tuple(streams)))

    def part(self, limit: int) -> tuple[list[str], list[Frame]]:
        """The streams interrupted before what comes next, and up to `limit` frames up to the next interruption.

        Frames are oldest first; both are empty when there is nothing.
        """
        with self._lock:
            interrupted = self._passed()
            if self._interruptions:
                limit = min(limit, self._interruptions[0][0] - self._gone)
            return interrupted, self._pop(limit)

    def take(self, limit: int) -> list[Frame]:
        """Up to `limit` frames, oldest first, whatever was interrupted; none when there are none."""
        with self._lock:
            taken = self._pop(limit)
            self._passed()
        return taken

    def _pop(self, limit: int) -> list[Frame]:
        pop = self._frames.popleft
        taken: list[Frame] = []
        try:
            while len(taken) < limit:
                taken.append(pop())
        except IndexError:
            pass
        self._taken += len(taken)
        return taken

    def _passed(self) -> list[str]:
        """The streams of the interruptions before which no frame is left; they are over with that."""
        streams: list[str] = []
        while self._interruptions and self._interruptions[0][0] <= self._gone:
            streams += self._interruptions.popleft()[1]
        return streams

    @property
    def _gone(self) -> int:
        """Frames that left the queue."""
        return self._taken + self.dropped
