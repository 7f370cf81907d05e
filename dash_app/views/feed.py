"""The feed in numbers: a strip for all of it, and a list by instrument with the worst first."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from dash_app.components.cells import text
from dash_app.components.icon import icon_html
from dash_app.views.shell import lag_means
from dash_app.views.silence import leg_stale, venue_clock_ms
from dash_app.words import clock, duration, number, symbol
from engine.views import FeedState


def feed_props(feeds: Sequence[FeedState], known: int, now_ms: int) -> dict[str, dict[str, Any]]:
    """Values of the strip by ``feed-<name>`` and ``feed-<name>-note``; sums over all feeds, the worst lag."""
    legs = [(leg, feed) for feed in feeds for leg in feed.legs.values()]
    lags = [feed.lag_p95_ms or 0.0 for feed in feeds if lag_means(feed)]
    open_gaps = sum(leg.gaps_open for leg, _ in legs)
    alive = sum(
        1 for leg, feed in legs if leg.last_trade_ms and venue_clock_ms(feed, now_ms) - leg.last_trade_ms < 60_000
    )
    values = {
        "trades": (number(sum(feed.trades_per_s for feed in feeds), 0), "/s"),
        "lag": (number(max(lags), 0) if lags else "–", "ms" if lags else ""),
        "gaps": (number(sum(leg.gaps for leg, _ in legs), 0), f"{open_gaps} open"),
        "instruments": (str(alive), f"of {len(legs) or known} traded in 60 s"),
        "quotes": (number(sum(feed.quotes_per_s for feed in feeds), 0), "/s"),
        "reconnects": (number(sum(feed.reconnects for feed in feeds), 0), ""),
        "rejected": (number(sum(feed.rejected for feed in feeds), 0), ""),
        "as-of": (clock(max((feed.written_ms for feed in feeds), default=None)) or "–", ""),
    }
    out: dict[str, dict[str, Any]] = {}
    for name, (value, note) in values.items():
        out[f"feed-{name}"] = {"children": value if feeds else "–"}
        out[f"feed-{name}-note"] = {"children": note if feeds else ""}
    out["feed-rejected"]["title"] = rejected_words(feeds)
    return out


def ended_words(feed: FeedState) -> str:
    """That a replay is over, and what of its recording was left out."""
    words = f"Replay ended at {clock(feed.venue_time_ms)} UTC of the recording."
    return f"{words} Left out: {rejected_words([feed])}." if feed.rejected_by else words


def rejected_words(feeds: Sequence[FeedState]) -> str:
    """Why, the most frequent reason first; blank where nothing was rejected."""
    reasons: dict[str, int] = {}
    for feed in feeds:
        for name, count in feed.rejected_by.items():
            reasons[name] = reasons.get(name, 0) + count
    ordered = sorted(reasons.items(), key=lambda each: (-each[1], each[0]))
    return ", ".join(f"{count:,} {name}" for name, count in ordered)


def feed_rows(feeds: Sequence[FeedState], usual_rates: Mapping[str, float], now_ms: int) -> list[dict[str, str]]:
    """One row for each instrument of each feed: silent ones first, then open gaps, then what lacks ids, then by age."""
    found = [_row(feed, name, usual_rates, now_ms) for feed in feeds for name in feed.legs]
    return [cells for _, _, cells in sorted(found, key=lambda row: (row[0], -row[1]))]


def _row(
    feed: FeedState, name: str, usual_rates: Mapping[str, float], now_ms: int
) -> tuple[int, float, dict[str, str]]:
    leg = feed.legs[name]
    instrument = name if ":" in name else f"{feed.venue}:{name}"
    age_s = (venue_clock_ms(feed, now_ms) - leg.last_trade_ms) / 1000 if leg.last_trade_ms else math.inf
    rate = usual_rates.get(instrument) or leg.trades_per_s
    if leg_stale(leg, feed, lambda: rate, now_ms):
        rank, mark, tone, words = 0, "clock", "stale", f"no trade since {clock(leg.last_trade_ms)}"
    elif leg.gaps_open:
        rank, mark, tone, words = 1, "gap", "doubtful-text", f"{leg.gaps_open} gaps open, filling"
    elif leg.missing_ids:
        rank, mark, tone, words = 2, "gap", "dim", f"{leg.missing_ids:,} trade ids missing"
    elif not leg.last_trade_ms:
        rank, mark, tone, words = 3, "flat", "dim", "no trade yet"
    else:
        rank, mark, tone, words = 4, "good", "good", "complete"
    cells = {
        "id": instrument,
        "instrument": f"{icon_html(mark, tone=tone)} {_market_link(instrument)}",
        "state": f'<span class="sb-dim">{words}</span>' if rank in (0, 3) else words,
        "rate": number(leg.trades_per_s, 1) + " trades/s",
        "age": _traded(feed, leg.last_trade_ms, age_s),
    }
    return rank, age_s, cells


def _traded(feed: FeedState, last_trade_ms: int, age_s: float) -> str:
    """How long ago the last trade was; when it was, where no other will come."""
    if not math.isfinite(age_s):
        return ""
    return f"traded {clock(last_trade_ms)}" if feed.state == "ended" else f"traded {duration(max(age_s, 0.0))} ago"


def _market_link(instrument: str) -> str:
    return f'<a href="/market/{text(instrument)}">{text(symbol(instrument))}</a>'
