"""The variance-ratio test of a random walk (Lo & MacKinlay 1988): do changes over q bars vary q times as much?

    ratio = Var(v_t - v_(t-q)) / (q · Var(v_t - v_(t-1)))

Null hypothesis: the ratio is one, changes are uncorrelated around a drift, whatever their changing volatility. A
ratio below one speaks for reversion within q bars, above one for trends. A spread whose beta was estimated over the
same bars is not such a series: it reads below one by construction.

>>> import numpy as np
>>> noise = np.random.default_rng(1).standard_normal(500)
>>> walk, reverting = variance_ratio(np.cumsum(noise), q=8), variance_ratio(noise, q=8)
>>> walk.p_value > 0.05, reverting.p_value < 0.001, round(reverting.ratio, 2)
(True, True, 0.13)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analytics.errors import ConstantSeries, InvalidOption, NumericalTrouble
from analytics.series import (
    EPSILON,
    ROUNDING_STEPS,
    Vector,
    as_vector,
    require_finite,
    require_length,
    require_steady,
    require_varying,
)

MIN_BARS = 30
HORIZONS = (2, 4, 8, 16)


@dataclass(frozen=True, slots=True)
class VarianceRatio:
    """Outcome for one horizon of `q` bars over `n` changes; `stat` is a normal score, and p is two-sided.

    `robust`: the standard error holds under changing volatility.
    """

    ratio: float
    stat: float
    p_value: float
    n: int
    q: int
    robust: bool


@dataclass(frozen=True, slots=True)
class VarianceRatios:
    """Outcome for several horizons together: `stat` is the largest |score|, and p is for having looked at all."""

    each: tuple[VarianceRatio, ...]
    stat: float
    p_value: float
    n: int


def variance_ratio(values: ArrayLike, *, q: int, robust: bool = True) -> VarianceRatio:
    """Test `values` (n,), log prices or another series, all finite, for a random walk with drift over q bars.

    Changes over q bars overlap, and both variances are unbiased. The normal approximation wants q small beside n.
    Raises `TooShort` (n < 30), `NotFinite`, `ConstantSeries` (or a straight line), `Exploding`, `WrongShape`,
    `InvalidOption` unless 2 <= q <= (n - 1) / 2, or `NumericalTrouble` where nearly all bars are without change.
    """
    scaled, deviations = _prepared(values)
    return _ratio(scaled, deviations, q, robust)


def variance_ratios(values: ArrayLike, *, qs: Sequence[int] = HORIZONS, robust: bool = True) -> VarianceRatios:
    """The test for each of several horizons `qs`, with one p for all (Chow & Denning 1993); errors as for one.

    p is that of the largest of as many independent scores, which is no smaller than the true one.
    """
    if not qs or len(set(qs)) < len(qs):
        raise InvalidOption("qs", qs, "give one or more different horizons")
    scaled, deviations = _prepared(values)
    each = tuple(_ratio(scaled, deviations, q, robust) for q in qs)
    least = min(one.p_value for one in each)
    p_value = -math.expm1(len(each) * math.log1p(-least)) if least < 1.0 else 1.0
    return VarianceRatios(each, max(abs(one.stat) for one in each), p_value, len(deviations))


def _prepared(values: ArrayLike) -> tuple[Vector, Vector]:
    """The values from the first one on, as shares of the largest, and the deviations of their changes."""
    vector = as_vector("values", values)
    require_length(len(vector), MIN_BARS)
    require_finite("values", vector)
    require_varying("values", vector)
    require_steady("values", vector)
    scaled = vector / np.max(np.abs(vector))
    scaled = scaled - scaled[0]
    deviations = np.diff(scaled)
    deviations = deviations - deviations.mean()
    if np.max(np.abs(deviations)) <= ROUNDING_STEPS * EPSILON:
        raise ConstantSeries("the change of values")
    return scaled, deviations


def _ratio(values: Vector, deviations: Vector, q: int, robust: bool) -> VarianceRatio:
    n = len(deviations)
    if not isinstance(q, int | np.integer) or not 2 <= q <= n // 2:
        raise InvalidOption("q", q, f"give from 2 to {n // 2} for {n} changes")
    drift = float(values[-1]) / n
    long = values[q:] - values[:-q] - q * drift
    squares = deviations**2
    total = float(squares.sum())
    ratio = float(long @ long) / (q * (n - q + 1) * (1.0 - q / n)) / (total / (n - 1))
    variance = _robust_variance(squares, total, q) if robust else 2.0 * (2 * q - 1) * (q - 1) / (3.0 * q)
    if not variance > 0.0:
        raise NumericalTrouble("too few changes of value: leave out bars without trades")
    stat = math.sqrt(n / variance) * (ratio - 1.0)
    return VarianceRatio(ratio, stat, math.erfc(abs(stat) / math.sqrt(2.0)), n, q, robust)


def _robust_variance(squares: Vector, total: float, q: int) -> float:
    n = len(squares)
    shares = [float(squares[k:] @ squares[:-k]) * (1.0 - k / q) ** 2 for k in range(1, q)]
    return 4.0 * n * sum(shares) / total**2
