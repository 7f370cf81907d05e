"""Volatility of one-bar log returns over trailing windows, per bar and a year.

    r_t = ln(p_t / p_(t-1)),  per bar = sd of the last `window` returns,  a year = per bar · sqrt(bars in 365 days)

The market never closes, so a year has 365 days. The root holds for returns without autocorrelation: bars
of seconds, full of bid-ask bounce, make a year look wilder than it is.

>>> import numpy as np
>>> prices = np.array([100.0, 101.0, 100.0, 102.0])
>>> rolling_volatility(prices, window=2, bar_ms=60_000).per_bar.round(5).tolist()
[nan, nan, 0.01407, 0.02104]
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analytics.errors import InvalidWindow
from analytics.rolling import rolling_zscore
from analytics.series import Vector, as_vector, require_length

YEAR_MS = 365 * 86_400_000


@dataclass(frozen=True, slots=True)
class RollingVolatility:
    """Standard deviations (n,) of log returns: of one bar's, and scaled to 365 days."""

    per_bar: Vector
    annual: Vector


def log_returns(prices: ArrayLike) -> Vector:
    """ln(p_t / p_(t-1)) (n,): NaN at the first bar, and where either price is missing, infinite or not above 0."""
    vector = as_vector("prices", prices)
    logs = np.log(np.where((vector > 0.0) & np.isfinite(vector), vector, np.nan))
    return np.concatenate([np.full(min(len(logs), 1), np.nan), np.diff(logs)])


def rolling_volatility(
    prices: ArrayLike, *, window: int, bar_ms: int, ddof: int = 1, min_count: int | None = None, origin: int = 0
) -> RollingVolatility:
    """Volatility of the last `window` (at least 2) one-bar log returns of `prices` (n,), bars of `bar_ms`.

    A return across a gap is not one bar's: both bars beside a missing one have none. NaN until `window` returns are
    there, and where fewer than `min_count` of them are (default: all). `ddof` 1 is the sample's. Raises `TooShort`
    (n < window + 1), `WrongShape`, `InvalidWindow`, `InvalidOption`.
    """
    returns = log_returns(prices)
    if bar_ms < 1:
        raise InvalidWindow("bar_ms", bar_ms, "give the length of a bar in ms")
    require_length(len(returns), window + 1)
    # The first return is of the second bar: without it windows depend on bars alone, not on where the array begins.
    score = rolling_zscore(returns[1:], window=window, ddof=ddof, min_count=min_count, origin=origin + 1)
    per_bar = np.concatenate([[np.nan], score.sd])
    return RollingVolatility(per_bar=per_bar, annual=per_bar * math.sqrt(YEAR_MS / bar_ms))
