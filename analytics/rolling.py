"""Rolling hedge, z-score and correlation over trailing windows.

All of them are causal and have the same bits from whatever first bar they are computed, as long as
`origin` says which bar number element 0 has: see `analytics.blocks`. With `only_last` they give the last window alone,
to the same bits, in arrays (1,): a tenth of the work where one bar is new. They then take many series of equal length
at once too, (k, n), and give arrays (k,), each to the bits that it has alone. Needs numpy alone.

>>> import numpy as np
>>> rolling_zscore(np.array([1.0, 2.0, 3.0, 5.0]), window=3).z.round(4).tolist()
[nan, nan, 1.0, 1.0911]
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analytics.blocks import WindowMoments, last_moments, window_moments
from analytics.errors import InvalidOption, InvalidWindow, LengthMismatch
from analytics.lagged import lagged_steps
from analytics.serial_errors import autocorrelation, doubling_lags, serial_interval
from analytics.series import EPSILON, ROUNDING_STEPS, Vector, as_squarable, require_length


@dataclass(frozen=True, slots=True)
class RollingHedge:
    """y = alpha + beta · x + e over each trailing window; all arrays (n,), NaN where there is no fit.

    `n` counts the bars used. `beta_stderr` is the classical standard error, `residual_sd` is
    sqrt(SSR / (n - 2)) in units of y. `beta_low` and `beta_high` bound beta with 95 % confidence though the residuals
    remember; `effective_n` says how many bars with independent residuals would tell as much of beta: see
    `analytics.serial_errors`. These three are NaN too where no two neighbouring bars are there.
    """

    alpha: Vector
    beta: Vector
    beta_stderr: Vector
    r_squared: Vector
    n: NDArray[np.int64]
    residual_sd: Vector
    beta_low: Vector
    beta_high: Vector
    effective_n: Vector


@dataclass(frozen=True, slots=True)
class RollingZscore:
    """(value - mean) / sd, with the mean and sd of the window that ends at the value; arrays (n,)."""

    z: Vector
    mean: Vector
    sd: Vector


def rolling_ols_hedge(
    y: ArrayLike,
    x: ArrayLike,
    *,
    window: int,
    min_count: int | None = None,
    origin: int = 0,
    last_intervals: int | None = None,
    only_last: bool = False,
) -> RollingHedge:
    """Least squares of y on x (both (n,)) over every trailing window of `window` bars (at least 3).

    NaN until `window` bars are there, where fewer than `min_count` of them have both legs (default: all; at least 3),
    and where a leg is constant. Missing and infinite values are left out, and
    those beyond 1e±100. Only the last `last_intervals` windows get intervals, where that is given: they are the dearer
    half. Raises `TooShort` (n < window), `LengthMismatch`, `WrongShape`, `InvalidWindow`.
    """
    ys, xs = as_squarable("y", y, many=only_last), as_squarable("x", x, many=only_last)
    bars = _same_length(ys, xs)
    need = _checked_window(bars, window, min_count, least=3)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        moments, ready = _windows((ys, xs), window, need, origin, only_last=only_last)
        syy, sxy, sxx = (moments.products[pair] for pair in ((0, 0), (0, 1), (1, 1)))
        ready = ready & _varying(moments, 0) & _varying(moments, 1)
        sxx = np.where(ready, sxx, np.nan)
        beta = sxy / sxx
        r_squared = np.minimum(beta * sxy / syy, 1.0)
        variance = np.maximum(syy - beta * sxy, 0.0) / (moments.count - 2)
        y_mean, x_mean = moments.base + moments.offset
        hedge = RollingHedge(
            alpha=y_mean - beta * x_mean,
            beta=beta,
            beta_stderr=np.sqrt(variance / sxx),
            r_squared=r_squared,
            n=moments.count,
            residual_sd=np.sqrt(variance),
            beta_low=np.full_like(beta, np.nan),
            beta_high=np.full_like(beta, np.nan),
            effective_n=np.full_like(beta, np.nan),
        )
        begins = bars - 1 if only_last else 0  # the bar of the first fit
        first = begins if last_intervals is None else max(bars - max(last_intervals, 0), begins)
        first = max(first, window - 1)
        _fill_intervals(hedge, ys, xs, variance, sxx, first=first, begins=begins, window=window, origin=origin)
        return hedge


def _fill_intervals(
    hedge: RollingHedge,
    y: Vector,
    x: Vector,
    variance: Vector,
    sxx: Vector,
    *,
    first: int,
    begins: int,
    window: int,
    origin: int,
) -> None:
    """The intervals of the windows that end at bar `first` or later; the hedge holds those from bar `begins` on."""
    if first >= y.shape[-1]:
        return
    start, here = first - (window - 1), slice(first - begins, None)
    beta, count = hedge.beta[here], hedge.n[here].astype(np.float64)
    late_y, late_x = y[..., start:], x[..., start:]
    steps = lagged_steps(late_y, late_x, lags=doubling_lags(window), window=window, origin=origin + start)
    interval = serial_interval(
        hedge.beta_stderr[here],
        variance[here],
        count,
        legs=1,
        residual_steps=steps.of_residual(beta),
        memory=autocorrelation(steps.xx, sxx[here] / count),
    )
    hedge.beta_low[here] = beta - interval.half_width
    hedge.beta_high[here] = beta + interval.half_width
    hedge.effective_n[here] = interval.effective_n


def rolling_zscore(
    values: ArrayLike,
    *,
    window: int,
    ddof: int = 1,
    min_count: int | None = None,
    origin: int = 0,
    only_last: bool = False,
) -> RollingZscore:
    """How many standard deviations each value (n,) lies from the mean of the window that ends there.

    The divisor of the variance is count - ddof. NaN until `window` bars (at least ddof + 1) are there,
    and where fewer than `min_count` of them are finite and within 1e±100 (default: all); z alone is NaN where the
    value is missing and where the window is constant. Raises `TooShort` (n < window), `WrongShape`,
    `InvalidWindow`, `InvalidOption`.
    """
    vector = as_squarable("values", values, many=only_last)
    if ddof < 0:
        raise InvalidOption("ddof", ddof, "use 1 for a sample, 0 for a population")
    need = _checked_window(vector.shape[-1], window, min_count, least=max(ddof + 1, 2))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        moments, ready = _windows((vector,), window, need, origin, only_last=only_last)
        vector = vector[..., -1:].reshape(-1) if only_last else vector
        base, offset = moments.base[0], moments.offset[0]
        variance = np.maximum(moments.products[0, 0], 0.0) / np.where(ready, moments.count - ddof, np.nan)
        sd = np.sqrt(variance)
        # Both differences are small, where value and mean are large and nearly equal.
        z = ((vector - base) - offset) / np.where(_varying(moments, 0), sd, np.nan)
        return RollingZscore(
            z=np.where(np.isfinite(vector), z, np.nan), mean=np.where(ready, base + offset, np.nan), sd=sd
        )


def rolling_correlation(
    a: ArrayLike,
    b: ArrayLike,
    *,
    window: int,
    min_count: int | None = None,
    origin: int = 0,
    only_last: bool = False,
) -> Vector:
    """Pearson's correlation (n,) of a and b over every trailing window of `window` bars (at least 3).

    NaN until `window` bars are there, where fewer than `min_count` of them have both (default: all; at least 3), finite
    and within 1e±100, and where either is constant. Raises `TooShort` (n < window), `LengthMismatch`, `WrongShape`,
    `InvalidWindow`.
    """
    first, second = as_squarable("a", a, many=only_last), as_squarable("b", b, many=only_last)
    need = _checked_window(_same_length(first, second), window, min_count, least=3)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        moments, ready = _windows((first, second), window, need, origin, only_last=only_last)
        ready = ready & _varying(moments, 0) & _varying(moments, 1)
        # Two roots, as the product of two small sums may underflow where each does not.
        scale = np.sqrt(moments.products[0, 0]) * np.sqrt(moments.products[1, 1])
        return np.clip(moments.products[0, 1] / np.where(ready, scale, np.nan), -1.0, 1.0)


def _same_length(a: Vector, b: Vector) -> int:
    """How many bars both have; raises `LengthMismatch` where they are not of one shape."""
    if a.shape != b.shape:
        raise LengthMismatch((a.size, b.size))
    return len(a.T)


def _checked_window(have: int, window: int, min_count: int | None, *, least: int) -> int:
    if not isinstance(window, int | np.integer) or window < least:
        raise InvalidWindow("window", window, f"give at least {least} bars")
    need = window if min_count is None else min_count
    if not least <= need <= window:
        raise InvalidWindow("min_count", need, f"give from {least} to {window} bars")
    require_length(have, window)
    return need


def _windows(
    series: tuple[Vector, ...], window: int, need: int, origin: int, *, only_last: bool
) -> tuple[WindowMoments, NDArray[np.bool_]]:
    """Moments of the windows, and which of them lie wholly within the series and hold enough bars."""
    if only_last:
        last = last_moments(series, window=window, origin=origin)
        return last, last.count >= need
    moments = window_moments(series, window=window, origin=origin)
    ready = moments.count >= need
    ready[: window - 1] = False
    return moments, ready


def _varying(moments: WindowMoments, i: int) -> NDArray[np.bool_]:
    """Windows whose deviations are more than the rounding of the level itself."""
    noise = ROUNDING_STEPS * EPSILON * np.abs(moments.base[i])
    varying: NDArray[np.bool_] = moments.products[i, i] > moments.count * noise * noise
    return varying
