"""What is drawn of trades that are missing: a mark on each bar that lacks some, a band over a gap with its words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dash_app.figures.geometry import Run
from dash_app.figures.panels import Frame, time_band
from dash_app.gap_words import gap_words
from engine.views import GapRecord

MARK = "◇"
NAMED = f"{MARK} trades missing"


def incomplete(completeness: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Bars of which trades are known to be missing; those of which nobody can know are not."""
    found: NDArray[np.bool_] = completeness < 1.0
    return found


def mark_trace(uid: str, axis: str, colour: str) -> dict[str, Any]:
    """Hollow diamonds, told from the open bar's circle and the signals' triangles by shape."""
    return {
        "type": "scatter", "mode": "markers", "uid": uid, "name": uid, "yaxis": axis, "x": [], "y": [],
        "marker": {"symbol": "diamond-open", "size": 7, "color": colour, "line": {"width": 1.25}},
        "hoverinfo": "skip", "cliponaxis": False,
    }  # fmt: skip


def wide_gaps(gaps: Sequence[GapRecord], bar_ms: int) -> list[GapRecord]:
    """Those with trades missing over at least one bar: shorter ones have their mark on a bar."""
    return [gap for gap in gaps if gap.missing and gap.before_ms - gap.after_ms >= bar_ms]


def gap_bands(gaps: Sequence[GapRecord], bar_ms: int, frame: Frame) -> list[dict[str, Any]]:
    return [
        time_band(frame, float(gap.after_ms), float(gap.before_ms), (0.0, 1.0), "gap")
        for gap in wide_gaps(gaps, bar_ms)
    ]


def within_run(gaps: Sequence[GapRecord], opened: NDArray[np.int64], run: Run, bar_ms: int) -> list[GapRecord]:
    """Gaps that touch a stretch of absent bars."""
    start, end = int(opened[run.start]), int(opened[run.stop - 1]) + bar_ms
    return [gap for gap in gaps if gap.after_ms < end and start <= gap.before_ms]


def band_words(frame: Frame, middle_ms: float, bottom: float, first: str, gaps: Sequence[GapRecord]) -> dict[str, Any]:
    """The words of a band, at the foot of a panel: ``gap``, how long, what is missing and what becomes of it."""
    lines = ["gap", first, *gap_words(gaps).split(", ")]
    return {
        "xref": "x", "yref": "paper", "x": middle_ms, "y": bottom, "xanchor": "center", "yanchor": "bottom",
        "showarrow": False, "text": "<br>".join(line for line in lines if line),
        "font": {"size": 11, "color": frame.colour["text-3"]},
    }  # fmt: skip
