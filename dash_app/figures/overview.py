"""The pair's main figure: prices, spread, z and beta, four panels over one time axis."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dash_app.figures.geometry import band_outline, beyond_outline, gap_runs, runs, signal_marks
from dash_app.figures.panels import (
    Frame,
    base_layout,
    level_line,
    margin_value,
    panel_axis,
    signed_ticks,
    swatch,
    time_band,
    title,
)
from dash_app.figures.points import chosen_rows
from dash_app.figures.view import PairView, close_times, numbers
from dash_app.words import number, signed
from engine.parameters import Method

PRICES, SPREAD, Z, BETA = (0.675, 1.0), (0.49, 0.635), (0.20, 0.45), (0.0, 0.16)
Z_REACH = 4.3
MIN_LABELLED_GAP = 0.03  # of the width: narrower gaps have no room for their words
MIN_LABEL_DISTANCE = {False: 0.075, True: 0.2}  # of the width, wide and narrow, between the z values beside entries
LINES = ("y", "x", "spread", "z", "beta")


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
        *(_marks(uid, frame) for uid in ("long", "short", "exit")),
        *(_open_mark(uid, axis, colour[hue]) for uid, axis, hue in _OPEN_MARKS),
    ]
    changing = changing_parts(view, frame)
    for trace in traces:
        trace.update(changing["traces"].get(trace["uid"], {}))
    layout = base_layout(frame, revision=view.parameters.key, span_ms=view.span_ms(), bottom_axis="y5")
    layout |= _axes(view, frame) | {"shapes": changing["shapes"], "annotations": changing["annotations"]}
    for axis, values in changing["axes"].items():
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


def changing_parts(view: PairView, frame: Frame) -> dict[str, Any]:
    """What may differ after one more bar, apart from the lines: areas, marks, shapes, words, ranges."""
    rows, threshold = view.rows, view.snapshot.threshold
    t = close_times(rows, view.bar_ms)
    z = rows["z"]
    areas = {
        "above": beyond_outline(t, z, threshold.entry)._asdict(),
        "below": beyond_outline(t, z, -threshold.entry)._asdict(),
    }
    return {
        "traces": areas | _mark_points(t, rows, frame),
        "shapes": _shapes(view, t, frame),
        "annotations": [*_titles(view, frame), *_margin(view, frame), *_gap_words(t, rows, frame)],
        "axes": _ranges(view),
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
        marker = {"symbol": "circle", "size": 8, "color": colour["bg"], "line": {"width": 1.5, "color": colour["series"]}}
    else:
        symbol = "triangle-up" if uid == "long" else "triangle-down"
        marker = {"symbol": symbol, "size": 11, "color": colour[uid], "line": {"width": 1, "color": colour["bg"]}}
    return {
        "type": "scatter", "mode": "markers+text", "uid": uid, "name": uid, "yaxis": "y4", "x": [], "y": [],
        "marker": marker, "textposition": "middle left", "hoverinfo": "skip", "cliponaxis": False,
        "textfont": {"size": 11, "color": colour[uid] if uid != "exit" else colour["text"]},
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


def _mark_points(t: NDArray[np.float64], rows: NDArray[np.void], frame: Frame) -> dict[str, dict[str, list[Any]]]:
    """Entries with their z beside them, exits bare; a value too close to the one before is left out."""
    points: dict[str, dict[str, list[Any]]] = {uid: {"x": [], "y": [], "text": []} for uid in ("long", "short", "exit")}
    labelled = -np.inf
    for mark in signal_marks(rows["signal"]):
        z = float(rows["z"][mark.index])
        if not np.isfinite(z):
            continue
        uid = {1: "long", -1: "short", 0: "exit"}[mark.signal]
        at = float(t[mark.index])
        room = at - max(labelled, t[0]) > MIN_LABEL_DISTANCE[frame.narrow] * (t[-1] - t[0])
        text = signed(z, 2) if mark.signal and room else ""
        labelled = at if text else labelled
        for name, value in zip(("x", "y", "text"), (at, round(z, 3), text), strict=True):
            points[uid][name].append(value)
    return points


def _shapes(view: PairView, t: NDArray[np.float64], frame: Frame) -> list[dict[str, Any]]:
    threshold, rows = view.snapshot.threshold, view.rows
    shapes = [time_band(frame, t[g.start] - view.bar_ms, t[g.stop - 1], (0.0, 1.0), "gap") for g in gap_runs(rows)]
    for run in runs(rows["signal"]):
        if run.value:
            hue = "long-soft" if run.value > 0 else "short-soft"
            end = t[min(run.stop, len(t) - 1)]
            shapes.append(time_band(frame, float(t[run.start]), float(end), Z, hue))
    shapes += [level_line(frame, "y4", s * threshold.entry) for s in (1, -1)]
    shapes += [level_line(frame, "y4", s * threshold.exit, dash="2px,3px") for s in (1, -1)]
    return [*shapes, level_line(frame, "y4", 0.0, colour="zero"), level_line(frame, "y3", 0.0, colour="zero")]


def _titles(view: PairView, frame: Frame) -> list[dict[str, Any]]:
    colour, p = frame.colour, view.parameters
    y, x = (view.y.short, view.x.short) if frame.narrow else (view.y.symbol, view.x.symbol)
    left, right = ("left", "right") if frame.narrow else ("left axis", "right axis")
    dim = f'<span style="color:{colour["text-3"]}">'
    unit = "bp" if frame.narrow else "bp of log price"
    beta = "Beta, 95 % band" if frame.narrow else _beta_title(view)
    marks = "" if frame.narrow else f"   {dim}▲ long entry  ▼ short entry  ○ exit</span>"
    z_text = f"z of the innovation{marks}" if p.method is Method.KALMAN else f"z of spread, {p.z_window} bars{marks}"
    prices = f"Prices, {view.quote}  {swatch(colour['leg-y'], f'{y} ({left})')}  {swatch(colour['leg-x'], f'{x} ({right})')}"
    return [
        title(frame, PRICES[1], prices),
        title(frame, SPREAD[1], f"Spread, {unit if view.log else view.y.quote}"),
        title(frame, Z[1], z_text),
        title(frame, BETA[1], beta),
    ]


def _beta_title(view: PairView) -> str:
    p = view.parameters
    unit = "log prices" if view.log else "raw prices, units of x per y"
    if p.method is Method.FIXED:
        return f"Beta, your own, {unit}"
    name = "Kalman filter" if p.method is Method.KALMAN else f"{view.method_name} over {p.window} bars"
    return f"Beta, {name}, 95 % band, {unit}"


def _margin(view: PairView, frame: Frame) -> list[dict[str, Any]]:
    """Last values at the right edge; threshold words give way where the last z would cover them."""
    rows, threshold = view.rows, view.snapshot.threshold
    if not len(rows):
        return []
    last = rows[-1]
    out = []
    if np.isfinite(last["spread"]):
        spread = float(last["spread"]) * view.spread_factor
        out.append(margin_value(frame, "y3", spread, signed(spread, view.spread_digits)))
    if np.isfinite(last["beta"]):
        out.append(margin_value(frame, "y5", float(last["beta"]), number(float(last["beta"]), 3)))
    z = float(last["z"])
    entry, leave = number(threshold.entry, 1).removesuffix(".0"), number(threshold.exit, 1).removesuffix(".0")
    words = [] if frame.narrow else [" entry", " exit"]
    levels = [(threshold.entry, f"+{entry}"), (0.0, f"±{leave}" + "".join(words[1:])), (-threshold.entry, f"−{entry}" + "".join(words[:1]))]
    room = 1.1  # of z, the height of a line of text
    out += [margin_value(frame, "y4", y, text, colour="text-3", bold=False) for y, text in levels if not abs(z - y) < room]
    if np.isfinite(z):
        hue = {1: "long", -1: "short", 0: "text"}[int(last["signal"])]
        out.append(margin_value(frame, "y4", z, signed(z, 2), colour=hue))
    return out


def _gap_words(t: NDArray[np.float64], rows: NDArray[np.void], frame: Frame) -> list[dict[str, Any]]:
    words = []
    for gap in gap_runs(rows):
        if t[gap.stop - 1] - t[gap.start] < MIN_LABELLED_GAP * (t[-1] - t[0]):
            continue
        bars = gap.stop - gap.start
        middle = float(t[gap.start] + t[gap.stop - 1]) / 2
        words.append(
            {
                "xref": "x", "yref": "paper", "x": middle, "y": PRICES[0], "xanchor": "center", "yanchor": "bottom",
                "showarrow": False, "text": f"gap<br>{bars} bars", "font": {"size": 11, "color": frame.colour["text-3"]},
            }
        )  # fmt: skip
    return words


def z_reach(z: NDArray[np.float64]) -> float:
    """Half the height of the z panel: at least `Z_REACH`, grown in steps of 2."""
    known = np.abs(z[np.isfinite(z)])
    top = float(known.max()) if len(known) else 0.0
    reach = Z_REACH
    while reach < min(top + 0.2, 40):
        reach += 2
    return reach


def _ranges(view: PairView) -> dict[str, dict[str, Any]]:
    rows = view.rows
    spread = rows["spread"][np.isfinite(rows["spread"])] * view.spread_factor
    low, high = (float(spread.min()), float(spread.max())) if len(spread) else (0.0, 0.0)
    return {"yaxis3": signed_ticks(min(low, 0.0), max(high, 0.0)), "yaxis4": z_axis(z_reach(rows["z"]))}


def z_axis(reach: float) -> dict[str, Any]:
    step = 2 if reach < 7 else 4 if reach < 14 else 10
    count = int(reach // step)
    values = [i * step for i in range(-count, count + 1)]
    return {"range": [-reach, reach], "tickvals": values, "ticktext": [signed(v, 0) if v else "0" for v in values]}


def _axes(view: PairView, frame: Frame) -> dict[str, Any]:
    colour = frame.colour
    return {
        "yaxis": panel_axis(PRICES, nticks=6, tickfont={"size": 11, "color": colour["leg-y"]}),
        "yaxis2": panel_axis(
            PRICES, nticks=6, overlaying="y", side="right", showgrid=False, tickmode="auto", tickfont={"size": 11, "color": colour["leg-x"]}
        ),
        "yaxis3": panel_axis(SPREAD),
        "yaxis4": panel_axis(Z, showgrid=False),
        "yaxis5": panel_axis(BETA, nticks=4),
    }
