"""The market page's strip: last price, change, VWAP, volatility, trade rate, volume, order flow, completeness."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dash_app import ids
from dash_app.components.method_card import card_lines
from dash_app.figures.market_view import MarketView
from dash_app.figures.market_words import gaps, since_words
from dash_app.gap_words import share_words
from dash_app.words import clock, duration, listed, number, quantity, signed
from engine.market.compute import VOLATILITY_BARS, anchor_ms, annual
from engine.market.methods import market_methods
from engine.market.parameters import MarketParameters
from engine.views import MarkPrice

Props = dict[str, dict[str, Any]]
LAST_BARS = 60
OLD_MARK_MS = 15_000  # it comes each second


def price_props(view: MarketView, price: float | None) -> Props:
    """The last trade of the open bar, marked provisional; the last close where there is none yet."""
    rows, leg = view.snapshot.rows, view.leg
    closed = float(rows["close"][-1]) if len(rows) else math.nan
    note = "last close" if price is None else "bar open"
    return {
        ids.PRICE: {"children": number(closed if price is None else price, leg.digits) or "–"},
        ids.PRICE_NOTE: {"children": listed(leg.quote, note)},
    }


def mark_props(view: MarketView, mark: MarkPrice | None, venue_ms: int) -> Props:
    """Mark price and the funding to come, as of the venue's clock; nothing for an instrument without: its cell is then
    not there."""
    if mark is None:
        value = note = ""
    else:
        value, note = number(mark.price, view.leg.digits), f"{signed(100 * mark.rate, 4)} %"
        left_s = max(mark.next_funding_ms - venue_ms, 0) / 1000
        if venue_ms - mark.time_ms > OLD_MARK_MS:
            note = f"told {clock(mark.time_ms)}"
        elif not mark.next_funding_ms:
            note = "no funding"
        else:
            note += f" in {duration(left_s)}"
    return {ids.KPI_FUNDING: {"children": value}, ids.KPI_FUNDING_NOTE: {"children": note}}


def head_props(view: MarketView) -> Props:
    """Everything of the strip that changes with a closed bar."""
    rows, as_of = view.snapshot.rows, view.snapshot.as_of_ms
    values = {
        ids.CHANGE_SINCE: _change(view),
        ids.KPI_VWAP: _vwap(view),
        ids.KPI_VOLATILITY: _volatility(view),
        ids.KPI_RATE: _rate(view),
        ids.KPI_VOLUME: _volume(view),
        ids.KPI_FLOW: _flow(rows[-LAST_BARS:]),
        ids.KPI_COMPLETE: _complete(view),
    }
    props: Props = {}
    for identity, (value, note) in values.items():
        props[identity] = {"children": value or "–"}
        props[f"{identity}-note"] = {"children": note}
    return props | {
        ids.KPI_VWAP_LABEL: {"children": f"VWAP {since_words(view.parameters.timeframe)}"},
        ids.KPI_VOLUME_LABEL: {"children": f"volume, {view.base}" if view.base else "volume"},
        ids.AS_OF: {"children": clock(as_of) or "–"},
        ids.AS_OF_AGO: {"data-as-of": str(as_of or "")},
    }


def cards_props(p: MarketParameters) -> Props:
    """The method card behind each number."""
    return {f"{ids.CARD_PREFIX}{each.name}": {"children": card_lines(each.card, each.n)} for each in market_methods(p)}


def _change(view: MarketView) -> tuple[str, str]:
    """Of the last close against the last one before the session began."""
    rows, length = view.snapshot.rows, anchor_ms(view.parameters.timeframe)
    closes = rows["close"]
    if not len(rows) or not math.isfinite(closes[-1]):
        return "", ""
    start = int(rows["open_time_ms"][-1]) // length * length
    place = int(np.searchsorted(rows["open_time_ms"], start)) - 1
    if place < 0 or not math.isfinite(closes[place]):
        return "", f"{since_words(view.parameters.timeframe)}: not kept"
    return f"{signed(100 * (closes[-1] / closes[place] - 1), 2)} %", f"{since_words(view.parameters.timeframe)}, closed"


def _vwap(view: MarketView) -> tuple[str, str]:
    rows = view.snapshot.rows
    if not view.parameters.vwap:
        return "", "off"
    if not len(rows) or not math.isfinite(rows["vwap"][-1]):
        return "", "its first bar is not kept"
    vwap = float(rows["vwap"][-1])
    away = 1e4 * math.log(float(rows["close"][-1]) / vwap)
    return number(vwap, view.leg.digits), f"close {signed(away, 1)} bp from it"


def _volatility(view: MarketView) -> tuple[str, str]:
    rows = view.snapshot.rows
    per_bar = float(rows["volatility"][-1]) if len(rows) else math.nan
    if not math.isfinite(per_bar):
        return "", f"needs {VOLATILITY_BARS + 1} bars"
    a_year = 100 * annual(per_bar, view.parameters.timeframe)
    return f"{number(a_year, 1)} %", f"{number(1e4 * per_bar, 2)} bp a bar, {VOLATILITY_BARS} bars"


def _rate(view: MarketView) -> tuple[str, str]:
    rows = _present(view.snapshot.rows[-LAST_BARS:])
    if not len(rows):
        return "", ""
    per_bar_s = 1_000 / view.bar_ms
    mean = float(rows["trades"].mean()) * per_bar_s
    return number(float(rows["trades"][-1]) * per_bar_s, 1), f"mean {number(mean, 1)}, {len(rows)} bars"


def _volume(view: MarketView) -> tuple[str, str]:
    rows = _present(view.snapshot.rows[-LAST_BARS:])
    if not len(rows):
        return "", ""
    mean = quantity(float(rows["volume"].mean()))
    return quantity(float(rows["volume"][-1])), f"mean {mean}, {len(rows)} bars"


def _flow(rows: NDArray[np.void]) -> tuple[str, str]:
    """Of the volume of the last bars; those whose sides are unknown are left out."""
    known = rows[np.isfinite(rows["imbalance"])]
    total = float(known["volume"].sum())
    if not total:
        return "", "sides unknown" if len(_present(rows)) else ""
    net = float((known["imbalance"] * known["volume"]).sum()) / total
    return f"{signed(100 * net, 1)} %", f"of volume, {len(known)} bars"


def _complete(view: MarketView) -> tuple[str, str]:
    """Share of trade ids seen in the bars shown, absent bars counting 0."""
    rows = view.rows
    shares = np.where(np.isnan(rows["close"]), 0.0, rows["completeness"])
    known = shares[np.isfinite(shares)]
    count = len(gaps(rows))
    note = f"{count} gap{'s' * (count != 1)} in {len(rows)} bars" if len(rows) else ""
    missing = sum(gap.missing for gap in view.gaps)
    if missing:
        note = f"{missing:,} trade{'s' * (missing != 1)} missing" + (f", {note}" if count else "")
    share = share_words(float(known.mean()) if len(known) else None)
    return (share if len(rows) else ""), note


def _present(rows: NDArray[np.void]) -> NDArray[np.void]:
    present: NDArray[np.void] = rows[np.isfinite(rows["close"])]
    return present
