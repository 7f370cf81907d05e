"""The half-life of a deviation, from an autoregression of order one, with its interval.

    s_t = c + phi · s_(t-1) + e_t,    half-life = -ln 2 / ln phi

Least squares finds phi too small, the more so the nearer it is to one (Kendall 1954), and an interval around
it would call a random walk reverting. The interval here holds every phi under which the phi found would be no
surprise (Andrews 1993; Hansen 1999, the grid bootstrap), so a walk ends in an upper bound without end.

A spread around an estimated line returns faster than the truth, because the line bends after it: given the leg
that was fitted, the bootstrap repeats that fit.

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
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analytics.errors import Alternating, NotStationary
from analytics.series import (
    Vector,
    as_vector,
    require_equal_lengths,
    require_finite,
    require_length,
    require_steady,
    require_varying,
    to_unit,
)

MIN_BARS = 20
LEVEL = 0.95
DRAWS = 400
GRID = 17
SEED = 20_260_101  # any will do: equal spreads have equal intervals
# The grid reaches this many asymptotic standard errors, and a part for the bias, beyond the phi found.
REACH_SD, REACH_BIAS = 5.0, 16.0
EXACT_SHARE = 1e-12
ALTERNATES = -0.5


@dataclass(frozen=True, slots=True)
class HalfLife:
    """In bars. `low` and `high` bound it with 95 % confidence; `high` is inf where a random walk is not ruled out.

    `phi` is the coefficient found; one from -1/2 to 0, as noise may have, makes a half-life of 0. `phi_lagged` is
    what the autocorrelations of two bars and of one say of it: well above `phi`, noise of single bars (as the bounce
    between bid and ask) hides a slower return. NaN where the latter is not positive.
    """

    bars: float
    low: float
    high: float
    phi: float
    phi_lagged: float
    n: int


@dataclass(frozen=True, slots=True)
class _Autoregression:
    phi: float
    residuals: Vector
    start: float
    exact: bool


def half_life(spread: ArrayLike, *, fitted_on: ArrayLike | None = None) -> HalfLife:
    """Half-life of `spread` (n,), all finite. The same spread always gives the same interval.

    `fitted_on` (n,) is the leg on which the spread was estimated by least squares with a constant; leave it out where
    the hedge ratio was fixed beforehand. Raises `TooShort` (n < 20), `NotFinite`, `ConstantSeries`, `WrongShape`,
    `LengthMismatch`, `NotStationary` where phi >= 1, `Exploding` where it grows from side to side, and `Alternating`
    where phi < -1/2: a bar later more than half of a deviation is there on the other side.
    """
    values = as_vector("spread", spread)
    leg = None if fitted_on is None else as_vector("fitted_on", fitted_on)
    require_length(len(values), MIN_BARS)
    for name, vector in (("spread", values), ("fitted_on", leg)):
        if vector is not None:
            require_equal_lengths(values, vector)
            require_finite(name, vector)
            require_varying(name, vector)
    require_varying("spread", values[:-1])
    # On a scale on which squares neither overflow nor vanish.
    values, leg = to_unit(values), None if leg is None else to_unit(leg)
    fit = _autoregression(values)
    if fit.phi >= 1.0:
        raise NotStationary(fit.phi)
    require_steady("spread", values)
    if fit.phi < ALTERNATES:
        raise Alternating(fit.phi)
    low, high = (fit.phi, fit.phi) if fit.exact else _interval(fit, leg)
    return HalfLife(_bars(fit.phi), _bars(low), _bars(high), fit.phi, _phi_lagged(values), len(values))


def _bars(phi: float) -> float:
    if phi <= 0.0:
        return 0.0
    return math.inf if phi >= 1.0 else -math.log(2.0) / math.log(phi)


def _phi_lagged(values: Vector) -> float:
    away = values - values.mean()
    one, two = float(away[1:] @ away[:-1]), float(away[2:] @ away[:-2])
    return two / one if one > 0.0 else math.nan


def _autoregression(values: Vector) -> _Autoregression:
    before, after = values[:-1] - values[:-1].mean(), values[1:] - values[1:].mean()
    phi = float(before @ after) / float(before @ before)
    residuals = after - phi * before
    size = float(np.linalg.norm(residuals))
    return _Autoregression(phi, residuals, float(before[0]), exact=size <= EXACT_SHARE * float(np.linalg.norm(after)))


def _interval(fit: _Autoregression, leg: Vector | None) -> tuple[float, float]:
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
    not_above = _share_not_above(fit, grid, leg)
    tail = (1.0 - LEVEL) / 2.0
    # The share of smaller estimates falls as the true phi rises: it is turned round to be read backwards.
    falling = np.minimum.accumulate(not_above)
    low = float(np.interp(-(1.0 - tail), -falling, grid))
    high = math.inf if falling[-1] > tail else float(np.interp(-tail, -falling, grid))
    return min(low, fit.phi), max(high, fit.phi)


def _share_not_above(fit: _Autoregression, grid: Vector, leg: Vector | None) -> Vector:
    """For each phi of the grid, the share of bootstrapped estimates that are no larger than the one found."""
    n = len(fit.residuals)
    draw = np.random.default_rng(SEED).integers(n, size=(n, DRAWS))
    paths = _paths(fit, grid, fit.residuals[draw])
    estimates = _estimates(paths, n) if leg is None else _refitted_estimates(paths, leg)
    share: Vector = np.mean(estimates <= fit.phi, axis=1)
    return share


def _paths(fit: _Autoregression, grid: Vector, shocks: Vector) -> Iterator[Vector]:
    """Bar after bar, the values (grid, draws) of every path."""
    phi = grid[:, np.newaxis]
    value = np.full((len(grid), shocks.shape[1]), fit.start)
    yield value
    for shock in shocks:
        value = phi * value + shock
        yield value


def _estimates(paths: Iterator[Vector], n: int) -> Vector:
    """The coefficient of every path, of n pairs of neighbours."""
    first = value = next(paths)
    total, squares, products = np.zeros_like(value), np.zeros_like(value), np.zeros_like(value)
    for following in paths:
        total += value
        squares += value * value
        products += value * following
        value = following
    # Of the pairs (before, after), the sum of the later ones is that of the earlier, one end for the other.
    estimate: Vector = (products - total * (total - first + value) / n) / (squares - total * total / n)
    return estimate


def _refitted_estimates(paths: Iterator[Vector], leg: Vector) -> Vector:
    """The same once a line on the leg has been taken off each path, from sums kept bar by bar."""
    x = (leg - leg.mean()) / leg.std()
    n = len(x) - 1
    first = value = next(paths)
    total, with_x, squares, products = (np.zeros_like(value) for _ in range(4))
    cross = np.zeros_like(value)  # of each value with x a bar before and a bar after
    for t, following in enumerate(paths):
        total += value
        squares += value * value
        products += value * following
        with_x += x[t] * value
        cross += x[t + 1] * value + x[t] * following
        value = following
    mean, slope = (total + value) / (n + 1), (with_x + x[n] * value) / (n + 1)
    ends, x_ends = (first, value), (x[0], x[n])
    # With r = s - mean - slope · x, whose sum is zero: sums over the pairs follow from those over the values.
    last = ends[1] - mean - slope * x_ends[1]
    first = ends[0] - mean - slope * x_ends[0]
    inner = squares + value * value - (n + 1) * (mean * mean + slope * slope) - last * last
    x_products = float(x[1:] @ x[:-1])
    lagged = products - mean * (2.0 * (total + value) - ends[0] - ends[1]) + n * mean * mean
    lagged += (
        -slope * cross + slope * slope * x_products + mean * slope * (2.0 * float(x.sum()) - x_ends[0] - x_ends[1])
    )
    estimate: Vector = (lagged - (-last) * (-first) / n) / (inner - last * last / n)
    return estimate
