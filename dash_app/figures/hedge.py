"""The hedge ratio by two causal methods on the same bars: rolling OLS and the Kalman filter, each with its band."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dash_app.figures.geometry import band_outline, gap_runs
from dash_app.figures.overview_words import beta_doubt
from dash_app.figures.panels import (
    Frame,
    base_layout,
    even_ticks,
    lacking,
    margin_value,
    panel_axis,
    time_band,
    title,
    zone,
)
from dash_app.figures.points import chosen_rows
from dash_app.figures.view import PairView, close_times, numbers
from dash_app.words import number, sentence
from engine.null_reasons import never_given

_ROLLING, _KALMAN, _FIT = (0.70, 1.0), (0.34, 0.64), (0.0, 0.28)


def hedge_figure(rolling: PairView, kalman: PairView, frame: Frame) -> dict[str, Any]:
    """Three panels: beta by rolling OLS, beta by Kalman, R² of the rolling fit."""
    window = rolling.parameters.window
    traces = [
        *_beta(rolling, "y", frame),
        *_beta(kalman, "y2", frame),
        _series(rolling, "r_squared", "y3", frame),
    ]
    layout = base_layout(frame, revision=f"hedge|{rolling.parameters.key}", span_ms=rolling.span_ms(), bottom_axis="y3")
    layout |= {
        "yaxis": panel_axis(_ROLLING, **even_ticks(rolling.rows["beta"])),
        "yaxis2": panel_axis(_KALMAN, **even_ticks(kalman.rows["beta"])),
        "yaxis3": panel_axis(_FIT, nticks=3, **even_ticks(rolling.rows["r_squared"])),
        "annotations": [
            title(frame, _ROLLING[1], _title(rolling, f"rolling OLS over {window} bars", frame)),
            title(frame, _KALMAN[1], _title(kalman, "Kalman filter", frame)),
            title(frame, _FIT[1], f"R² of the rolling fit, {window} bars{rolling.until}"),
            *lacks(frame, ((rolling, "beta", _ROLLING), (kalman, "beta", _KALMAN), (rolling, "r_squared", _FIT))),
            zone(frame),
            *_last(rolling, "beta", "y", frame),
            *_last(kalman, "beta", "y2", frame),
            *_last(rolling, "r_squared", "y3", frame),
        ],
        "shapes": gap_bands(rolling, frame),
    }
    return {"data": traces, "layout": layout}


def _title(view: PairView, how: str, frame: Frame) -> str:
    """A short one on a narrow screen: the strip above has the window, and the long band's name does not fit."""
    if frame.narrow:
        return f"Beta, {view.parameters.scale}, {how.partition(' over')[0]}, 95 % band"
    unit = "log prices" if view.log else "raw prices, units of x per y"
    return f"Beta, {how}, 95 % band, {unit}" + beta_doubt(view, frame)


def lacks(frame: Frame, panels: Sequence[tuple[PairView, str, tuple[float, float]]]) -> list[dict[str, Any]]:
    """What panels without a line say in its place."""
    return [
        lacking(frame, domain, view.lack or _never(view, column) or f"None by this method: {view.method_name}")
        for view, column, domain in panels
        if not np.isfinite(view.rows[column]).any()
    ]


def _never(view: PairView, column: str) -> str:
    return sentence(never_given(view.parameters.method).get(column, ""))


def gap_bands(view: PairView, frame: Frame) -> list[dict[str, Any]]:
    """Gaps of the bars shown, through all panels."""
    t = close_times(view.rows, view.bar_ms)
    return [time_band(frame, t[g.start] - view.bar_ms, t[g.stop - 1], (0.0, 1.0), "gap") for g in gap_runs(view.rows)]


def _beta(view: PairView, axis: str, frame: Frame) -> list[dict[str, Any]]:
    rows = _drawn(view)
    band = band_outline(close_times(rows, view.bar_ms), rows["beta_low"], rows["beta_high"])
    area = {
        "type": "scatter", "mode": "lines", "yaxis": axis, "fill": "toself", "fillcolor": frame.colour["band"],
        "line": {"width": 0}, "hoverinfo": "skip", "uid": f"band-{axis}", **band._asdict(),
    }  # fmt: skip
    return [area, _series(view, "beta", axis, frame)]


def _series(view: PairView, column: str, axis: str, frame: Frame) -> dict[str, Any]:
    rows = _drawn(view)
    return {
        "type": "scatter", "mode": "lines", "yaxis": axis, "uid": f"{column}-{axis}", "name": column,
        "x": numbers(close_times(rows, view.bar_ms), 0), "y": numbers(rows[column], 5), "connectgaps": False,
        "line": {"color": frame.colour["series"], "width": 1.5}, "hoverinfo": "none",
    }  # fmt: skip


def _drawn(view: PairView) -> NDArray[np.void]:
    return view.rows[chosen_rows(view.rows)]


def _last(view: PairView, column: str, axis: str, frame: Frame) -> list[dict[str, Any]]:
    value = float(view.rows[column][-1]) if len(view.rows) else float("nan")
    return [margin_value(frame, axis, value, number(value, 3))] if np.isfinite(value) else []
