"""The half-life of a deviation, from an autoregression of order one, with its interval.

    s_t = c + phi · s_(t-1) + e_t,    half-life = -ln 2 / ln phi

Least squares finds phi too small, the more so the nearer it is to one (Kendall 1954), and an interval around
it would call a random walk reverting. The interval here holds every phi under which the phi found would be no
surprise (Andrews 1993; Hansen 1999, the grid bootstrap), so a walk ends in an upper bound without end.

>>> import numpy as np
>>> deviation = np.zeros(2000)
>>> shocks = np.random.default_rng(5).standard_normal(2000)
>>> for t in range(1, 2000):
...     deviation[t] = 0.9 * deviation[t - 1] + shocks[t]
>>> life = half_life(deviation)
>>> life.low < 6.58 < life.high
True
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analytics.errors import NotStationary
from analytics.series import Vector, as_vector, require_finite, require_length, require_varying

MIN_BARS = 20
LEVEL = 0.95
DRAWS = 400
GRID = 17
SEED = 20_260_101  # any will do: equal spreads have equal intervals
# The grid reaches this many asymptotic standard errors, and a part for the bias, beyond the phi found.
REACH_SD, REACH_BIAS = 5.0, 16.0
EXACT_SHARE = 1e-12


@dataclass(frozen=True, slots=True)
class HalfLife:
    """In bars. `low` and `high` bound it with 95 % confidence; `high` is inf where a random walk is not ruled out.

    `phi` is the coefficient found; a phi of zero or less, which overshoots, has a half-life of 0.
    """

    bars: float
    low: float
    high: float
    phi: float
    n: int


@dataclass(frozen=True, slots=True)
class _Autoregression:
    phi: float
    residuals: Vector
    start: float
    exact: bool


def half_life(spread: ArrayLike) -> HalfLife:
    """Half-life of `spread` (n,), all finite. The same spread always gives the same interval.

    Raises `TooShort` (n < 20), `NotFinite`, `ConstantSeries`, `WrongShape`, and `NotStationary` where phi >= 1.
    """
    values = as_vector("spread", spread)
    require_length(len(values), MIN_BARS)
    require_finite("spread", values)
    require_varying("spread", values)
    fit = _autoregression(values)
    if fit.phi >= 1.0:
        raise NotStationary(fit.phi)
    low, high = (fit.phi, fit.phi) if fit.exact else _interval(fit)
    return HalfLife(bars=_bars(fit.phi), low=_bars(low), high=_bars(high), phi=fit.phi, n=len(values))


def _bars(phi: float) -> float:
    if phi <= 0.0:
        return 0.0
    return math.inf if phi >= 1.0 else -math.log(2.0) / math.log(phi)


def _autoregression(values: Vector) -> _Autoregression:
    before, after = values[:-1] - values[:-1].mean(), values[1:] - values[1:].mean()
    phi = float(before @ after) / float(before @ before)
    residuals = after - phi * before
    size = float(np.linalg.norm(residuals))
    return _Autoregression(phi, residuals, float(before[0]), exact=size <= EXACT_SHARE * float(np.linalg.norm(after)))


def _interval(fit: _Autoregression) -> tuple[float, float]:
    """The smallest and largest phi that the one found does not speak against."""
    n = len(fit.residuals)
    reach = REACH_SD * math.sqrt(max(1.0 - fit.phi * fit.phi, 0.0) / n) + REACH_BIAS / n
    grid = np.unique(
        np.concatenate(
            [
                np.linspace(fit.phi - reach, fit.phi, GRID),
                np.linspace(fit.phi, min(1.0, fit.phi + reach), GRID),
            ]
        )
    )
    not_above = _share_not_above(fit, grid)
    tail = (1.0 - LEVEL) / 2.0
    # The share of smaller estimates falls as the true phi rises: it is turned round to be read backwards.
    falling = np.minimum.accumulate(not_above)
    low = float(np.interp(-(1.0 - tail), -falling, grid))
    high = math.inf if falling[-1] > tail else float(np.interp(-tail, -falling, grid))
    return min(low, fit.phi), max(high, fit.phi)


def _share_not_above(fit: _Autoregression, grid: Vector) -> Vector:
    """For each phi of the grid, the share of bootstrapped estimates that are no larger than the one found."""
    n = len(fit.residuals)
    draw = np.random.default_rng(SEED).integers(n, size=(n, DRAWS))
    shocks = fit.residuals[draw]
    phi = grid[:, np.newaxis]
    value = np.full((len(grid), DRAWS), fit.start)
    first = value.copy()
    total, squares, products = np.zeros_like(value), np.zeros_like(value), np.zeros_like(value)
    for shock in shocks:
        following = phi * value + shock
        total += value
        squares += value * value
        products += value * following
        value = following
    # Of the pairs (before, after), the sum of the later ones is that of the earlier, one end for the other.
    total_after = total - first + value
    estimate = (products - total * total_after / n) / (squares - total * total / n)
    share: Vector = np.mean(estimate <= fit.phi, axis=1)
    return share
