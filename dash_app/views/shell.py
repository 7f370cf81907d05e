"""The top bar's words: origin of data, connection, alerts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash_app import ids
from dash_app.sections import Section, props_section
from dash_app.views.silence import feed_stale
from dash_app.words import clock, number
from engine.views import FeedState

_LAG = "Lag is from exchange time to receipt, p95 of 10 s"
_WORDS = {
    "connecting": ("warming", "dim", "Connecting"),
    "warming": ("warming", "dim", "Loading history"),
    "streaming": ("good", "good", "Connected"),
    "disconnected": ("bad", "bad-text", "Disconnected"),
    "ended": ("flat", "dim", "Replay ended"),
}


def shell_section(feeds: Sequence[FeedState], venue: str, waiting: int, now_ms: int) -> Section:
    """`venue` is that of the page's data, empty for all; `waiting` counts alerts not acknowledged."""
    feed = main_feed(feeds, venue)
    mark, tone, words = _connection(feed, now_ms)
    origin = feed.origin if feed else ""
    lag = _calm(feed.lag_p95_ms) if feed and words == "Connected" and lag_means(feed) else ""
    of_feed = f"{feed.venue}: {feed.alarm or feed.detail or feed.state}. " if feed else ""
    props: dict[str, dict[str, Any]] = {
        ids.BADGE: {"children": origin, "className": f"sb-badge sb-badge-{origin.lower() or 'none'}"},
        ids.CONNECTION_MARK: {"className": f"sb-i sb-i-{mark} sb-{tone}"},
        ids.CONNECTION_WORD: {"children": words},
        ids.CONNECTION_LAG: {"children": lag},
        ids.CONNECTION: {"className": f"sb-connection sb-conn-{tone}", "title": f"{of_feed}{_LAG}"},
        ids.ALERTS_COUNT: {"children": str(waiting), "className": "sb-count sb-waits" if waiting else "sb-count"},
    }
    return props_section("shell", "shell", props)


def store_section(*, slow: bool) -> Section:
    """The top bar while the store does not answer, or not in time: what is known stays, the connection says so."""
    mark, tone, words, title = (
        ("clock", "stale", "Store slow", "The store is slow to answer")
        if slow
        else ("bad", "bad-text", "Store down", "The store does not answer")
    )
    props = {
        ids.CONNECTION_MARK: {"className": f"sb-i sb-i-{mark} sb-{tone}"},
        ids.CONNECTION_WORD: {"children": words},
        ids.CONNECTION_LAG: {"children": ""},
        ids.CONNECTION: {"className": f"sb-connection sb-{tone}", "title": title},
    }
    return props_section("shell", "shell", props)


def main_feed(feeds: Sequence[FeedState], venue: str) -> FeedState | None:
    """The feed of a venue; without one, the feed that spoke last."""
    of_venue = [feed for feed in feeds if feed.venue == venue]
    return max(of_venue or feeds, key=lambda feed: feed.written_ms, default=None)


def _connection(feed: FeedState | None, now_ms: int) -> tuple[str, str, str]:
    if feed is None:
        return "flat", "dim", "No feed"
    stale = feed_stale(feed, now_ms)
    if stale and feed.state != "disconnected":
        return "clock", "stale", f"Stale since {clock(stale.since_ms)}"
    if feed.alarm and feed.state == "streaming":
        return "clock", "stale", "Store in trouble"
    if feed.state == "warming" and feed.detail.startswith("rebuilding"):
        return "warming", "dim", "Rebuilding"
    return _WORDS[feed.state]


def lag_means(feed: FeedState) -> bool:
    """Whether the lag says something: a recording is not received when it happened."""
    return feed.lag_p95_ms is not None and feed.origin != "REPLAY"


def _calm(lag_ms: float | None) -> str:
    """Two significant digits: a figure that trembles says no more, and a longer one has no room on a phone."""
    lag_ms = lag_ms or 0.0
    if abs(lag_ms) >= 995:
        return f"{number(lag_ms / 1_000, 1 if abs(lag_ms) < 9_950 else 0)} s"
    digits = 10 ** max(0, len(str(int(abs(lag_ms)))) - 2)
    return f"{number(round(lag_ms / digits) * digits, 0)} ms"
