"""The pair page's strip: z, signal, beta, half-life, correlation, spread, prices."""

from __future__ import annotations

import math
from typing import Any

from dash import dcc, html

from dash_app import ids
from dash_app.components.icon import icon
from dash_app.figures.view import Leg, PairView
from dash_app.views.held_back import HeldBack
from dash_app.views.readings import share_narrower, signal_now
from dash_app.words import clock, duration, interval, minute, number, signed
from engine.bar_methods import bar_methods
from engine.diagnosis import Diagnosis
from engine.parameters import Method, PairParameters
from engine.rows import Note
from engine.views import OpenPrices

Props = dict[str, dict[str, Any]]
_SIGNALS = {1: ("long", "Long spread"), -1: ("short", "Short spread"), 0: ("flat", "Flat")}


def head_props(view: PairView, held: HeldBack | None = None) -> Props:
    """Everything of the strip that changes with a closed bar, but the prices; `held` is the signal's alert."""
    snapshot, p = view.snapshot, view.parameters
    last = snapshot.rows[-1] if len(snapshot.rows) else None
    now = signal_now(snapshot)
    mark, words = _SIGNALS[now.signal]
    tone = {1: "long", -1: "short"}.get(now.signal, "none")

    def value(name: str) -> float:
        return float(last[name]) if last is not None else math.nan

    fallback = last is not None and int(last["note"]) == Note.RATIO_FALLBACK
    beta_note = (
        "ratio of prices, regression unusable" if fallback else interval(value("beta_low"), value("beta_high"), 3)
    )
    known = math.isfinite(value("z"))
    return {
        ids.HERO: {"className": f"sb-hero sb-hero-{tone}"},
        ids.Z: {"children": signed(value("z"), 2) or "–", "title": _title(view)},
        ids.SIGNAL: {"children": [icon(mark), f" {words}"] if known else "–"},
        ids.SIGNAL_SINCE: {
            "children": _since(now.since_ms, held) if known else "",
            "title": _held_title(held) if held and known else "",
        },
        ids.KPI_BETA_LABEL: {"children": f"beta, {p.scale.value}", "title": _method("beta", p)},
        ids.KPI_BETA: {"children": number(value("beta"), 3) or "–"},
        ids.KPI_BETA_NOTE: {"children": "your own" if p.method is Method.FIXED else beta_note},
        ids.KPI_CORRELATION: {"children": number(value("correlation"), 3) or "–"},
        ids.KPI_CORRELATION_NOTE: {"children": f"returns, {p.window} bars", "title": _method("correlation", p)},
        ids.KPI_SPREAD_LABEL: {"children": f"spread, {view.spread_unit}", "title": _method("spread", p)},
        ids.KPI_SPREAD: {"children": signed(value("spread") * view.spread_factor, view.spread_digits) or "–"},
        ids.KPI_SPREAD_NOTE: {"children": _spread_note(view, value("spread_sd"), value("spread_mean"))},
        ids.AS_OF: {"children": clock(snapshot.as_of_ms) or "–"},
        ids.AS_OF_AGO: {"data-as-of": str(snapshot.as_of_ms or "")},
        ids.READING: {"children": reading(view)},
    }


def _since(since_ms: int | None, held: HeldBack | None) -> list[html.Span]:
    """When the signal began, and beside it whether its alert is held back."""
    since = [html.Span(f"since {minute(since_ms)} UTC")] if since_ms else []
    return since + ([html.Span(held.words, className="sb-held")] if held else [])


def _held_title(held: HeldBack) -> str:
    return (
        f"z was beyond the level of this pair's rule at the bar closed {clock(held.at_ms)} UTC, but no alert is "
        f"written while |correlation| of one-bar returns is below {held.least:g}, the setting min_correlation. "
        "The signal itself is a matter of z alone."
    )


