"""Shapes that rows make on a chart: bands, areas beyond a level, gaps, holding periods, marks."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Outline(NamedTuple):
    """Closed outlines for one trace filled ``toself``, parted by None."""

    x: list[float | None]
    y: list[float | None]


class Run(NamedTuple):
    """Rows [start, stop) that share a value."""

    start: int
    stop: int
    value: int


class Mark(NamedTuple):
    """A change of signal: the row where it shows, and the signal after and before it."""

    row: int
    signal: int
    before: int


def runs(values: NDArray[Any]) -> list[Run]:
    """Stretches of equal value, in order."""
    if not len(values):
        return []
    starts = np.concatenate([[0], np.flatnonzero(values[1:] != values[:-1]) + 1]).tolist()
    return [Run(a, b, int(values[a])) for a, b in zip(starts, [*starts[1:], len(values)], strict=True)]


def gap_runs(rows: NDArray[np.void]) -> list[Run]:
    """Stretches where a price of either leg is absent, the leading warm-up not counted."""
    absent = np.isnan(rows["y"]) | np.isnan(rows["x"])
    return [run for run in runs(absent) if run.value and run.start > 0]


def band_outline(t: Floats, low: Floats, high: Floats) -> Outline:
    """The area between two lines, split where either is unknown."""
    x: list[float | None] = []
    y: list[float | None] = []
    for run in runs(np.isfinite(low) & np.isfinite(high)):
        if not run.value:
            continue
        part = slice(run.start, run.stop)
        x += [*t[part].tolist(), *t[part][::-1].tolist(), None]
        y += [*high[part].tolist(), *low[part][::-1].tolist(), None]
    return Outline(x[:-1], y[:-1])


def beyond_outline(t: Floats, z: Floats, level: float) -> Outline:
    """The area between `level` and `z` where z is further from zero; edges where the line crosses."""
    sign = 1.0 if level > 0 else -1.0
    height = sign * (z - level)
    x: list[float | None] = []
    y: list[float | None] = []
    for run in runs(np.nan_to_num(height, nan=-1.0) > 0):
        if not run.value:
            continue
        top = [(float(t[i]), float(z[i])) for i in range(run.start, run.stop)]
        left = _crossing(t, height, run.start - 1, run.start)
        right = _crossing(t, height, run.stop, run.stop - 1)
        x += [left, *(point[0] for point in top), right, left, None]
        y += [level, *(point[1] for point in top), level, level, None]
    return Outline(x[:-1], y[:-1])


def _crossing(t: Floats, height: Floats, outside: int, inside: int) -> float:
    """Time where the line from `outside` to `inside` meets the level; the inside time at an end or a gap."""
    if not 0 <= outside < len(t) or not np.isfinite(height[outside]):
        return float(t[inside])
    share = height[inside] / (height[inside] - height[outside])
    return float(t[inside] + share * (t[outside] - t[inside]))


def signal_marks(signal: NDArray[np.int8]) -> list[Mark]:
    """Every change of the signal path."""
    changes = (np.flatnonzero(signal[1:] != signal[:-1]) + 1).tolist()
    return [Mark(i, int(signal[i]), int(signal[i - 1])) for i in changes]
