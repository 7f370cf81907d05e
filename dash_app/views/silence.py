"""How long data may be silent before it is called stale, and since when it is."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from dash_app.words import day_time
from engine.snapshot import Snapshot
from engine.views import FeedState, LegState

FEED_GRACE_MS = (
    3_000  # an ingestor writes its state every second, and a venue of a dozen symbols is never silent so long
)
LEG_GRACE_MS = 3_000
QUIET_FACTOR = 8.0  # e^-8: at its usual rate a leg is silent for eight mean intervals once in 3,000 trades
_RATE_BARS = 60


@dataclass(frozen=True, slots=True)
class Stale:
    """Since when (UTC ms, of the data's own clock) nothing came, and what did not come."""

    since_ms: int
    what: str


def venue_clock_ms(feed: FeedState, now_ms: int) -> int:
    """What the venue's clock shows now, going on from what the feed last said."""
    speed = feed.speed if math.isfinite(feed.speed) and feed.state == "streaming" else 1.0
    return feed.venue_time_ms + int(max(0, now_ms - feed.written_ms) * speed)


def feed_stale(feed: FeedState | None, now_ms: int) -> Stale | None:
    """A feed whose ingestor fell silent, or that receives nothing. One that has ended is not stale."""
    if feed is None or feed.state == "ended":
        return None
    if now_ms - feed.written_ms > FEED_GRACE_MS:
        return Stale(feed.written_ms, "the ingestor is silent")
    if feed.received_ms and now_ms - feed.received_ms > FEED_GRACE_MS:
        pauses = feed.detail if feed.origin == "REPLAY" else ""
        return Stale(feed.received_ms, pauses or "nothing comes from the venue")
    return None


def leg_stale(leg: LegState | None, feed: FeedState, usual_rate: Callable[[], float], now_ms: int) -> Stale | None:
    """A leg that has not traded for much longer than its usual rate explains."""
    if leg is None or not leg.last_trade_ms or feed.state == "ended":
        return None
    silent = venue_clock_ms(feed, now_ms) - leg.last_trade_ms
    grace = LEG_GRACE_MS * max(feed.speed, 1.0)  # a fast replay's clock runs on between two looks
    if silent <= grace:
        return None
    trades_per_s = usual_rate()
    if trades_per_s <= 0 or silent <= grace + QUIET_FACTOR * 1_000 / trades_per_s:
        return None
    return Stale(leg.last_trade_ms, "no trade")


def not_followed_words(feed: FeedState, instrument: str) -> str:
    """Why nothing new comes of an instrument although its venue's feed is well; empty where something may."""
    venue, _, name = instrument.partition(":")
    if feed.venue != venue or feed.state != "streaming" or not feed.legs or {name, instrument} & feed.legs.keys():
        return ""
    if name in feed.refused:
        return f"{name} is not followed: {feed.refused[name]}. Numbers below are as of its last bar."
    if name in feed.joining:
        return f"{name} is not followed yet: {feed.joining[name]}."
    return f"{name} is not followed any more, so nothing new comes of it. Numbers below are as of its last bar."


def upload_words(symbols: Sequence[str], as_of_ms: int | None, bar_ms: int, now_ms: int) -> str:
    """That nothing more comes of a finished file, and until when there are bars: it is not late."""
    one = len(symbols) == 1
    what = f"{' and '.join(symbols)} {'is an upload' if one else 'are uploads'}"
    if as_of_ms is None:
        return f"{what}: nothing new comes."
    return f"{what}, {'ends' if one else 'their bars end'} {day_time(as_of_ms, bar_ms, now_ms)}: nothing new comes."


def usual_rate(snapshot: Snapshot, column: str) -> float:
    """Trades a second of a leg over its last bars, 0 where none is known."""
    rows = snapshot.rows[-_RATE_BARS:]
    known = rows[~np.isnan(rows["y"]) & ~np.isnan(rows["x"])]
    if not len(known):
        return 0.0
    return float(known[column].mean()) * 1_000 / snapshot.parameters.timeframe.ms


def bars_stale(snapshot: Snapshot, feed: FeedState, now_ms: int) -> Stale | None:
    """A pair whose last bar should have been followed by another long ago."""
    as_of = snapshot.as_of_ms
    if as_of is None or feed.state == "ended":
        return None
    late = venue_clock_ms(feed, now_ms) - as_of - snapshot.parameters.timeframe.ms
    return Stale(as_of, "no new bar") if late > FEED_GRACE_MS * max(feed.speed, 1.0) else None
