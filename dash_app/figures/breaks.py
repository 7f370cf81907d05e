"""Marks of breaks on the spread panel: where tests put them, by what name, and what that is worth.

The browser draws them (``41-breaks.js``): it knows the pixels that their names have.
"""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

from dash_app.figures.panels import Frame
from dash_app.words import clock, sentence
from engine.dated_breaks import DatedBreak
from engine.spans import utc_text

_NAMES = {"CUSUM": ("CUSUM: break?", "CUSUM?"), "Gregory–Hansen": ("Gregory–Hansen: shift?", "G–H?")}
ESTIMATE = "a test's estimate"


def break_marks(breaks: Sequence[DatedBreak], bar_ms: int, frame: Frame) -> list[dict[str, Any]]:
    """One mark a break: ``t`` (epoch ms), ``name``, what the readout ``says``, and what its name shows when hovered."""
    colour = frame.colour
    box = {"bgcolor": colour["surface"], "bordercolor": colour["line-strong"], "font": {"color": colour["text"]}}
    return [
        {
            "t": each.at_ms,
            "name": _NAMES[each.test][frame.narrow],
            "says": f"{each.test}, {_when(each.at_ms, bar_ms)}: {ESTIMATE}",
            "hover": "<br>".join(_lines(each, bar_ms)),
            "colour": colour["doubtful" if each.doubt else "text-3"],
            "box": box,
        }
        for each in breaks
    ]


def _lines(each: DatedBreak, bar_ms: int) -> list[str]:
    head = f"{each.test}, {_when(each.at_ms, bar_ms)}: {ESTIMATE}, no certainty"
    return [head, *wrap(f"{sentence(each.means)}.", 60)]


def _when(ms: int, bar_ms: int) -> str:
    return f"{clock(ms)} UTC" if bar_ms < 60_000 else utc_text(ms)
