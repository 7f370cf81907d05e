"""Levels and changes of several legs: the directions in which the changes know most of the levels.

The numbers under Johansen's test. No moments are formed: one triangle holds, after the lagged changes and the
constant, what the levels explain of the changes and what they do not.

>>> import numpy as np
>>> walks = np.cumsum(np.random.default_rng(3).standard_normal((500, 2)), axis=0)
>>> relations(prepared_legs(walks, trend="c", lags=1).levels, trend="c", lags=1).ratios.round(2).tolist()
[0.17, 0.05]
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analytics.doornik import MAX_SERIES, RankTrend
from analytics.errors import Collinear, InvalidOption, NumericalTrouble, WrongShape
from analytics.series import Vector, least_left, require_finite, require_length, require_steady, require_varying

Matrix = NDArray[np.float64]

TRENDS = ("n", "rc", "c", "ct")
MIN_BARS = 30
# Changes that must enter for each coefficient of an equation.
BARS_PER_COEFFICIENT = 2
# The share of a column that must remain once the others are projected out.
INDEPENDENT_SHARE = 1e-10


@dataclass(frozen=True, slots=True)
class Legs:
    """Legs as (value - mean) / scale: what follows is then free of overflow, and of the rounding of the level."""

    levels: Matrix
    mean: Vector
    scale: Vector


@dataclass(frozen=True, slots=True)
class Relations:
    """Directions in units of the scaled levels, in order; `ratios` are sqrt(eigenvalue / (1 - eigenvalue))."""

    directions: Matrix
    ratios: Vector
    levels: Matrix
    n: int


def prepared_legs(values: ArrayLike, *, trend: RankTrend, lags: int) -> Legs:
    """`values` (n, k), checked as `johansen` says; centred unless there is no constant, without a line for "ct"."""
    given = np.array(values, dtype=np.float64)
    if given.ndim != 2 or not 2 <= given.shape[1] <= MAX_SERIES:
        raise WrongShape("values", given.shape, f"one column for each of 2 to {MAX_SERIES} legs")
    length, series = given.shape
    if trend not in TRENDS:
        raise InvalidOption("trend", trend, f"use one of {', '.join(TRENDS)}")
    if not isinstance(lags, int | np.integer) or lags < 0:
        raise InvalidOption("lags", lags, "give a whole number from 0 on")
    coefficients = series * (lags + 1) + (trend != "n")
    require_length(length, max(MIN_BARS, 1 + lags + BARS_PER_COEFFICIENT * coefficients))
    for i, leg in enumerate(given.T):
        require_finite(f"leg {i + 1}", leg)
        require_varying(f"leg {i + 1}", leg)
        require_steady(f"leg {i + 1}", leg)
    # Twice, so that squares of very large or very small prices are never taken.
    unit = np.max(np.abs(given), axis=0)
    raw: Matrix = given / unit
    mean = np.mean(raw, axis=0)
    centred = raw - mean
    size = np.linalg.norm(centred, axis=0)
    least = least_left(1.0, *(math.sqrt(length) / size))
    if _share_left(centred / size) < least or (trend == "n" and _share_left(raw) < INDEPENDENT_SHARE):
        raise Collinear("a leg is a combination of the others")
    if trend == "n":
        return Legs(raw, np.zeros(series), unit)
    levels = centred / size
    if trend == "ct":
        time = np.linspace(-1.0, 1.0, length)
        levels -= np.outer(time, time @ levels) / (time @ time)
        if np.min(np.linalg.norm(levels, axis=0)) < least:
            raise NumericalTrouble("a leg is a straight line")
    return Legs(levels, mean * unit, unit * size)


def _share_left(columns: Matrix) -> float:
    """The least share of a column that remains once those before it are projected out."""
    factor = np.linalg.qr(columns / np.linalg.norm(columns, axis=0), mode="r")
    return float(np.min(np.abs(np.diag(factor))))


def relations(levels: Matrix, *, trend: RankTrend, lags: int) -> Relations:
    """Canonical correlations of the changes and the levels before them, `lags` lagged changes taken out."""
    changes = np.diff(levels, axis=0)
    n = len(changes) - lags
    past = [changes[lags - i : lags - i + n] for i in range(1, lags + 1)]
    ones = np.ones((n, 1))
    before = [levels[lags:-1], ones] if trend == "rc" else [levels[lags:-1]]
    fixed = [ones] if trend in ("c", "ct") else []
    whole = np.hstack([*fixed, *past, *before, changes[lags:]])
    factor: Matrix = np.asarray(np.linalg.qr(whole, mode="r"))
    if np.any(np.abs(np.diag(factor)) <= INDEPENDENT_SHARE * np.linalg.norm(factor, axis=0)):
        raise NumericalTrouble("the changes of the legs are an exact function of their past, or too few")
    end = len(factor) - levels.shape[1]
    start = end - levels.shape[1] - (trend == "rc")
    level_factor, explained, left = factor[start:end, start:end], factor[start:end, end:], factor[end:, end:]
    turned, ratios, _ = np.linalg.svd(np.linalg.solve(left.T, explained.T).T, full_matrices=False)
    return Relations(np.linalg.solve(level_factor, turned), ratios, level_factor, n)
