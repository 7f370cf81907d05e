"""Panels of one figure over one shared time axis: axes, titles, lines across, values in the margin."""

from __future__ import annotations

import math
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dash_app.theme import Theme, template, tokens
from dash_app.words import number, signed

WIDE_MARGIN = {"l": 58, "r": 58, "t": 20, "b": 22}
NARROW_MARGIN = {"l": 50, "r": 46, "t": 20, "b": 22}
MOST_SIGNED_TICKS = 3  # the panel is about five lines of text high
STEADY = 1e-9  # of its size: what differs by less is one value, and no panel is to show its rounding


@dataclass(frozen=True, slots=True)
class Frame:
    """How a figure is to be drawn: colours, and short titles on a narrow screen."""

    theme: Theme
    narrow: bool

    @property
    def colour(self) -> dict[str, str]:
        return tokens(self.theme)


def base_layout(frame: Frame, *, revision: str, span_ms: tuple[float, float], bottom_axis: str) -> dict[str, Any]:
    """Layout shared by all figures. `revision` keeps zoom while it stays the same."""
    return {
        "template": template(frame.theme),
        "margin": dict(NARROW_MARGIN if frame.narrow else WIDE_MARGIN),
        "uirevision": revision,
        "hovermode": "x",
        "hoversubplots": "axis",
        "hoverdistance": -1,
        "spikedistance": -1,
        "dragmode": "zoom",
        "xaxis": {
            "type": "date",
            "anchor": bottom_axis,
            "range": list(span_ms),
            "showspikes": True,
            "spikemode": "across",
            "spikesnap": "hovered data",
            "nticks": 5 if frame.narrow else 9,
            "tickformatstops": [
                {"dtickrange": [None, 59_999], "value": "%H:%M:%S"},
                {"dtickrange": [60_000, 86_399_999], "value": "%H:%M"},
                {"dtickrange": [86_400_000, None], "value": "%d %b"},
            ],
        },
    }


def panel_axis(domain: tuple[float, float], **options: Any) -> dict[str, Any]:
    return {
        "domain": list(domain),
        "anchor": "x",
        "nticks": 4,
        "separatethousands": True,
        "exponentformat": "none",
        **options,
    }


def title(frame: Frame, top: float, text: str) -> dict[str, Any]:
    """A panel's name, above its top left."""
    return {
        "xref": "paper", "yref": "paper", "x": 0, "y": top, "xanchor": "left", "yanchor": "bottom",
        "yshift": 1, "showarrow": False, "text": text,
        "font": {"size": 11, "color": frame.colour["text-2"]},
    }  # fmt: skip


def swatch(colour: str, text: str) -> str:
    return f'<span style="color:{colour}"><b>━</b> {text}</span>'


def margin_value(frame: Frame, axis: str, y: float, text: str, *, colour: str = "text", bold: bool = True) -> Any:
    """A value beside the right edge, at its height: ``last`` of the series (bold), or a ``level``.

    By these names the browser parts those of one axis that would cover each other: levels give way.
    """
    return {
        "xref": "paper", "yref": axis, "x": 1, "y": y, "xanchor": "left", "yanchor": "middle", "xshift": 7,
        "yshift": 0, "showarrow": False, "text": f"<b>{text}</b>" if bold else text,
        "name": "last" if bold else "level", "font": {"size": 11, "color": frame.colour[colour]},
    }  # fmt: skip


def margin_text(frame: Frame, value: float, digits: int) -> str:
    """A signed value with as many of its digits as the right margin has room for."""
    longest = 6 if frame.narrow else 8
    written = [signed(value, fewer) for fewer in range(digits, -1, -1)]
    written += [f"{signed(value / 1_000, 1)}k", f"{signed(value / 1_000, 0)}k"]
    return next((text for text in written if len(text) <= longest), f"{signed(value / 1_000_000, 0)}M")


