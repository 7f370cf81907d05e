"""The upper tail of the chi-squared distribution, at the cost of no import.

>>> round(chi_squared_tail(3.841459, 1), 6), round(chi_squared_tail(18.307038, 10), 6)
(0.05, 0.05)
"""

from __future__ import annotations

import math

from analytics.errors import InvalidOption


def chi_squared_tail(statistic: float, dof: int) -> float:
    """P(X > statistic) for a whole number of degrees of freedom from 1 on: the finite sums of Abramowitz & Stegun
    26.4.4 and 26.4.5. 1 for a statistic of zero or less, NaN for NaN. Raises `InvalidOption`.
    """
    if dof < 1:
        raise InvalidOption("dof", dof, "give at least one degree of freedom")
    if math.isnan(statistic):
        return math.nan
    half = statistic / 2.0
    if not 0.0 < half < math.inf:
        return 1.0 if half <= 0.0 else 0.0
    total, power = (math.erfc(math.sqrt(half)), 0.5) if dof % 2 else (0.0, 0.0)
    while power < dof / 2.0:
        # By its logarithm: far out a term is a huge power beside a vanishing exponential.
        total += math.exp(power * math.log(half) - half - math.lgamma(power + 1.0))
        power += 1.0
    return min(total, 1.0)
