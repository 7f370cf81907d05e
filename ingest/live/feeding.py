"""Frames from the queue to the core, and the places among them where something may be lacking."""

from __future__ import annotations

from typing import NamedTuple

from ingest.core.core import Core
from ingest.frames import FrameQueue


class Fed(NamedTuple):
    """How many frames the core was given, when the last of them came (UTC ns, 0 without one), and whether it was told
    of an interruption."""

    frames: int
    received_ns: int
    interrupted: bool


class Feeding:
    """One core and the queue that it lives on; for one thread."""

    def __init__(self, queue: FrameQueue, core: Core) -> None:
        self._queue = queue
        self._core = core
        self._dropped = queue.dropped

    def step(self, limit: int) -> Fed:
        """Give the core up to `limit` frames, those after the next interruption not among them."""
        dropped = self._queue.dropped
        streams, frames = self._queue.part(limit)
        if streams:
            self._core.interrupt({stream.partition("@")[0] for stream in streams})
        overflowed = self._queue.dropped != self._dropped
        if overflowed:
            self._core.interrupt()
        self._dropped = dropped  # what went while these were taken is said once more, before the next
        if frames:
            self._core.feed([(received_ns // 1000, raw) for received_ns, raw in frames])
        return Fed(len(frames), frames[-1][0] if frames else 0, bool(streams) or overflowed)
