"""What of the board itself wants somebody's attention, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dash_app.words import clock
from engine.system import SystemView
from engine.views import FeedState

CLOCK_S = 2.0
FULL = 0.9
_NAMES = {"ingest": "ingestor", "monitor": "monitor", "web": "web worker", "archive": "archiver"}

Line = tuple[str, str, str]


def system_trouble(view: SystemView, feeds: Sequence[FeedState] = ()) -> list[Line]:
    """(icon, tone, words) lines, the gravest first; none where all is well."""
    alarms = [("bad", "bad-text", f"{feed.venue}: {feed.alarm}") for feed in feeds if feed.alarm]
    return [*_silent(view), *alarms, *_full(view), *_clocks(view), *_versions(view)]


def _silent(view: SystemView) -> Iterator[Line]:
    """Kinds of processes of which none speaks any more."""
    alive = {process.kind for process in view.processes if not process.stale(view.now_ms)}
    last: dict[str, int] = {}
    for process in view.processes:
        if process.kind not in alive:
            last[process.kind] = max(process.written_ms, last.get(process.kind, 0))
    for kind, written_ms in last.items():
        words = f"No {_NAMES[kind]} has spoken since {clock(written_ms)} UTC: it ended, hangs or lacks the store"
        yield "clock", "stale", words


def _full(view: SystemView) -> Iterator[Line]:
    used, limit = view.store.used_mb, view.store.limit_mb
    if used is not None and limit and used > FULL * limit:
        yield "bad", "bad-text", f"The store is {100 * used / limit:.0f} % full: a full one refuses writes"


def _clocks(view: SystemView) -> Iterator[Line]:
    """Machines whose clock is not the store's."""
    ahead = {process.host: process.clock_ahead_s for process in view.processes if not process.stale(view.now_ms)}
    for host, seconds in ahead.items():
        if abs(seconds) > CLOCK_S:
            how = "ahead of" if seconds > 0 else "behind"
            yield "doubtful", "doubtful-text", f"The clock of {host} is {abs(seconds):.0f} s {how} the store's"


def _versions(view: SystemView) -> Iterator[Line]:
    """Two versions at once are usual for a moment only."""
    running = [process for process in view.processes if not process.stale(view.now_ms)]
    versions = sorted({process.versions.get("spreadboard", "?") for process in running})
    if len(versions) > 1:
        yield "doubtful", "doubtful-text", f"{len(versions)} versions run at once: {', '.join(versions)}"
