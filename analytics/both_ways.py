"""Engle–Granger in both directions, with one p for having tried both.

Each direction is a test at its own level; to look at the better of the two is to test twice, and finds noise
cointegrated about nine times in a hundred at "p < 0.05". The p here is the share of pairs of independent walks
whose better direction is at least as good.

>>> import numpy as np
>>> noise = np.random.default_rng(3)
>>> x = np.cumsum(noise.standard_normal(500))
>>> both = engle_granger_both(1.0 + 2.0 * x + noise.standard_normal(500), x)
>>> both.p_value < 0.01, both.agree
(True, True)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analytics.cointegration import EngleGranger, engle_granger

LEVEL = 0.05
LEAST = 0.0001
"""Of 20,000 pairs these are two: of anything rarer they say no more than that it is."""
# Share of 20,000 pairs of independent Gaussian walks, of so many bars each, whose better direction's p is below.
_BETTER = (
    0, 0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05,
    0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9, 1,
)  # fmt: skip
_SHARES = {
    120: (
        0, 0.0012, 0.0037, 0.0069, 0.0126, 0.0213, 0.0343, 0.0579, 0.0799, 0.1213,
        0.1678, 0.2086, 0.2898, 0.3622, 0.4995, 0.6228, 0.737, 0.9012, 0.991, 1,
    ),
    240: (
        0, 0.0005, 0.0024, 0.0042, 0.0082, 0.0143, 0.0272, 0.0488, 0.0685, 0.1066,
        0.1505, 0.1939, 0.2726, 0.3476, 0.4862, 0.6139, 0.7276, 0.9015, 0.9904, 1,
    ),
    720: (
        0, 0.0002, 0.0009, 0.0019, 0.0047, 0.0104, 0.0192, 0.036, 0.052, 0.085,
        0.127, 0.1693, 0.2452, 0.3211, 0.4623, 0.5868, 0.7006, 0.889, 0.9901, 1,
    ),
}  # fmt: skip
_LENGTHS = tuple(_SHARES)


@dataclass(frozen=True, slots=True)
class BothWays:
    """`p_value` is that of the better direction, for having tried both; `agree` says that they agree at 5 %.

    Where `p_is_bound` the p is below `LEAST`, which stands in its place.
    """

    y_on_x: EngleGranger
    x_on_y: EngleGranger
    p_value: float
    p_is_bound: bool

    @property
    def agree(self) -> bool:
        return (self.y_on_x.p_value < LEVEL) == (self.x_on_y.p_value < LEVEL)


def engle_granger_both(y: ArrayLike, x: ArrayLike, *, max_lags: int | None = None) -> BothWays:
    """Test y on x and x on y, both (n,), with a constant; lags and errors as `engle_granger`."""
    y_on_x, x_on_y = engle_granger(y, x, max_lags=max_lags), engle_granger(x, y, max_lags=max_lags)
    better = min(y_on_x.p_value, x_on_y.p_value)
    p_value = p_of_better(better, bars=np.size(y))
    return BothWays(y_on_x, x_on_y, p_value, p_value <= LEAST)


def p_of_better(p_value: float, *, bars: int) -> float:
    """The p of the better of two directions whose own p is given, on so many bars.

    Between the simulated lengths it is taken as linear in 1 / bars, beyond them as at the nearest. At least `LEAST`.
    """
    at = [float(np.interp(p_value, _BETTER, shares)) for shares in _SHARES.values()]
    inverse = [1.0 / length for length in _LENGTHS]
    return max(float(np.interp(1.0 / bars, inverse[::-1], at[::-1])), LEAST)
