"""What happened on the overview: areas beyond the thresholds, marks, holding periods, gaps."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dash_app.figures.geometry import beyond_outline, gap_runs, runs, signal_marks
from dash_app.figures.incomplete import gap_bands, incomplete
from dash_app.figures.overview_words import Z
from dash_app.figures.panels import (
    Frame,
    level_line,
    time_band,
)
from dash_app.figures.view import PairView, close_times, numbers
from dash_app.words import signed


def events(view: PairView, frame: Frame) -> dict[str, Any]:
    """What differs only after some bars: areas beyond the thresholds, marks, holding periods, gaps.

    They begin somewhat before the bars shown, at a bar that stays the same for many bars, so that
    they stay the same too while nothing happens.
    """
    rows, threshold = view.snapshot.rows[_steady_start(view) :], view.snapshot.threshold
    t = close_times(rows, view.bar_ms)
    areas = {
        "above": beyond_outline(t, rows["z"], threshold.entry)._asdict(),
        "below": beyond_outline(t, rows["z"], -threshold.entry)._asdict(),
    }
    return {"traces": areas | _mark_points(t, rows) | _part_points(t, rows), "shapes": _shapes(view, rows, t, frame)}


def events_source(view: PairView) -> str:
    """Equal where `events` of a causal method are: named after the last bar that has a part in them."""
    rows, entry = view.snapshot.rows[_steady_start(view) :], view.snapshot.threshold.entry
    if not len(rows):
        return ""
    part = (np.abs(rows["z"]) > entry) | (rows["signal"] != 0) | np.isnan(rows["y"]) | np.isnan(rows["x"])
    part |= incomplete(rows["completeness_y"]) | incomplete(rows["completeness_x"])
    places = np.flatnonzero(part)
    opens = rows["open_time_ms"]
    last = opens[min(int(places[-1]) + 1, len(rows) - 1)] if len(places) else 0  # lines end at the next bar
    return f"{view.snapshot.generation}.{opens[0]}.{last}.{view.gaps_version}"


def _steady_start(view: PairView) -> int:
    """Index of the first row of `events`."""
    rows = view.snapshot.rows
    first = max(len(rows) - view.show, 0)
    if not first:
        return 0
    back = int(rows["open_time_ms"][first]) // view.bar_ms % max(view.show // 8, 1)
    return max(first - back, 0)


def _mark_points(t: NDArray[np.float64], rows: NDArray[np.void]) -> dict[str, dict[str, list[Any]]]:
    """Entries with their z, exits bare; which z has room, and where, is seen on the screen only."""
    points: dict[str, dict[str, list[Any]]] = {uid: {"x": [], "y": [], "text": []} for uid in ("long", "short", "exit")}
    for mark in signal_marks(rows["signal"]):
        z = float(rows["z"][mark.row])
        if not np.isfinite(z):
            continue
        uid = {1: "long", -1: "short", 0: "exit"}[mark.signal]
        text = signed(z, 2) if mark.signal else ""
        for name, value in zip(("x", "y", "text"), (float(t[mark.row]), round(z, 3), text), strict=True):
            points[uid][name].append(value)
    return points


def _part_points(t: NDArray[np.float64], rows: NDArray[np.void]) -> dict[str, dict[str, list[Any]]]:
    """Bars that lack trades, each on the line of its leg."""
    points = {}
    for leg in ("y", "x"):
        lacks = incomplete(rows[f"completeness_{leg}"])
        points[f"part-{leg}"] = {"x": numbers(t[lacks], 0), "y": numbers(rows[leg][lacks], 8)}
    return points


def _shapes(view: PairView, rows: NDArray[np.void], t: NDArray[np.float64], frame: Frame) -> list[dict[str, Any]]:
    threshold = view.snapshot.threshold
    shapes = [time_band(frame, t[g.start] - view.bar_ms, t[g.stop - 1], (0.0, 1.0), "gap") for g in gap_runs(rows)]
    shapes += gap_bands(view.gaps, view.bar_ms, frame)
    for run in runs(rows["signal"]):
        if run.value:
            hue = "long-soft" if run.value > 0 else "short-soft"
            end = t[min(run.stop, len(t) - 1)]
            shapes.append(time_band(frame, float(t[run.start]), float(end), Z, hue))
    shapes += [level_line(frame, "y4", s * threshold.entry) for s in (1, -1)]
    shapes += [level_line(frame, "y4", s * threshold.exit, dash="2px,3px") for s in (1, -1)]
    return [*shapes, level_line(frame, "y4", 0.0, colour="zero"), level_line(frame, "y3", 0.0, colour="zero")]
