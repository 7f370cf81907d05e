"""The half-life of a series over trailing windows, as known at each bar: a point estimate, at a fixed cost a bar.

    s_t = c + phi · s_(t-1) + e_t  over the window's bars,    half-life = -ln 2 / ln phi

Least squares finds phi too small (Kendall 1954), the more so the shorter the window: a walk too seems to
revert. `analytics.reversion.half_life` gives the interval that says so.

>>> import numpy as np
>>> deviation = 0.5 ** np.arange(8.0)
>>> rolling_half_life(deviation, window=5).round(9).tolist()
[nan, nan, nan, nan, 1.0, 1.0, 1.0, 1.0]
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from analytics.blocks import window_moments
from analytics.errors import InvalidWindow
from analytics.series import EPSILON, ROUNDING_STEPS, Vector, as_squarable, require_length

MIN_WINDOW = 4


def rolling_half_life(values: ArrayLike, *, window: int, min_count: int | None = None, origin: int = 0) -> Vector:
    """Half-life in bars (n,) of `values` (n,) by an autoregression over each trailing `window` (at least 4 bars).

    A pair of neighbours counts where both are finite and within 1e±100; a window of w bars has w - 1 pairs. NaN until
    `window` bars are there, where fewer than `min_count` pairs count (default: all; at least 3), where the window is
    constant, and where phi is not between 0 and 1: no half-life. `origin` is the bar number of element 0. Raises
    `TooShort` (n < window), `WrongShape`, `InvalidWindow`.
    """
    vector = as_squarable("values", values)
    if not isinstance(window, int | np.integer) or window < MIN_WINDOW:
        raise InvalidWindow("window", window, f"give at least {MIN_WINDOW} bars")
    pairs = window - 1
    need = pairs if min_count is None else min_count
    if not MIN_WINDOW - 1 <= need <= pairs:
        raise InvalidWindow("min_count", need, f"give from {MIN_WINDOW - 1} to {pairs} pairs of bars")
    require_length(len(vector), window)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        moments = window_moments((vector[:-1], vector[1:]), window=pairs, origin=origin + 1)
        squares, products = moments.products[0, 0], moments.products[0, 1]
        noise = ROUNDING_STEPS * EPSILON * np.abs(moments.base[0])
        ready = (moments.count >= need) & (squares > moments.count * noise * noise)
        ready[: pairs - 1] = False
        phi = products / np.where(ready, squares, np.nan)
        reverts = (phi > 0.0) & (phi < 1.0)
        bars = -math.log(2.0) / np.log(np.where(reverts, phi, np.nan))
    return np.concatenate([[np.nan], bars])
