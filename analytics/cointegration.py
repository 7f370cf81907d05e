"""The Engle–Granger test of cointegration: does y - beta · x return to its mean?

The residuals of y = alpha + beta · x + e are tested for a unit root, and the statistic is judged by values that
know beta to be estimated (MacKinnon 2010). Null hypothesis: no cointegration.

>>> import numpy as np
>>> noise = np.random.default_rng(3)
>>> x = np.cumsum(noise.standard_normal(500))
>>> test = engle_granger(1.0 + 2.0 * x + noise.standard_normal(500), x)
>>> test.p_value < 0.001, round(test.hedge.beta, 1)
(True, 2.0)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analytics.errors import Collinear, InvalidOption, WrongShape
from analytics.mackinnon import MAX_SERIES, mackinnon_critical, mackinnon_p
from analytics.ols import OlsHedge, ols_hedge
from analytics.series import (
    Vector,
    as_vector,
    least_left,
    require_equal_lengths,
    require_finite,
    require_length,
    require_steady,
)
from analytics.unit_root import MIN_BARS, dickey_fuller

CointegrationTrend = Literal["c", "ct", "ctt"]
TRENDS = ("c", "ct", "ctt")


@dataclass(frozen=True, slots=True)
class EngleGranger:
    """Outcome of the test of y on x: `n` observations entered the final regression, with `lags` lags.

    `hedge` is the cointegrating regression. Its `alpha` belongs to the first bar where there is a trend, and
    `trend_slopes` are the coefficients of t and t², in bars from the first.
    """

    stat: float
    p_value: float
    lags: int
    n: int
    trend: CointegrationTrend
    critical_values: Mapping[str, float]
    hedge: OlsHedge[Any]
    trend_slopes: tuple[float, ...]


def engle_granger(
    y: ArrayLike,
    x: ArrayLike,
    *,
    trend: CointegrationTrend = "c",
    max_lags: int | None = None,
    lags: int | None = None,
) -> EngleGranger:
    """Test y (n,) on x (n,) or (n, k <= 5), all finite, with a constant always, and t, t² for "ct", "ctt".

    Lags as in `adf`. The direction matters: run both. Raises `TooShort` (n < 30), `NotFinite`, `ConstantSeries`,
    `Exploding`, `Collinear` (but for the rounding of the prices, y is a multiple of x), `LengthMismatch`, `WrongShape`,
    `InvalidOption`, `NumericalTrouble`.
    """
    if trend not in TRENDS:
        raise InvalidOption("trend", trend, f"use one of {', '.join(TRENDS)}")
    explained, legs = _checked(y, x)
    series = 2 if legs.ndim == 1 else legs.shape[1] + 1
    hedge, slopes, residual = _regression(explained, legs, trend)
    stat, used, n = dickey_fuller(residual, trend="n", max_lags=max_lags, lags=lags)
    return EngleGranger(
        stat=stat,
        p_value=mackinnon_p(stat, trend=trend, series=series),
        lags=used,
        n=n,
        trend=trend,
        # One bar is lost to differencing, whatever the lags: so Stata's egranger and statsmodels count.
        critical_values=mackinnon_critical(trend=trend, series=series, n=len(legs) - 1),
        hedge=hedge,
        trend_slopes=slopes,
    )


def _checked(y: ArrayLike, x: ArrayLike) -> tuple[Vector, NDArray[np.float64]]:
    explained, legs = as_vector("y", y), np.ascontiguousarray(x, dtype=np.float64)
    if legs.ndim not in (1, 2):
        raise WrongShape("x", legs.shape, "one column per leg")
    if legs.ndim == 2 and legs.shape[1] >= MAX_SERIES:
        raise InvalidOption("x", legs.shape[1], f"give at most {MAX_SERIES - 1} legs")
    require_equal_lengths(explained, legs)
    require_length(len(legs), MIN_BARS)
    for name, leg in (("leg y", explained), *(("leg x", leg) for leg in np.atleast_2d(legs.T))):
        require_finite(name, leg)
        require_steady(name, leg)
    return explained, legs


def _regression(
    y: Vector, legs: NDArray[np.float64], trend: CointegrationTrend
) -> tuple[OlsHedge[Any], tuple[float, ...], Vector]:
    """The hedge, the slopes of time, and the residuals. Raises `Collinear`."""
    if trend == "c":
        hedge = ols_hedge(y, legs)
        slopes: tuple[float, ...] = ()
        parts = legs * hedge.beta
    else:
        time = np.arange(len(legs), dtype=np.float64)
        both = np.column_stack([legs, *(time**power for power in range(1, len(trend)))])
        full: OlsHedge[Any] = ols_hedge(y, both)
        k = both.shape[1] - (len(trend) - 1)
        slopes = tuple(float(slope) for slope in full.beta[k:])
        one_leg = legs.ndim == 1
        beta, stderr = (full.beta[0], full.beta_stderr[0]) if one_leg else (full.beta[:k], full.beta_stderr[:k])
        hedge = replace(full, beta=float(beta) if one_leg else beta, beta_stderr=float(stderr) if one_leg else stderr)
        parts = both * full.beta
    parts = parts.reshape(len(parts), -1)
    residual = y - parts.sum(axis=1)
    # Least squares leaves a mean of zero; taken out again, the rounding of the level goes with it.
    residual = residual - residual.mean()
    levels = np.sqrt(np.mean(np.column_stack([y, parts]) ** 2, axis=0))
    if residual.std() <= least_left(float(y.std()), *levels):
        raise Collinear("y is a multiple of x")
    return hedge, slopes, residual
