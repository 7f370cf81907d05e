"""The Hurst exponent with its error bar: how fast a series wanders off, as a description and not as a test.

    Var(v_t - v_(t-s)) grows as s^(2H):    H = 1/2 a random walk, below it reverts, above it trends

H is half the slope of the logarithm of the mean square of v_t - 2 v_(t-s) + v_(t-2s) against that of s, over scales
s from one bar to a tenth of the sample, each with equal weight (Istas & Lang 1997; Kent & Wood 1997; Coeurjolly
2001). Second differences know no level and no drift. The first-order bias of the logarithms is taken out, and the
error bar comes from the exact covariance of the mean squares under fractional Brownian motion, so that half of all
random walks read below 1/2, and 19 of 20 bars hold it. `analytics.variance` has the test.

>>> import numpy as np
>>> found = hurst(np.cumsum(np.random.default_rng(1).standard_normal(600)))
>>> found.low < 0.5 < found.high, round(found.high - found.low, 2)
(True, 0.16)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analytics.errors import NumericalTrouble
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

MIN_BARS = 50
# The longest scale is this part of the sample, and each scale about this many times the one before.
LONGEST_SHARE, STEP = 0.1, 1.5
SCORE_95 = 1.959963984540054
FILTER = (1.0, -2.0, 1.0)
SPAN = len(FILTER) - 1
TAPS = tuple(enumerate(FILTER))
# The covariance is defined strictly between 0 and 1.
LEAST, MOST = 0.01, 0.99


@dataclass(frozen=True, slots=True)
class Hurst:
    """`low` and `high` bound `h` with 95 % confidence if the `n` bars are fractional Brownian motion.

    All three are kept within 0 and 1. Fat tails leave the confidence as it is, volatility that comes in clusters
    brings it to about 90 %. `scales` are in bars.
    """

    h: float
    low: float
    high: float
    n: int
    scales: tuple[int, ...]


def hurst(values: ArrayLike) -> Hurst:
    """The Hurst exponent of `values` (n,), log prices or a spread, all finite: of the levels, not of their changes.

    A stationary series reads near 0 once the scales are longer than its memory. Raises `TooShort` (n < 50),
    `NotFinite`, `ConstantSeries`, `Exploding`, `WrongShape`, or `NumericalTrouble` where the series is a straight
    line, repeats itself, or is smoother than any H <= 1.
    """
    vector = as_vector("values", values)
    n = len(vector)
    require_length(n, MIN_BARS)
    require_finite("values", vector)
    require_varying("values", vector)
    require_steady("values", vector)
    scales = _scales(n)
    logs = _log_mean_squares(vector / np.max(np.abs(vector)), scales)
    across = np.log(scales) - np.mean(np.log(scales))
    weights = across / (2.0 * float(across @ across))
    raw = float(weights @ logs)
    covariance = log_covariance(min(max(raw, LEAST), MOST), n, scales)
    # E log X is about log E X - Var(X) / (2 (E X)²).
    h = raw + float(weights @ np.diag(covariance)) / 2.0
    reach = SCORE_95 * math.sqrt(float(weights @ covariance @ weights))
    if h - reach > 1.0:
        raise NumericalTrouble("the series is smoother than any fractional Brownian motion: look at its changes")
    low, middle, high = (min(max(one, 0.0), 1.0) for one in (h - reach, h, h + reach))
    return Hurst(middle, low, high, n, scales)


def _scales(n: int) -> tuple[int, ...]:
    scales = [1]
    while (following := max(scales[-1] + 1, round(scales[-1] * STEP))) <= n * LONGEST_SHARE:
        scales.append(following)
    return tuple(scales)


def _log_mean_squares(values: Vector, scales: tuple[int, ...]) -> Vector:
    squares = np.array([np.mean((values[2 * s :] - 2.0 * values[s:-s] + values[: -2 * s]) ** 2) for s in scales])
    if np.min(squares) <= (ROUNDING_STEPS * EPSILON) ** 2:
        raise NumericalTrouble("the series is a straight line, or repeats itself exactly")
    return np.asarray(np.log(squares))


def log_covariance(h: float, n: int, scales: tuple[int, ...]) -> NDArray[np.float64]:
    """Covariance (m, m) of the m mean squares, each divided by its expectation, under exponent h over n bars.

    For Gaussian series it is twice the mean square of the correlations of the second differences.
    """
    reach = n + 2 * SPAN * max(scales)
    power = np.abs(np.arange(-reach, reach + 1.0)) ** (2.0 * h)
    counts = [n - SPAN * s for s in scales]
    size = [-0.5 * sum(p * q * abs((i - j) * s) ** (2.0 * h) for i, p in TAPS for j, q in TAPS) for s in scales]
    covariance = np.empty((len(scales), len(scales)))
    for a, (s, s_count) in enumerate(zip(scales, counts, strict=True)):
        for b, (r, r_count) in enumerate(zip(scales[: a + 1], counts[: a + 1], strict=True)):
            # Of all pairs of places, so many are `apart` bars from each other.
            apart = np.arange(1 - r_count, s_count)
            pairs = np.minimum(s_count, r_count + apart) - np.maximum(apart, 0)
            cross = sum(
                -0.5 * p * q * power[reach + apart[0] + i * s - j * r : reach + apart[-1] + 1 + i * s - j * r]
                for i, p in TAPS
                for j, q in TAPS
            )
            mean = float(np.sum(pairs * cross**2)) / (s_count * r_count)
            covariance[a, b] = covariance[b, a] = 2.0 * mean / (size[a] * size[b])
    return covariance