def lacking(frame: Frame, domain: tuple[float, float], words: str) -> dict[str, Any]:
    """Words in the middle of a panel that has no line."""
    return {
        "xref": "paper", "yref": "paper", "x": 0.5, "y": sum(domain) / 2, "xanchor": "center", "yanchor": "middle",
        "showarrow": False, "text": "<br>".join(wrap(words, 46 if frame.narrow else 100)),
        "bgcolor": frame.colour["bg"], "borderpad": 3, "font": {"size": 12, "color": frame.colour["text-2"]},
    }  # fmt: skip


def zone(frame: Frame) -> dict[str, Any]:
    """The time axis's unit, at the right edge: a time that stands at the end of the axis has room before it."""
    edge = (NARROW_MARGIN if frame.narrow else WIDE_MARGIN)["r"] - 3
    return {
        "xref": "paper", "yref": "paper", "x": 1, "y": 0, "xanchor": "right", "yanchor": "top", "xshift": edge,
        "yshift": -4, "showarrow": False, "text": "UTC", "font": {"size": 11, "color": frame.colour["text-3"]},
    }  # fmt: skip


def level_line(frame: Frame, axis: str, y: float, *, dash: str = "solid", colour: str = "threshold") -> dict[str, Any]:
    """A thin line across a panel, below the series."""
    return {
        "type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": axis, "y0": y, "y1": y, "layer": "below",
        "line": {"width": 1, "color": frame.colour[colour], "dash": dash},
    }  # fmt: skip


def time_band(frame: Frame, start_ms: float, end_ms: float, domain: tuple[float, float], colour: str) -> dict[str, Any]:
    """A band between two times, over a part of the figure's height."""
    return {
        "type": "rect", "xref": "x", "x0": start_ms, "x1": end_ms, "yref": "paper", "y0": domain[0], "y1": domain[1],
        "layer": "below", "line": {"width": 0}, "fillcolor": frame.colour[colour],
    }  # fmt: skip


def signed_ticks(low: float, high: float) -> dict[str, Any]:
    """About three ticks around zero, with their signs: ``+10 0 −10``."""
    reach = max(abs(low), abs(high))
    if not 0 < reach < math.inf:
        return {"range": [-1, 1], "tickvals": [0], "ticktext": ["0"], "showticklabels": True}
    step = _nice((high - low or reach) / 2)
    first, last = math.ceil(low / step), math.floor(high / step)
    every = 1 if last - first < MOST_SIGNED_TICKS else 2
    values = [i * step for i in range(first, last + 1) if i % every == 0]
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    pad = (high - low or reach) * 0.08
    return {
        "range": [low - pad, high + pad],
        "tickvals": values,
        "ticktext": [signed(v, digits) if v else number(0.0, digits) for v in values],
        "showticklabels": True,
    }


def even_ticks(values: NDArray[np.floating]) -> dict[str, Any]:
    """A tick format with as many decimals as the range of the values asks for, the same on every tick.

    A value that stays the same stands in the middle of a range of its own size; no values, no ticks.
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return {"autorange": False, "range": [0, 1], "showticklabels": False, "tickformat": ""}
    low, high = float(known.min()), float(known.max())
    if high - low <= STEADY * max(abs(low), abs(high)):
        middle = (low + high) / 2
        half = abs(middle) / 4 or 1.0
        range_: dict[str, Any] = {"autorange": False, "range": [middle - half, middle + half]}
        reach = 2 * half
    else:
        range_, reach = {"autorange": True}, high - low
    digits = max(0, -math.floor(math.log10(_nice(reach / 4)) + 1e-9))
    return {"tickformat": f",.{digits}f", "showticklabels": True, **range_}


def _nice(step: float) -> float:
    """The largest of 1, 2, 5 × 10ⁿ that is not above `step`."""
    unit = 10.0 ** math.floor(math.log10(step))
    return max(m * unit for m in (1, 2, 5) if m * unit <= step * 1.001)
