"""The pair page's strip: z, signal, beta, half-life, correlation, spread, prices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from dash import dcc, html

from dash_app import ids
from dash_app.components.icon import icon
from dash_app.figures.view import Leg, PairView
from dash_app.gap_words import share_words
from dash_app.views.held_back import HeldBack
from dash_app.views.pair_beta import interval_props
from dash_app.views.readings import signal_now
from dash_app.words import bar_time, clock, duration, listed, number, sentence, signed
from engine.diagnosis import Diagnosis
from engine.honest_z import rank_of_z
from engine.null_reasons import null_reasons
from engine.parameters import Method
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

    known = math.isfinite(value("z"))
    return {
        ids.HERO: {"className": f"sb-hero sb-hero-{tone}"},
        ids.Z: {"children": signed(value("z"), 2) or "–", "title": _title(view)},
        ids.SIGNAL: {"children": [icon(mark), f" {words}"] if known else "–"},
        ids.SIGNAL_SINCE: {
            "children": _since(now.since_ms, view.bar_ms, held) if known else "",
            "title": _held_title(held) if held and known else "",
        },
        ids.KPI_BETA_LABEL: {"children": f"beta, {p.scale.value}"},
        ids.KPI_BETA: {"children": number(value("beta"), 3) or "–"},
        **interval_props(view),
        ids.KPI_CORRELATION: {"children": number(value("correlation"), 3) or "–"},
        ids.KPI_CORRELATION_NOTE: {"children": f"returns, {p.window} bars"},
        ids.KPI_SPREAD_LABEL: {"children": view.spread_name},
        ids.KPI_SPREAD: {"children": signed(value("spread") * view.spread_factor, view.spread_digits) or "–"},
        ids.KPI_SPREAD_NOTE: _spread_note(view),
        ids.AS_OF: {"children": clock(snapshot.as_of_ms) or "–"},
        ids.AS_OF_AGO: {"data-as-of": str(snapshot.as_of_ms or "")},
        ids.READING: {"children": reading(view)},
    }


def _since(since_ms: int | None, bar_ms: int, held: HeldBack | None) -> list[html.Span]:
    """When the signal began, and beside it whether its alert is held back."""
    since = [html.Span(f"since {bar_time(since_ms, bar_ms)} UTC")] if since_ms else []
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
        out[note] = {"children": listed(leg.quote, "last close" if price is None else "bar open")}
    return out


def half_life_props(view: PairView, diagnosis: Diagnosis | None) -> Props:
    """Half-life of the spread from the last tests, in time."""
    bar_s = view.bar_ms / 1000
    if diagnosis is None:
        return {
            ids.KPI_HALF_LIFE_LABEL: {"children": "half-life"},
            ids.KPI_HALF_LIFE: {"children": "–"},
            ids.KPI_HALF_LIFE_NOTE: {"children": "not tested yet"},
        }
    label = {ids.KPI_HALF_LIFE_LABEL: {"children": f"half-life, tested {bar_time(diagnosis.as_of_ms, view.bar_ms)}"}}
    found = diagnosis.reversion
    if found.bars is None:
        return label | {
            ids.KPI_HALF_LIFE: {"children": "–", "title": found.reason},
            ids.KPI_HALF_LIFE_NOTE: {"children": "no result", "title": found.reason},
        }
    low = duration(None if found.low is None else found.low * bar_s)
    high = duration(math.inf if found.high is None else found.high * bar_s)
    tested = f"95 % interval; tested {clock(diagnosis.as_of_ms)} UTC on {diagnosis.bars} bars"
    return label | {
        ids.KPI_HALF_LIFE: {"children": duration(found.bars * bar_s), "title": tested},
        ids.KPI_HALF_LIFE_NOTE: {"children": f"{low} – {high}" if low else high, "title": tested},
    }


UNUSUAL_RANK = 90.0
"""Percent of the window's bars were nearer their mean: wide by the pair's own measure, whatever threshold is set."""


def reading(view: PairView) -> str:
    """The last bar in a sentence."""
    snapshot = view.snapshot
    if not len(snapshot.rows) or not math.isfinite(float(snapshot.rows["z"][-1])):
        return ""
    z = float(snapshot.rows["z"][-1])
    rank = rank_of_z(snapshot)
    ranked = f" than in {rank.percentile:.0f} % of the {rank.n} bars before it" if rank else ""
    if view.parameters.method is Method.KALMAN:
        larger = f", larger{ranked}" if ranked else ""
        return f"The last bar came as a surprise of {signed(z, 2)} standard deviations{larger}."
    unusual = rank is not None and rank.percentile >= UNUSUAL_RANK
    word = "unusually wide" if unusual else "wide" if abs(z) >= 1 else "near its mean"
    wider = f", wider{ranked}" if ranked else ""
    return f"The spread is now {word}: {signed(z, 2)} standard deviations{wider}."


def leg_line(view: PairView) -> str:
    p = view.parameters
    bars = str(p.window) if p.method is Method.KALMAN else f"{p.window} / {p.z_window}"
    return f"{p.timeframe} · {view.method_name.partition(',')[0]} · {bars} bars · {p.scale.value}"


def _spread_note(view: PairView) -> dict[str, str]:
    """Deviation and mean of the spread; with one's own ratio the level that it is taken off."""
    rows, factor, digits = view.snapshot.rows, view.spread_factor, view.spread_digits
    if not len(rows) or not math.isfinite(float(rows["spread_sd"][-1])):
        return {"children": "", "title": ""}
    sd, mean, alpha = (float(rows[name][-1]) for name in ("spread_sd", "spread_mean", "alpha"))
    deviation = f"sd {number(sd * factor, digits)}"
    if view.parameters.method is not Method.FIXED:
        return {"children": f"{deviation}, mean {signed(mean * factor, digits)}", "title": ""}
    level = number(alpha, 4 if view.log else digits)
    if not level:
        return {"children": deviation, "title": sentence(null_reasons(view.parameters)["spread"])}
    title = f"About the level, the mean of y − β·x over {view.parameters.window} bars"
    return {"children": f"{deviation}, level {level}", "title": title}


def _title(view: PairView) -> str:
    as_of = clock(view.snapshot.as_of_ms)
    if not as_of:
        return ""
    last = view.snapshot.rows[-1]
    share = float(np.fmin(last["window_completeness_y"], last["window_completeness_x"]))
    of_window = f", by a fit on bars with {share_words(share)} of their trades" if share < 1.0 else ""
    return f"z of the bar closed {as_of} UTC{of_window}"


def leg_of(instrument: str, infos: dict[str, Any]) -> Leg:
    """The leg's facts; a sensible guess where its instrument is not registered."""
    info = infos.get(instrument)
    return Leg(instrument, info.quote, info.tick_size) if info else Leg(instrument, "", 0.01)
