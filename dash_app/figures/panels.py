"""Panels of one figure over one shared time axis: axes, titles, lines across, values in the margin."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dash_app.theme import Theme, template, tokens
from dash_app.words import number, signed

WIDE_MARGIN = {"l": 58, "r": 58, "t": 20, "b": 22}
NARROW_MARGIN = {"l": 50, "r": 46, "t": 20, "b": 22}


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
    """A value beside the right edge, at its height."""
    return {
        "xref": "paper", "yref": axis, "x": 1, "y": y, "xanchor": "left", "yanchor": "middle", "xshift": 7,
        "showarrow": False, "text": f"<b>{text}</b>" if bold else text,
        "font": {"size": 11, "color": frame.colour[colour]},
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
        return {"range": [-1, 1], "tickvals": [0], "ticktext": ["0"]}
    step = _nice((high - low or reach) / 2)
    first, last = math.ceil(low / step), math.floor(high / step)
    values = [i * step for i in range(first, last + 1)]
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    pad = (high - low or reach) * 0.08
    return {
        "range": [low - pad, high + pad],
        "tickvals": values,
        "ticktext": [signed(v, digits) if v else number(0.0, digits) for v in values],
    }


def even_ticks(values: NDArray[np.floating]) -> dict[str, Any]:
    """A tick format with as many decimals as the range of the values asks for, the same on every tick."""
    known = values[np.isfinite(values)]
    reach = float(known.max() - known.min()) if len(known) else 0.0
    digits = max(0, -math.floor(math.log10(_nice(reach / 4)) + 1e-9)) if reach > 0 else 2
    return {"tickformat": f",.{digits}f"}


def _nice(step: float) -> float:
    """The largest of 1, 2, 5 × 10ⁿ that is not above `step`."""
    unit = 10.0 ** math.floor(math.log10(step))
    return max(m * unit for m in (1, 2, 5) if m * unit <= step * 1.001)
