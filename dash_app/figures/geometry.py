"""Shapes that rows make on a chart: bands, areas beyond a level, gaps, holding periods, marks."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.rows import Note

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
    starts = np.concatenate([[0], np.flatnonzero(values[1:] != values[:-1]) + 1])
    begins, held = starts.tolist(), values[starts].tolist()
    return [Run(a, b, int(value)) for a, b, value in zip(begins, [*begins[1:], len(values)], held, strict=True)]


def gap_runs(rows: NDArray[np.void]) -> list[Run]:
    """Stretches where a bar of either leg is absent; a bar that has no quote is there."""
    return [run for run in runs(rows["note"] == Note.GAP) if run.value]


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
    heights = sign * (z - level)
    times, height, tops = t.tolist(), heights.tolist(), z.tolist()
    x: list[float | None] = []
    y: list[float | None] = []
    for run in runs(heights > 0):  # NaN is not
        if not run.value:
            continue
        left = _crossing(times, height, run.start - 1, run.start)
        right = _crossing(times, height, run.stop, run.stop - 1)
        x += [left, *times[run.start : run.stop], right, left, None]
        y += [level, *tops[run.start : run.stop], level, level, None]
    return Outline(x[:-1], y[:-1])


def _crossing(t: list[float], height: list[float], outside: int, inside: int) -> float:
    """Time where the line from `outside` to `inside` meets the level; the inside time at an end or a gap."""
    if not 0 <= outside < len(t) or not math.isfinite(height[outside]):
        return t[inside]
    share = height[inside] / (height[inside] - height[outside])
    return t[inside] + share * (t[outside] - t[inside])


def signal_marks(signal: NDArray[np.int8], *, last: int = 0) -> list[Mark]:
    """Every change of the signal path, or the `last` ones."""
    changes = (np.flatnonzero(signal[1:] != signal[:-1]) + 1)[-last:]
    after, before = signal[changes].tolist(), signal[changes - 1].tolist()
    return [Mark(*mark) for mark in zip(changes.tolist(), after, before, strict=True)]