def price_props(view: PairView, prices: OpenPrices) -> Props:
    """Last trades of the open bar, marked provisional; the last close where a leg has none yet."""
    rows = view.snapshot.rows
    out: Props = {}
    places = (
        (ids.KPI_Y_LABEL, ids.KPI_Y, ids.KPI_Y_NOTE, view.y, prices.y, "y"),
        (ids.KPI_X_LABEL, ids.KPI_X, ids.KPI_X_NOTE, view.x, prices.x, "x"),
    )
    for label, at, note, leg, price, column in places:
        closed = float(rows[column][-1]) if len(rows) else math.nan
        href = f"/market/{leg.instrument}?timeframe={view.parameters.timeframe}"
        out[label] = {"children": dcc.Link(leg.symbol, href=href, title="Its candles, volume and averages")}
        out[at] = {"children": number(closed if price is None else price, leg.digits) or "–"}
        out[note] = {"children": f"{leg.quote}, last close" if price is None else f"{leg.quote}, bar open"}
    return out


def half_life_props(view: PairView, diagnosis: Diagnosis | None) -> Props:
    """Half-life of the spread from the last tests, in time."""
    bar_s = view.bar_ms / 1000
    if diagnosis is None:
        return {ids.KPI_HALF_LIFE: {"children": "–"}, ids.KPI_HALF_LIFE_NOTE: {"children": "not tested yet"}}
    found = diagnosis.reversion
    if found.bars is None:
        return {
            ids.KPI_HALF_LIFE: {"children": "–", "title": found.reason},
            ids.KPI_HALF_LIFE_NOTE: {"children": "no result", "title": found.reason},
        }
    low = duration(None if found.low is None else found.low * bar_s)
    high = duration(math.inf if found.high is None else found.high * bar_s)
    tested = f"95 % interval; tested {clock(diagnosis.as_of_ms)} UTC on {diagnosis.bars} bars"
    return {
        ids.KPI_HALF_LIFE: {"children": duration(found.bars * bar_s), "title": tested},
        ids.KPI_HALF_LIFE_NOTE: {"children": f"{low} – {high}" if low else high, "title": tested},
    }


UNUSUAL_SHARE = 0.9
"""Of the window's bars were nearer their mean: wide by the pair's own measure, whatever threshold is set."""


def reading(view: PairView) -> str:
    """The last bar in a sentence."""
    snapshot = view.snapshot
    if not len(snapshot.rows) or not math.isfinite(float(snapshot.rows["z"][-1])):
        return ""
    z = float(snapshot.rows["z"][-1])
    if view.parameters.method is Method.KALMAN:
        return (
            f"The last bar came as a surprise of {signed(z, 2)} standard deviations: what the filter had not foretold."
        )
    width = abs(z)
    share = share_narrower(snapshot)
    unusual = share is not None and share >= UNUSUAL_SHARE
    word = "unusually wide" if unusual else "wide" if width >= 1 else "near its mean"
    text = f"The spread is now {word}: {signed(z, 2)} standard deviations"
    return text + (
        f", wider than {share:.0%} of the last {view.parameters.window} bars.".replace("%", " %") if share else "."
    )


def leg_line(view: PairView) -> str:
    p = view.parameters
    bars = str(p.window) if p.method is Method.KALMAN else f"{p.window} / {p.z_window}"
    return f"{p.timeframe} · {view.method_name.partition(',')[0]} · {bars} bars · {p.scale.value}"


def _spread_note(view: PairView, sd: float, mean: float) -> str:
    if not math.isfinite(sd):
        return ""
    factor, digits = view.spread_factor, view.spread_digits
    return f"sd {number(sd * factor, digits)}, mean {signed(mean * factor, digits)}"


def _title(view: PairView) -> str:
    as_of = clock(view.snapshot.as_of_ms)
    return f"z of the bar closed {as_of} UTC: {_method('z', view.parameters)}" if as_of else ""


def _method(name: str, p: PairParameters) -> str:
    """A number's formula in a line; the Diagnostics tab has its reference and what it assumes."""
    return next(each.card.formula for each in bar_methods(p) if each.name == name)


def leg_of(instrument: str, infos: dict[str, Any]) -> Leg:
    """The leg's facts; a sensible guess where its instrument is not registered."""
    info = infos.get(instrument)
    return Leg(instrument, info.quote, info.tick_size) if info else Leg(instrument, "", 0.01)
