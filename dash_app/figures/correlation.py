"""Correlation of the legs' one-bar returns over the window, beside the R² of the fit in levels."""

from __future__ import annotations

from typing import Any

import numpy as np

from dash_app.figures.hedge import gap_bands, lacks
from dash_app.figures.panels import Frame, base_layout, level_line, margin_value, panel_axis, title, zone
from dash_app.figures.points import chosen_rows
from dash_app.figures.view import PairView, close_times, numbers
from dash_app.words import number

_RETURNS, _LEVELS = (0.5, 1.0), (0.0, 0.4)


def correlation_figure(view: PairView, min_correlation: float, frame: Frame) -> dict[str, Any]:
    """Two panels; the line is the correlation below which alerts are held back."""
    p = view.parameters
    rows = view.rows[chosen_rows(view.rows)]
    t = numbers(close_times(rows, view.bar_ms), 0)
    annotations = [
        title(frame, _RETURNS[1], _returns_title(p.window, min_correlation, frame)),
        title(frame, _LEVELS[1], f"R² of the fit in levels, {p.window} bars{view.until}"),
        margin_value(frame, "y", min_correlation, f"{min_correlation:.2f}", colour="text-3", bold=False),
        *lacks(frame, ((view, "correlation", _RETURNS), (view, "r_squared", _LEVELS))),
        zone(frame),
    ]
    for column, axis in (("correlation", "y"), ("r_squared", "y2")):
        value = float(view.rows[column][-1]) if len(view.rows) else float("nan")
        if np.isfinite(value):
            annotations.append(margin_value(frame, axis, value, number(value, 3)))
    layout = base_layout(frame, revision=f"correlation|{p.key}", span_ms=view.span_ms(), bottom_axis="y2")
    layout |= {
        "yaxis": panel_axis(_RETURNS, range=_range(rows["correlation"], min_correlation)),
        "yaxis2": panel_axis(_LEVELS, range=_range(rows["r_squared"], 1.0)),
        "annotations": annotations,
        "shapes": [*gap_bands(view, frame), level_line(frame, "y", min_correlation, dash="2px,3px")],
    }
    traces = [
        {
            "type": "scatter", "mode": "lines", "yaxis": axis, "uid": column, "name": column, "x": t,
            "y": numbers(rows[column], 4), "connectgaps": False, "hoverinfo": "none",
            "line": {"color": frame.colour["series"], "width": 1.5},
        }
        for column, axis in (("correlation", "y"), ("r_squared", "y2"))
    ]  # fmt: skip
    return {"data": traces, "layout": layout}


def _returns_title(window: int, min_correlation: float, frame: Frame) -> str:
    """The panel's name, and what the dotted line is there for."""
    name, held = ("returns", "no alert") if frame.narrow else ("one-bar returns", "alerts held back")
    why = f'   <span style="color:{frame.colour["text-3"]}">dotted: {held} below {min_correlation:.2f}</span>'
    return f"Correlation of {name}, {window} bars" + (why if min_correlation else "")


def _range(values: np.ndarray[Any, np.dtype[np.float64]], level: float) -> list[float]:
    known = values[np.isfinite(values)]
    low = min(float(known.min()), level) if len(known) else 0.0
    return [max(-1.05, low - 0.08), 1.03]
