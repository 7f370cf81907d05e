"""What a likelihood-ratio statistic of cointegration means: critical values, and p-values.

p is the tail of the gamma distribution whose mean and variance are the statistic's (Doornik 1998), bent so that
it is 10, 5 and 1 % at the critical values of MacKinnon, Haug & Michelis (1999): p and table never disagree.

>>> round(rank_p(15.4943, "trace", trend="c", left=2), 6)
0.05
>>> rank_critical("trace", trend="c", series=2).tolist()
[[13.4294, 15.4943, 19.9349], [2.7055, 3.8415, 6.6349]]
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analytics.gamma_tail import gamma_tail
from analytics.johansen_tables import CRITICAL, MOMENTS

RankTest = Literal["trace", "max_eigen"]
RankTrend = Literal["n", "rc", "c", "ct"]
MAX_SERIES = 12
TABLE_P = (0.10, 0.05, 0.01)
# Beyond this p is nothing, and its logarithm is left alone.
LEAST_P = 1e-290


def rank_critical(test: RankTest, *, trend: RankTrend, series: int) -> NDArray[np.float64]:
    """Critical values (series, 3) at 90, 95 and 99 %; row r is for "no more than r relations"."""
    return np.array(CRITICAL[test, trend][:series][::-1])


def rank_p(stat: float, test: RankTest, *, trend: RankTrend, left: int) -> float:
    """The asymptotic p-value of a statistic with `left` relations still to find: series less relations supposed."""
    p = gamma_p(stat, test, trend, left)
    if p < LEAST_P:
        return 0.0
    at_table = [math.log(gamma_p(value, test, trend, left)) for value in CRITICAL[test, trend][left - 1]]
    wanted = [math.log(level) for level in TABLE_P]
    here = math.log(p)
    if here <= at_table[-1]:
        return math.exp(here + wanted[-1] - at_table[-1])
    return math.exp(np.interp(here, [*at_table[::-1], 0.0], [*wanted[::-1], 0.0]))


def gamma_p(stat: float, test: RankTest, trend: RankTrend, left: int) -> float:
    """Doornik's approximation as it is, good to about half a hundredth."""
    terms = (left * left, left, 1.0, left == 1, left == 2, math.sqrt(left))
    mean, variance = (sum(one * term for one, term in zip(row, terms, strict=True)) for row in MOMENTS[test, trend])
    return gamma_tail(mean * mean / variance, stat * mean / variance)
