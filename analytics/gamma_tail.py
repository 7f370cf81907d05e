"""The upper tail of the gamma distribution, and so of the chi-squared, at the cost of no import.

>>> round(gamma_tail(1.0, 3.0), 6), round(math.exp(-3.0), 6)
(0.049787, 0.049787)
>>> round(chi_squared_tail(3.841459, 1), 6), round(chi_squared_tail(18.307038, 10), 6)
(0.05, 0.05)
"""

from __future__ import annotations

import math

from analytics.errors import InvalidOption

PRECISION = 1e-14  # relative, of a sum


def chi_squared_tail(statistic: float, dof: int) -> float:
    """P(X > statistic) for degrees of freedom from 1 on; otherwise as `gamma_tail`."""
    if dof < 1:
        raise InvalidOption("dof", dof, "give at least one degree of freedom")
    return gamma_tail(dof / 2.0, statistic / 2.0)


def gamma_tail(shape: float, x: float) -> float:
    """P(G > x) for a gamma variable of this positive shape and unit scale: a series, or a continued fraction far out.

    1 for x of zero or less, NaN for NaN. Raises `InvalidOption` for a shape that is not positive.
    """
    if not 0.0 < shape < math.inf:
        raise InvalidOption("shape", shape, "give a positive number")
    if not 0.0 < x < math.inf:
        return math.nan if math.isnan(x) else 1.0 if x <= 0.0 else 0.0
    density = math.exp(shape * math.log(x) - x - math.lgamma(shape))
    if x < shape + 1.0:
        term = total = 1.0 / shape
        step = shape
        while term > PRECISION * total:
            step += 1.0
            term *= x / step
            total += term
        return 1.0 - density * total
    return density * _tail_fraction(shape, x)


def _tail_fraction(shape: float, x: float) -> float:
    """1 / (x + 1 - a - 1 (1 - a) / (x + 3 - a - 2 (2 - a) / …)), from the front (Lentz's method)."""
    below = x + 1.0 - shape
    ratio, inverse = math.inf, 1.0 / below
    value, change, i = inverse, 0.0, 0
    while abs(change - 1.0) > PRECISION:
        i += 1
        factor = -i * (i - shape)
        below += 2.0
        inverse = 1.0 / (below + factor * inverse)
        ratio = below + factor / ratio
        change = ratio * inverse
        value *= change
    return value
