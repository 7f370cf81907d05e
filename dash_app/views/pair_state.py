"""The state of a pair in words: what is lacking, since when, and what will help."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from dash import html

from dash_app import ids
from dash_app.components.icon import icon
from dash_app.figures.view import PairView
from dash_app.views.feed import ended_words
from dash_app.views.shell import main_feed
from dash_app.views.silence import bars_stale, feed_stale, leg_stale, not_followed_words, upload_words, usual_rate
from dash_app.views.warming import first_z_words, is_warming
from dash_app.words import clock, sentence
from engine.rows import Note
from engine.views import FeedState

Props = dict[str, dict[str, Any]]
_NOTES = {
    Note.GAP: ("gap", "Gap: a bar of a leg is absent, so there is no z at the last bar"),
    Note.STALE_LEG: ("clock", "A leg has not traded for too long: there is no z until it does"),
    Note.UNUSABLE: ("flat", "The window's data allow no result"),
    Note.RATIO_FALLBACK: ("doubtful", "The regression is ill-conditioned: the ratio of prices is used instead"),
}


def state_props(lines: Sequence[tuple[str, str, str]], *, stale: bool = False, ended: bool = False) -> Props:
    """`lines` are (icon, tone, words); none hides the strip. `stale` greys what is below, `ended` its signal."""
    children = [state_line(mark, tone, words) for mark, tone, words in lines]
    below = " sb-stale-below" if stale else " sb-ended-below" if ended else ""
    return {ids.STATE: {"children": children, "className": "sb-state" + (" sb-shown-state" if lines else "") + below}}


def state_line(mark: str, tone: str, words: str) -> html.Div:
    return html.Div([icon(mark, tone=tone), html.Span(words)], className="sb-state-line")


def pair_state(view: PairView, feeds: Sequence[FeedState], now_ms: int) -> Props:
    """What is to be said about this pair's data now."""
    snapshot, p = view.snapshot, view.parameters
    lines: list[tuple[str, str, str]] = []
    if brought := [leg.symbol for leg in (view.y, view.x) if leg.uploaded]:
        lines = [("flat", "dim", upload_words(brought, snapshot.as_of_ms, view.bar_ms, now_ms))]
        return state_props([*lines, *_data_lines(view, ended=True)], ended=True)
    feed = main_feed(feeds, p.y.partition(":")[0])
    stale = _stale_words(view, feed, now_ms) if feed else ("No feed has written to this store yet" if not feeds else "")
    if stale:
        lines.append(("clock", "stale", stale))
    ended = feed is not None and feed.state == "ended"
    if feed and ended:
        lines.append(("flat", "dim", ended_words(feed)))
    lines += _data_lines(view, ended=ended)
    if p.field.value == "mid" and len(snapshot.rows) and np.isnan(snapshot.rows["y"][-1]):
        lines.append(("flat", "dim", "No quotes for the last bar: mid prices need both legs' bid and ask; try close"))
    return state_props(lines, stale=bool(stale), ended=ended)


def _stale_words(view: PairView, feed: FeedState, now_ms: int) -> str:
    gone = [words for leg in (view.y, view.x) if (words := not_followed_words(feed, leg.instrument))]
    if gone and not feed_stale(feed, now_ms):
        return " ".join(gone)
    whole = feed_stale(feed, now_ms) or bars_stale(view.snapshot, feed, now_ms)
    if whole:
        return f"Stale since {clock(whole.since_ms)} UTC: {whole.what}. Numbers below are as of then."
    for leg, column in ((view.y, "trades_y"), (view.x, "trades_x")):
        state = feed.legs.get(leg.instrument) or feed.legs.get(leg.symbol)
        silent = leg_stale(state, feed, partial(usual_rate, view.snapshot, column), now_ms)
        if silent:
            return f"{leg.symbol}: no trade since {clock(silent.since_ms)} UTC, longer than usual."
    return ""


def _data_lines(view: PairView, *, ended: bool) -> list[tuple[str, str, str]]:
    snapshot = view.snapshot
    rows = snapshot.rows
    if len(rows) and np.isfinite(rows["z"][-1]):
        fallback = int(rows["note"][-1]) == Note.RATIO_FALLBACK
        return [("doubtful", "doubtful-text", _NOTES[Note.RATIO_FALLBACK][1])] if fallback else []
    if len(rows) and is_warming(snapshot):
        return [("warming", "dim", view.lack if ended else f"{view.lack}. {first_z_words(snapshot)}")]
    note = Note(int(rows["note"][-1])) if len(rows) else Note.WARMING_UP
    mark, words = _NOTES.get(note, ("flat", view.lack))
    return [(mark, "dim", sentence(snapshot.reason) or words)]
