"""What the one-bar log returns of a series look like: mean, deviation, skewness and excess kurtosis.

    G1 = √(n(n−1)) / (n−2) · m₃ / m₂^1.5,   G2 = (n−1) / ((n−2)(n−3)) · ((n+1)·m₄ / m₂² − 3(n−1))

with central moments m of n returns: unbiased for normal ones, and what pandas and spreadsheets give
(Joanes & Gill 1998, "Comparing measures of sample skewness and kurtosis", The Statistician 47).

>>> found = return_moments([100.0, 101.0, 99.0, 103.0, 98.0])
>>> found.count, round(found.sd, 4), round(found.skew, 3)
(4, 0.0385, -0.003)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analytics.errors import TooShort
from analytics.series import is_constant
from analytics.volatility import log_returns

LEAST_RETURNS = 4


@dataclass(frozen=True, slots=True)
class ReturnMoments:
    """Of `count` log returns of one bar each: `mean` and `sd` (n − 1) as they are, `skew` and `kurtosis` without unit.

    `kurtosis` is in excess of the normal's 3. Both are None where the returns do not vary.
    """

    count: int
    mean: float
    sd: float
    skew: float | None
    kurtosis: float | None


def return_moments(prices: ArrayLike) -> ReturnMoments:
    """Moments of the log returns of prices (n,), oldest first, NaN where a bar is absent.

    A return needs two bars beside each other with prices above 0; the others are passed over. Raises `TooShort` with
    fewer than 4 returns, `WrongShape`.
    """
    every = log_returns(prices)
    returns = every[np.isfinite(every)]
    n = len(returns)
    if n < LEAST_RETURNS:
        raise TooShort(LEAST_RETURNS, n, "returns of two bars beside each other")
    mean = float(returns.mean())
    if is_constant(returns):
        return ReturnMoments(n, mean, 0.0, None, None)
    deviations = returns - mean
    scaled = deviations / float(np.max(np.abs(deviations)))  # powers of tiny returns would vanish
    second, third, fourth = (float(np.mean(scaled**power)) for power in (2, 3, 4))
    skew = math.sqrt(n * (n - 1)) / (n - 2) * third / second**1.5
    kurtosis = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * fourth / second**2 - 3 * (n - 1))
    return ReturnMoments(n, mean, float(returns.std(ddof=1)), skew, kurtosis)
