"""Which streams of one open connection deliver: an acknowledgement proves nothing, only frames do.

Pure but for what it is told; time is an argument (monotonic seconds).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ingest.live.rhythm import BURSTS, SILENT_AFTER_S, Rhythm

STEADY = ("@markPrice@1s", "@arr", "@heartbeat")
"""Streams that come each second whatever is traded."""

KnownGap = Callable[[str], float | None]
"""Mean seconds between a symbol's trades as REST tells, None where it did not."""


def no_known_gap(_symbol: str) -> float | None:
    return None


class Rhythms:
    """The rhythms of a connection's streams: they outlast the single socket."""

    def __init__(
        self, streams: Iterable[str], known_gap: KnownGap = no_known_gap, *, floor_s: float = SILENT_AFTER_S
    ) -> None:
        self.floor_s = floor_s
        self.burst_s = floor_s / BURSTS
        self._known_gap = known_gap
        self._rhythms = {stream: Rhythm(floor_s) for stream in streams}

    def note(self, stream: str, pause_s: float) -> None:
        self._of(stream).note(pause_s, self._known(stream))

    def limit_s(self, stream: str) -> float:
        """Seconds of silence that this stream is allowed. A book moves at least as often as it is traded from."""
        if stream.endswith(STEADY):
            return self.floor_s
        return self._of(stream).limit_s(self._known(stream))

    def is_liquid(self, stream: str) -> bool:
        return self.limit_s(stream) <= self.floor_s

    def _of(self, stream: str) -> Rhythm:
        """One that came later begins here; the threads of two sockets may ask at a time."""
        return self._rhythms.get(stream) or self._rhythms.setdefault(stream, Rhythm(self.floor_s))

    def _known(self, stream: str) -> float | None:
        return self._known_gap(stream.partition("@")[0].upper())


@dataclass(slots=True)
class _Seen:
    """When a stream was last heard, or from when on it is waited for; `came` once it delivered.

    `noted_s` is the last arrival that its rhythm heard of.
    """

    last_s: float
    noted_s: float = 0.0
    came: bool = False


class StreamWatch:
    """The streams of one socket since it opened.

    `saw` is called by the thread that reads the socket, everything else by the one that owns it.
    """

    def __init__(self, streams: Iterable[str], rhythms: Rhythms, opened_s: float) -> None:
        self._rhythms = rhythms
        self._seen = {stream: _Seen(opened_s) for stream in streams}
        self._last_s = opened_s
        self._any = False

    @property
    def delivers(self) -> bool:
        """Whether any stream has."""
        return self._any

    @property
    def last_s(self) -> float | None:
        """When the last frame came, None before the first."""
        return self._last_s if self._any else None

    def saw(self, streams: Iterable[str], now_s: float) -> None:
        """Frames of these streams came."""
        self._last_s, self._any = now_s, True
        for stream in streams:
            seen = self._seen.get(stream)
            if seen is None:
                continue  # ended a moment ago
            seen.last_s = now_s
            if not seen.came:
                seen.came, seen.noted_s = True, now_s
            elif now_s - seen.noted_s >= self._rhythms.burst_s:
                self._rhythms.note(stream, now_s - seen.noted_s)
                seen.noted_s = now_s

    def came_since(self, stream: str, since_s: float) -> bool:
        """Whether a frame came after a moment."""
        seen = self._seen.get(stream)
        return seen is not None and seen.came and seen.last_s > since_s

    def change(self, streams: Iterable[str], now_s: float) -> None:
        """These are the streams from now on; new ones have their whole time to deliver a first frame."""
        self._seen = {stream: self._seen.get(stream) or _Seen(now_s) for stream in streams}

    def wait_anew(self, streams: Iterable[str], now_s: float) -> None:
        """These were subscribed anew: they have their whole time again to deliver a first frame."""
        for stream in streams:
            if stream in self._seen:
                self._seen[stream] = _Seen(now_s)

    def silent(self, now_s: float) -> dict[str, float]:
        """Streams that should have delivered by now, and when each last did (or was subscribed)."""
        limit_s = self._rhythms.limit_s
        return {stream: seen.last_s for stream, seen in self._seen.items() if now_s - seen.last_s > limit_s(stream)}

    def missing(self, streams: Iterable[str]) -> tuple[str, ...]:
        """Those of `streams` that have not delivered a first frame here."""
        return tuple(stream for stream in streams if (seen := self._seen.get(stream)) is None or not seen.came)

    def is_dead(self, now_s: float) -> bool:
        """Whether all streams together are silent for too long: as long as the most liquid one may be."""
        limits = [self._rhythms.limit_s(stream) for stream in self._seen] if self._any else ()
        return now_s - self._last_s > min(limits, default=self._rhythms.floor_s)
