"""The lowest point of a function of one or a few numbers, without slopes: the simplex of Nelder & Mead (1965).

>>> import numpy as np
>>> found = lowest_point(lambda at: float((at[0] - 1.0) ** 2 + 3.0 * (at[1] + 2.0) ** 2), [0.0, 0.0], [1.0, 1.0])
>>> found.at.round(3).tolist(), found.converged
([1.0, -2.0], True)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from analytics.series import Vector

MOST_STEPS = 200


@dataclass(frozen=True, slots=True)
class LowestPoint:
    """`at` (d,) and the `value` there; `converged`: no corner of the last simplex is farther than asked."""

    at: Vector
    value: float
    converged: bool


def lowest_point(
    function: Callable[[Vector], float],
    start: Sequence[float],
    steps: Sequence[float],
    *,
    finest: float = 1e-4,
    least: Sequence[float] | float = -np.inf,
    most: Sequence[float] | float = np.inf,
) -> LowestPoint:
    """From `start` (d,), the first simplex being as large as `steps`, within the bounds; it may find a local one.

    The same inputs give the same bits. The function may return inf, and must not return NaN.
    """

    def valued(point: Vector) -> tuple[float, Vector]:
        within = np.clip(point, least, most)
        return function(within), within

    first = np.asarray(start, dtype=np.float64)
    simplex = [
        valued(first),
        *(valued(first + step * axis) for step, axis in zip(steps, np.eye(len(first)), strict=True)),
    ]
    for _ in range(MOST_STEPS):
        simplex.sort(key=_value)
        best = simplex[0]
        if max(float(np.max(np.abs(corner - best[1]))) for _, corner in simplex) <= finest:
            return LowestPoint(best[1], best[0], True)
        centre = np.mean([corner for _, corner in simplex[:-1]], axis=0)
        worst = simplex[-1]
        away = centre - worst[1]
        tried = valued(centre + away)
        if tried[0] < best[0]:
            simplex[-1] = min(valued(centre + 2.0 * away), tried, key=_value)
        elif tried[0] < simplex[-2][0]:
            simplex[-1] = tried
        else:
            between = valued(centre + (0.5 if tried[0] < worst[0] else -0.5) * away)
            if between[0] < min(tried[0], worst[0]):
                simplex[-1] = between
            else:
                simplex[1:] = [valued(0.5 * (corner + best[1])) for _, corner in simplex[1:]]
    value, at = min(simplex, key=_value)
    return LowestPoint(at, value, False)


def _value(corner: tuple[float, Vector]) -> float:
    return corner[0]
