"""Design tokens, read from the one place where they stand (the stylesheet), and the chart template of each theme."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, Literal

Theme = Literal["dark", "light"]
THEMES: tuple[Theme, ...] = ("dark", "light")
_TOKENS = Path(__file__).parent / "assets" / "20-tokens.css"
FONT = '-apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif'


@cache
def tokens(theme: Theme) -> dict[str, str]:
    """Colours of a theme by name without the ``--sb-`` prefix, such as ``leg-y``."""
    css = _TOKENS.read_text(encoding="utf-8")
    block = re.search(rf'\[data-bs-theme="{theme}"\] \{{(.*?)\n\}}', css, re.DOTALL)
    if block is None:
        raise LookupError(f"{_TOKENS} has no block for the {theme} theme")
    return dict(re.findall(r"--sb-([a-z0-9-]+):\s*([^;]+);", block[1]))


@cache
def template(theme: Theme) -> dict[str, Any]:
    """The Plotly template of a theme, as a plain dict."""
    colour = tokens(theme)
    axis = {
        "gridcolor": colour["grid"],
        "gridwidth": 1,
        "zeroline": False,
        "showline": False,
        "ticks": "outside",
        "ticklen": 5,
        "tickcolor": "rgba(0,0,0,0)",  # room between labels and panel
        "tickfont": {"size": 11, "color": colour["text-3"]},
        "automargin": False,
        "fixedrange": False,
    }
    spike = {"spikecolor": colour["hover"], "spikethickness": 1, "spikedash": "solid"}
    return {
        "layout": {
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": FONT, "size": 11, "color": colour["text-2"]},
            "colorway": [colour["leg-y"], colour["leg-x"], colour["series"]],
            "showlegend": False,
            "hoverlabel": {
                "bgcolor": colour["surface"],
                "bordercolor": colour["line-strong"],
                "font": {"family": FONT, "size": 12, "color": colour["text"]},
            },
            "xaxis": axis | spike,
            "yaxis": axis,
        },
    }
