"""What a unit-root or cointegration statistic means: MacKinnon's p-values and critical values.

>>> round(mackinnon_p(-2.86154, trend="c", series=1), 3)
0.05
>>> {level: round(value, 2) for level, value in mackinnon_critical(trend="c", series=2, n=100).items()}
{'1%': -4.01, '5%': -3.4, '10%': -3.09}
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from analytics.mackinnon_tables import SURFACES

Trend = Literal["n", "c", "ct", "ctt"]
LEVELS = ("1%", "5%", "10%")
MAX_SERIES = 6


def mackinnon_p(stat: float, *, trend: Trend, series: int) -> float:
    """The asymptotic p-value of a tau statistic over `series` I(1) series (1: a Dickey–Fuller test)."""
    surface = SURFACES[trend, series]
    if stat > surface.most:
        return 1.0
    if stat < surface.least:
        return 0.0
    score = _polynomial(surface.small if stat <= surface.star else surface.large, stat)
    return 0.5 * math.erfc(-score / math.sqrt(2.0))


def mackinnon_critical(*, trend: Trend, series: int, n: int) -> dict[str, float]:
    """Critical values at 1 %, 5 % and 10 % for a regression on n observations."""
    critical = SURFACES[trend, series].critical
    return {level: _polynomial(row, 1.0 / n) for level, row in zip(LEVELS, critical, strict=True)}


def _polynomial(coefficients: Sequence[float], at: float) -> float:
    total = 0.0
    for coefficient in reversed(coefficients):
        total = total * at + coefficient
    return total
