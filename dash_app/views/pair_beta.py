"""Beside the strip's hedge ratio: its interval, or why it has none, and whether the bars are too short for it."""

from __future__ import annotations

import math
from typing import Any

from dash_app import ids
from dash_app.components.icon import icon
from dash_app.figures.view import PairView
from dash_app.words import interval, sentence
from engine.null_reasons import null_reasons
from engine.parameters import Method
from engine.rows import Note

Props = dict[str, dict[str, Any]]
_NO_INTERVAL = {Method.FIXED: "your own, no interval", Method.TLS: "nothing bounds it"}


def interval_props(view: PairView) -> Props:
    """The 95 % interval of the last bar's hedge ratio; without one a word, and the whole reason when pointed at."""
    rows, p = view.snapshot.rows, view.parameters
    words, reason = "", ""
    if len(rows) and int(rows["note"][-1]) == Note.RATIO_FALLBACK:
        words = "ratio of prices, regression unusable"
    elif len(rows) and math.isfinite(float(rows["beta"][-1])):
        words = interval(float(rows["beta_low"][-1]), float(rows["beta_high"][-1]), 3)
        if not words:
            words, reason = _NO_INTERVAL.get(p.method, "no interval"), null_reasons(p).get("beta_low", "")
    return {ids.KPI_BETA_NOTE: {"children": words, "title": sentence(reason)}}


def mark_props(view: PairView) -> Props:
    """A word behind the ratio where the bars are too short for the legs, with the sentence when pointed at."""
    note = view.beta_note
    word = "drawn off" if view.parameters.method is Method.TLS else "drawn to 0"
    return {
        ids.KPI_BETA_MARK: {
            "children": [icon("doubtful"), f" {word}"] if note else "",
            "title": f"Beta is {note}" if note else "",
        }
    }
