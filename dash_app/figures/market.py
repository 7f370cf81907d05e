"""The market figure: candles with their indicators, volume, and trades a second, over one time axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from dash_app.figures.geometry import band_outline
from dash_app.figures.incomplete import mark_trace
from dash_app.figures.market_view import Columns, MarketView, candle_columns
from dash_app.figures.market_words import CANDLES, RATE, VOLUME, indicator_names, market_words
from dash_app.figures.panels import Frame, base_layout, panel_axis

MARGIN_R = {False: 106, True: 60}  # wide: room for a name beside each last value
DASHES = {"sma": "solid", "ema": "6px,3px", "vwap": "1.5px,2.5px"}


def market_figure(view: MarketView, frame: Frame) -> dict[str, Any]:
    """The whole figure. Traces are found again by their `uid`."""
    columns = candle_columns(view, view.rows)
    colour, words = frame.colour, market_words(view, frame)
    traces = [
        _band(columns, colour["band"]),
        *(_line(uid, columns, colour["zero"], 1.0, "solid") for uid in ("upper", "lower")),
        _candles(columns, colour["leg-y"], colour["bg"]),
        *(_line(uid, columns, colour["series"], 1.25, dash) for uid, dash in DASHES.items()),
        mark_trace("part", "y", colour["text-2"]) | {"x": columns["t"], "y": columns["part"]},
        _volume(columns, colour["stale"]),
        _hatched(columns, colour["stale"], colour["bg"]),
        _line("rate", columns, colour["series"], 1.25, "solid", axis="y3"),
        {
            "type": "scatter", "mode": "markers", "uid": "open", "name": "open", "x": [], "y": [], "hoverinfo": "skip",
            "marker": {"symbol": "circle-open", "size": 6, "color": colour["leg-y"], "line": {"width": 1.25}},
        },
    ]  # fmt: skip
    layout = base_layout(frame, revision=view.parameters.key, span_ms=view.span_ms(), bottom_axis="y3")
    layout["margin"]["r"] = MARGIN_R[frame.narrow]
    layout["xaxis"] |= {"rangeslider": {"visible": False}, "showgrid": True}  # candles would turn it off
    layout |= {
        "bargap": 0.25,
        "barmode": "overlay",
        "meta": {"digits": view.leg.digits, "indicators": indicator_names(view.parameters)},
        "yaxis": panel_axis(CANDLES, nticks=7),
        "yaxis2": panel_axis(VOLUME, nticks=3),
        "yaxis3": panel_axis(RATE, nticks=3),
        "annotations": words["annotations"],
        "shapes": words["shapes"],
    }
    for axis, values in words["axes"].items():
        layout[axis] |= values
    return {"data": traces, "layout": layout}


def _candles(columns: Columns, hue: str, background: str) -> dict[str, Any]:
    """Rising ones hollow, falling ones full, in one hue: told apart without colour."""
    return {
        "type": "candlestick", "uid": "candles", "name": "candles", "x": columns["t"], "whiskerwidth": 0,
        **{name: columns[name] for name in ("open", "high", "low", "close")},
        "increasing": {"line": {"color": hue, "width": 1}, "fillcolor": background},
        "decreasing": {"line": {"color": hue, "width": 1}, "fillcolor": hue}, "hoverinfo": "none",
    }  # fmt: skip


def _line(uid: str, columns: Columns, colour: str, width: float, dash: str, *, axis: str = "y") -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines", "uid": uid, "name": uid, "x": columns["t"], "y": columns[uid],
        "yaxis": axis, "line": {"color": colour, "width": width, "dash": dash}, "connectgaps": False,
        "hoverinfo": "none",
    }  # fmt: skip


def _volume(columns: Columns, colour: str) -> dict[str, Any]:
    return {
        "type": "bar", "uid": "volume", "name": "volume", "x": columns["t"], "y": columns["volume"], "yaxis": "y2",
        "marker": {"color": colour, "line": {"width": 0}}, "hoverinfo": "none",
    }  # fmt: skip


def _hatched(columns: Columns, colour: str, background: str) -> dict[str, Any]:
    """Over the volume of candles that lack trades: what was traded is more than what is drawn."""
    pattern = {"shape": "/", "size": 4, "solidity": 0.35, "fgcolor": colour, "bgcolor": background}
    return _volume(columns, colour) | {
        "uid": "hatched", "name": "hatched", "y": columns["hatched"],
        "marker": {"color": background, "line": {"width": 1, "color": colour}, "pattern": pattern},
    }  # fmt: skip


def _band(columns: Columns, colour: str) -> dict[str, Any]:
    t, low, high = (np.array(columns[name], dtype=np.float64) for name in ("t", "lower", "upper"))
    return {
        "type": "scatter", "mode": "lines", "uid": "band", "name": "band", "fill": "toself", "fillcolor": colour,
        "line": {"width": 0}, "hoverinfo": "skip", **band_outline(t, low, high)._asdict(),
    }  # fmt: skip
