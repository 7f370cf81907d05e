"""The state of an instrument in words: what is lacking, since when, and what is possible instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np
from dash import html

from dash_app import ids
from dash_app.components.market_body import DEFAULTS, controls_line
from dash_app.components.pair_header import TIMEFRAMES
from dash_app.figures.market_view import MarketView
from dash_app.refusals import refusal_words
from dash_app.request import PageRequest
from dash_app.views.feed import ended_words
from dash_app.views.pair_controls import leg_options
from dash_app.views.pair_state import Props, state_line, state_props
from dash_app.views.shell import main_feed
from dash_app.views.silence import (
    FEED_GRACE_MS,
    feed_stale,
    leg_stale,
    not_followed_words,
    upload_words,
    venue_clock_ms,
)
from dash_app.words import clock, ready_words, symbol
from engine.errors import ParameterError, UnknownInstrument
from engine.market.parameters import OFF
from engine.views import FeedState

MOST_LINKS = 24
_RATE_BARS = 60


def market_state(view: MarketView, feeds: Sequence[FeedState], now_ms: int) -> Props:
    """What is to be said about this instrument's data now."""
    lines: list[tuple[str, str, str]] = []
    if view.leg.uploaded:
        lines = [("flat", "dim", upload_words([view.leg.symbol], view.snapshot.as_of_ms, view.bar_ms, now_ms))]
        return state_props([*lines, *_lacking(view, ended=True)], ended=True)
    feed = main_feed(feeds, view.parameters.instrument.partition(":")[0])
    stale = _stale_words(view, feed, now_ms) if feed else "" if feeds else "No feed has written to this store yet"
    if stale:
        lines.append(("clock", "stale", stale))
    ended = feed is not None and feed.state == "ended"
    if feed and ended:
        lines.append(("flat", "dim", ended_words(feed)))
    lines += _lacking(view, ended=ended)
    return state_props(lines, stale=bool(stale), ended=ended)


def _stale_words(view: MarketView, feed: FeedState, now_ms: int) -> str:
    whole, as_of = feed_stale(feed, now_ms), view.snapshot.as_of_ms
    if whole:
        return f"Stale since {clock(whole.since_ms)} UTC: {whole.what}. Numbers below are as of then."
    if gone := not_followed_words(feed, view.leg.instrument):
        return gone
    if as_of is not None and feed.state != "ended":
        late = venue_clock_ms(feed, now_ms) - as_of - view.bar_ms
        if late > FEED_GRACE_MS * max(feed.speed, 1.0):
            return f"Stale since {clock(as_of)} UTC: no new bar. Numbers below are as of then."
    leg = view.leg
    silent = leg_stale(feed.legs.get(leg.instrument) or feed.legs.get(leg.symbol), feed, lambda: _rate(view), now_ms)
    return f"{leg.symbol}: no trade since {clock(silent.since_ms)} UTC, longer than usual." if silent else ""


def _rate(view: MarketView) -> float:
    rows = view.snapshot.rows[-_RATE_BARS:]
    known = rows[np.isfinite(rows["close"])]
    return float(known["trades"].mean()) * 1_000 / view.bar_ms if len(known) else 0.0


def _lacking(view: MarketView, *, ended: bool) -> list[tuple[str, str, str]]:
    """Indicators whose window is not full yet."""
    have, p = len(view.snapshot.rows), view.parameters
    spans = {"SMA": p.sma, "EMA": p.ema, "Bollinger": p.bollinger}
    short = [f"{name} {span}" for name, span in spans.items() if span is not None and span > have]
    if not have:
        none = f"No {p.timeframe} bar of {view.leg.symbol}" if view.leg.uploaded else ""
        return [("warming", "dim", none or f"Warming up: no closed {p.timeframe} bar of {view.leg.symbol} yet")]
    if not short:
        return []
    words = f"Warming up: {have} bars, too few for {', '.join(short)}."
    if ended:
        return [("warming", "dim", words)]
    lacking = max(span for span in spans.values() if span is not None) - have
    return [
        ("warming", "dim", f"{words} {ready_words(lacking, view.bar_ms, view.snapshot.as_of_ms, what='all full ')}")
    ]


def market_refusal(
    error: ParameterError | UnknownInstrument, request: PageRequest, instruments: Sequence[str]
) -> Props:
    """The refusal of a view as the address has it; its controls keep what they say, and offer what is there."""
    view, asked = request.view, request.view.get("instrument", "")
    unknown = isinstance(error, UnknownInstrument)
    words = f"There is no instrument {asked[:80]} here." if unknown else refusal_words(error)
    name = "instrument" if isinstance(error, UnknownInstrument) else error.name
    few: Sequence[str] = getattr(error, "choices", ())
    content = [state_line("bad", "bad-text", words), *_ways(name, dict(view), instruments, few)]
    options = leg_options(instruments, {asked.partition(":")[0]}, [asked] if asked else [])
    return {
        ids.STATE: {"children": content, "className": "sb-state sb-shown-state sb-refused-below"},
        ids.INSTRUMENT: {"options": options},
        ids.CONTROLS_LINE: {"children": controls_line(DEFAULTS | {k: v for k, v in view.items() if k in DEFAULTS})},
    }


def _ways(name: str, view: dict[str, str], instruments: Sequence[str], few: Sequence[str]) -> list[Any]:
    """Links to the same view with something possible in the place of what is not."""
    if name == "instrument":
        choices, lead = [(each, symbol(each)) for each in instruments[:MOST_LINKS]], "Choose one above, or here: "
    else:
        some = few or (TIMEFRAMES if name == "timeframe" else (DEFAULTS.get(name, OFF), OFF))
        choices, lead = [(each, each) for each in some], f"Change {name} above, or take: "
    links = [html.A(label, href=_address({**view, name: value})) for value, label in choices]
    return [html.P([lead, *links], className="sb-ways")]


def _address(view: dict[str, str]) -> str:
    query = {name: view[name] for name in (*DEFAULTS, "show") if view.get(name)}
    return f"/market/{quote(view.get('instrument', ''), safe=':')}?{urlencode(query)}"
