"""The pair's main figure: prices, spread, z and beta, four panels over one time axis."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dash_app.figures.geometry import band_outline
from dash_app.figures.incomplete import mark_trace
from dash_app.figures.overview_events import events
from dash_app.figures.overview_words import BETA, PRICES, SPREAD, Z, words_and_ranges
from dash_app.figures.panels import (
    Frame,
    base_layout,
    panel_axis,
)
from dash_app.figures.points import chosen_rows
from dash_app.figures.view import PairView, close_times, numbers


def overview_figure(view: PairView, frame: Frame) -> dict[str, Any]:
    """The whole figure. Traces are found again by their `uid`."""
    rows = view.rows[chosen_rows(view.rows)]
    t = close_times(rows, view.bar_ms)
    lines = line_columns(view, rows)
    colour = frame.colour
    traces = [
        _area("band", "y5", colour["band"], band_outline(t, rows["beta_low"], rows["beta_high"])._asdict()),
        *(_area(uid, "y4", _beyond_colour(uid, frame), {"x": [], "y": []}) for uid in ("above", "below")),
        _line("x", "y2", colour["leg-x"], 1.5, lines),
        _line("y", "y", colour["leg-y"], 1.5, lines),
        _line("spread", "y3", colour["series"], 1.25, lines),
        _line("z", "y4", colour["series"], 1.5, lines),
        _line("beta", "y5", colour["series"], 1.5, lines),
        *(mark_trace(f"part-{leg}", axis, colour[f"leg-{leg}"]) for leg, axis in (("y", "y"), ("x", "y2"))),
        *(_marks(uid, frame) for uid in ("long", "short", "exit")),
        _labels(),
        *(_open_mark(uid, axis, colour[hue]) for uid, axis, hue in _OPEN_MARKS),
    ]
    happened, words = events(view, frame), words_and_ranges(view, frame)
    for trace in traces:
        trace.update(happened["traces"].get(trace["uid"], {}))
    layout = base_layout(frame, revision=view.parameters.key, span_ms=view.span_ms(), bottom_axis="y5")
    layout |= _axes(frame) | {"shapes": happened["shapes"], "annotations": words["annotations"]}
    for axis, values in words["axes"].items():
        layout[axis] |= values
    return {"data": traces, "layout": layout}


def line_columns(view: PairView, rows: NDArray[np.void]) -> dict[str, list[float | None]]:
    """The lines' columns: ``t`` (close, epoch ms), prices, spread as shown, z, beta and its interval."""
    t = close_times(rows, view.bar_ms)
    spread = rows["spread"] * view.spread_factor
    return {
        "t": numbers(t, 0),
        "y": numbers(rows["y"], view.y.digits),
        "x": numbers(rows["x"], view.x.digits),
        "spread": numbers(spread, view.spread_digits + 1),
        "z": numbers(rows["z"], 3),
        "beta": numbers(rows["beta"], 5),
        "low": numbers(rows["beta_low"], 5),
        "high": numbers(rows["beta_high"], 5),
    }


_OPEN_MARKS = (("open-y", "y", "leg-y"), ("open-x", "y2", "leg-x"))


def _line(uid: str, axis: str, colour: str, width: float, lines: dict[str, list[float | None]]) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines", "uid": uid, "name": uid, "x": lines["t"], "y": lines[uid], "yaxis": axis,
        "line": {"color": colour, "width": width}, "connectgaps": False, "hoverinfo": "none",
    }  # fmt: skip


def _area(uid: str, axis: str, colour: str, outline: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines", "uid": uid, "name": uid, "yaxis": axis, "fill": "toself",
        "fillcolor": colour, "line": {"width": 0}, "hoverinfo": "skip", **outline,
    }  # fmt: skip


def _marks(uid: str, frame: Frame) -> dict[str, Any]:
    colour = frame.colour
    if uid == "exit":
        marker = {
            "symbol": "circle",
            "size": 8,
            "color": colour["bg"],
            "line": {"width": 1.5, "color": colour["series"]},
        }
    else:
        symbol = "triangle-up" if uid == "long" else "triangle-down"
        marker = {"symbol": symbol, "size": 11, "color": colour[uid], "line": {"width": 1, "color": colour["bg"]}}
    return {
        "type": "scatter", "mode": "markers", "uid": uid, "name": uid, "yaxis": "y4", "x": [], "y": [],
        "marker": marker, "hoverinfo": "skip", "cliponaxis": False,
    }  # fmt: skip


def _labels() -> dict[str, Any]:
    """The z values beside entries: filled in the browser, which knows the pixels (``41-labels.js``)."""
    return {
        "type": "scatter", "mode": "text", "uid": "labels", "name": "labels", "yaxis": "y4", "x": [], "y": [],
        "text": [], "textposition": "middle center", "textfont": {"size": 11}, "hoverinfo": "skip",
    }  # fmt: skip


def _open_mark(uid: str, axis: str, colour: str) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "markers", "uid": uid, "name": uid, "yaxis": axis, "x": [], "y": [],
        "marker": {"symbol": "circle-open", "size": 6, "color": colour, "line": {"width": 1.25}},
        "hoverinfo": "skip", "cliponaxis": False,
    }  # fmt: skip


def _beyond_colour(uid: str, frame: Frame) -> str:
    hexadecimal = frame.colour["short" if uid == "above" else "long"].lstrip("#")
    red, green, blue = (int(hexadecimal[i : i + 2], 16) for i in (0, 2, 4))
    return f"rgba({red},{green},{blue},.45)"


def _axes(frame: Frame) -> dict[str, Any]:
    colour = frame.colour
    return {
        "yaxis": panel_axis(PRICES, nticks=6, tickfont={"size": 11, "color": colour["leg-y"]}),
        "yaxis2": panel_axis(
            PRICES,
            nticks=6,
            overlaying="y",
            side="right",
            showgrid=False,
            tickmode="auto",
            tickfont={"size": 11, "color": colour["leg-x"]},
        ),
        "yaxis3": panel_axis(SPREAD),
        "yaxis4": panel_axis(Z, showgrid=False),
        "yaxis5": panel_axis(BETA, nticks=4),
    }
