"""Cells of tables: a pair with its link, z as a bar, a sparkline, a verdict. Markup with all text escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from dash_app.components.icon import icon_html
from dash_app.figures.geometry import runs

BAR_WIDTH, BAR_HEIGHT, BAR_REACH = 84, 14, 3.2
SPARK_WIDTH, SPARK_HEIGHT, SPARK_REACH = 132, 26, 3.4
_SPARK_RIGHT = 4  # px kept for the last point


def text(value: str) -> str:
    """Text from data, inert in a cell: markup and Markdown both."""
    return "".join(f"&#{ord(c)};" if c in "\\`*_{}[]()#+-.!|~^:/<>&\"'$=" else c for c in value)


def pair_cell(y: str, x: str, href: str, parameters: str, under: str, *, badge: str = "") -> str:
    """``BTC / ETH`` as a link, its parameters and a badge (markup) beside it; `under` (markup) shows on a phone."""
    link = f'<a class="sb-pair" href="{escape(href)}"><b>{text(y)}</b> <i>/</i> <b>{text(x)}</b></a>'
    how = f'<span class="sb-pair-how">{text(parameters)}</span>'
    return f'{link} {how}{badge}<span class="sb-pair-under">{under}</span>'


def worded(icon: str, words: str, *, tone: str = "", dim: bool = False) -> str:
    """A mark and its words."""
    inner = f"{icon_html(icon, tone=tone)} {text(words)}"
    return f'<span class="sb-dim">{inner}</span>' if dim else inner


def progress(done: int, of: int) -> str:
    share = 60 * min(max(done / of, 0.0), 1.0) if of else 0.0
    return (
        '<svg class="sb-progress" width="60" height="5" aria-hidden="true">'
        '<rect width="60" height="5" class="sb-track"></rect>'
        f'<rect width="{share:.0f}" height="5" class="sb-done"></rect></svg>'
    )


def z_bar(z: float, entry: float, signal: int) -> str:
    """A bar from zero to z, ticks at ± entry; grey inside, in the signal's hue beyond."""
    if not np.isfinite(z):
        return ""
    half = BAR_WIDTH / 2

    def at(value: float) -> float:
        return half + half * min(max(value / BAR_REACH, -1.0), 1.0)

    left, right = sorted((half, at(z)))
    tone = _tone(signal) if abs(z) >= entry or signal else "inside"
    ticks = "".join(f'<path d="M{at(s * entry):.1f} 1v12" class="sb-tick"></path>' for s in (-1, 1))
    return (
        f'<svg class="sb-zbar" width="{BAR_WIDTH}" height="{BAR_HEIGHT}" aria-hidden="true">{ticks}'
        f'<rect x="{left:.1f}" y="4" width="{max(right - left, 1):.1f}" height="6" class="sb-{tone}"></rect>'
        f'<path d="M{half} 0v14" class="sb-axis"></path></svg>'
    )


def sparkline(z: NDArray[np.float64], entry: float, signal: int, label: str, *, stale: bool = False) -> str:
    """The last values of z, lines at ± entry, gaps as bands, the last point marked; grey if `stale`."""
    if not np.isfinite(z).any():
        return ""
    step = (SPARK_WIDTH - 2 * _SPARK_RIGHT) / max(len(z) - 1, 1)

    def x(index: float) -> float:
        return _SPARK_RIGHT + step * index

    def y(value: float) -> float:
        return SPARK_HEIGHT / 2 * (1 - min(max(value / SPARK_REACH, -0.95), 0.95))

    known = np.isfinite(z)
    first = int(np.argmax(known))
    last = len(z) - 1 - int(np.argmax(known[::-1]))
    bands, lines = [], []
    for run in runs(known):
        if run.value:
            points = " ".join(f"{x(i):.1f} {y(z[i]):.1f}" for i in range(run.start, run.stop))
            lines.append(f"M{points}")
        elif first < run.start < last:
            width = x(run.stop) - x(run.start - 1)
            bands.append(
                f'<rect x="{x(run.start - 1):.1f}" y="1" width="{width:.1f}" height="24" class="sb-gap"></rect>'
            )
    levels = "".join(
        f'<path d="M{x(0):.0f} {y(s * entry):.1f}H{SPARK_WIDTH - _SPARK_RIGHT}" class="sb-level"></path>'
        for s in (1, -1)
    )
    names = "sb-spark sb-spark-stale" if stale else "sb-spark"
    return (
        f'<svg class="{names}" viewBox="0 0 {SPARK_WIDTH} {SPARK_HEIGHT}" role="img" aria-label="{escape(label)}">'
        f'{"".join(bands)}{levels}<path d="{"".join(lines)}" class="sb-line"></path>'
        f'<circle cx="{x(last):.1f}" cy="{y(z[last]):.1f}" r="2.3" class="sb-{_tone(signal)}"></circle></svg>'
    )


def joined(parts: Sequence[str]) -> str:
    return " ".join(part for part in parts if part)


def _tone(signal: int) -> str:
    return {1: "long-fill", -1: "short-fill"}.get(signal, "series-fill")
