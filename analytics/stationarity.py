"""The KPSS test of stationarity, and the order of integration of a leg.

    v_t = level (+ slope · t) + walk_t + e_t

Null hypothesis: the walk has no steps, the series is stationary. A low p speaks for a series that wanders: the
question of the Dickey–Fuller test from the other side, so that a series on which both are silent is told from one
on which they agree. A leg must be I(1), a series whose changes are stationary and which itself is not, for any test
of cointegration to mean something.

>>> import numpy as np
>>> noise = np.random.default_rng(2).standard_normal(500)
>>> test = kpss(np.cumsum(noise))
>>> test.p_value, test.p_is_bound
(0.01, True)
>>> integration_order(np.cumsum(noise)).order, integration_order(noise).order
('I(1)', 'I(0)')
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from analytics.errors import ConstantSeries, InvalidOption, NumericalTrouble
from analytics.series import (
    EPSILON,
    ROUNDING_STEPS,
    Vector,
    as_vector,
    require_finite,
    require_length,
    require_steady,
    require_varying,
)
from analytics.unit_root import AdfResult, adf

KpssTrend = Literal["c", "ct"]
Order = Literal["I(0)", "I(1)", "I(2) or more", "unclear"]

MIN_BARS = 30
LEVEL = 0.05
# Kwiatkowski, Phillips, Schmidt & Shin (1992), table 1.
TABLE_P = (0.10, 0.05, 0.025, 0.01)
TABLE: dict[KpssTrend, tuple[float, ...]] = {"c": (0.347, 0.463, 0.574, 0.739), "ct": (0.119, 0.146, 0.176, 0.216)}


@dataclass(frozen=True, slots=True)
class KpssResult:
    """Outcome over `n` bars, the long-run variance taken with `lags` lags and Bartlett's weights.

    Where `p_is_bound`, the statistic lies outside the published table, and p is at most 0.01, or at least 0.1.
    """

    stat: float
    p_value: float
    p_is_bound: bool
    lags: int
    n: int
    trend: KpssTrend
    critical_values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class IntegrationOrder:
    """What three tests at 5 %, each with a constant, say together about a leg of `n` bars.

    "I(0)": the unit root is rejected and stationarity is not. "I(1)": stationarity is rejected and the unit root is
    not, except in the changes. "I(2) or more": the unit root is not rejected in the changes either. "unclear":
    the tests contradict each other, or the sample is too short for either to reject.
    """

    order: Order
    level_adf: AdfResult
    level_kpss: KpssResult
    change_adf: AdfResult
    n: int


def kpss(values: ArrayLike, *, trend: KpssTrend = "c", lags: int | None = None) -> KpssResult:
    """Test whether `values` (n,), all finite, are stationary around a constant "c", or a straight line "ct".

    `lags` None: chosen from the data (Hobijn, Franses & Ooms 1998). p is interpolated in the published table.
    Raises `TooShort` (n < 30), `NotFinite`, `ConstantSeries`, `Exploding`, `WrongShape`, `InvalidOption`, or
    `NumericalTrouble` where nothing is left beside the line. Source: Kwiatkowski, Phillips, Schmidt & Shin (1992).
    """
    vector = as_vector("values", values)
    if trend not in TABLE:
        raise InvalidOption("trend", trend, f"use one of {', '.join(TABLE)}")
    n = len(vector)
    require_length(n, MIN_BARS)
    require_finite("values", vector)
    require_varying("values", vector)
    require_steady("values", vector)
    if lags is not None and not 0 <= lags < n:
        raise InvalidOption("lags", lags, f"give from 0 to {n - 1} for {n} bars")
    residuals = _residuals(vector, trend)
    used = _automatic_lags(residuals) if lags is None else lags
    variance = _long_run_variance(residuals, used)
    if not variance > 0.0:
        raise NumericalTrouble(f"no variance is left over {used} lags: use fewer")
    stat = float(np.sum(np.cumsum(residuals) ** 2)) / n**2 / variance
    table = TABLE[trend]
    return KpssResult(
        stat=stat,
        p_value=float(np.interp(stat, table, TABLE_P)),
        p_is_bound=not table[0] <= stat <= table[-1],
        lags=used,
        n=n,
        trend=trend,
        critical_values={f"{100 * p:g}%": value for p, value in zip(TABLE_P, table, strict=True)},
    )


def integration_order(values: ArrayLike, *, max_lags: int | None = None) -> IntegrationOrder:
    """The order of integration of `values` (n,), all finite; `max_lags` as in `adf`, for both of its uses.

    Errors as `adf` and `kpss`, with n >= 31, and `ConstantSeries` on a straight line too.
    """
    vector = as_vector("values", values)
    require_length(len(vector), MIN_BARS + 1)
    require_finite("values", vector)
    require_varying("values", vector)
    require_steady("values", vector)
    scaled = vector / np.max(np.abs(vector))
    changes = np.diff(scaled)
    if np.ptp(changes) <= ROUNDING_STEPS * EPSILON:
        raise ConstantSeries("the change of values")
    level_adf, level_kpss = adf(scaled, max_lags=max_lags), kpss(scaled)
    change_adf = adf(changes, max_lags=max_lags)
    order = _order(
        root_rejected=level_adf.p_value < LEVEL,
        stationarity_rejected=level_kpss.p_value < LEVEL,
        second_root_rejected=change_adf.p_value < LEVEL,
    )
    return IntegrationOrder(order, level_adf, level_kpss, change_adf, len(vector))


def _order(*, root_rejected: bool, stationarity_rejected: bool, second_root_rejected: bool) -> Order:
    if root_rejected:
        return "unclear" if stationarity_rejected else "I(0)"
    if not second_root_rejected:
        return "I(2) or more"
    return "I(1)" if stationarity_rejected else "unclear"


def _residuals(values: Vector, trend: KpssTrend) -> Vector:
    """Of the constant or the line, as shares of the largest value: squares neither overflow nor vanish."""
    scaled = values / np.max(np.abs(values))
    residuals: Vector = scaled - scaled.mean()
    if trend == "ct":
        time = np.linspace(-1.0, 1.0, len(values))
        residuals = residuals - time * (time @ residuals) / (time @ time)
    if np.max(np.abs(residuals)) <= ROUNDING_STEPS * EPSILON:
        raise NumericalTrouble("the values lie on a straight line")
    return residuals


def _long_run_variance(residuals: Vector, lags: int) -> float:
    n = len(residuals)
    total = float(residuals @ residuals)
    for lag in range(1, lags + 1):
        total += 2.0 * (1.0 - lag / (lags + 1.0)) * float(residuals[lag:] @ residuals[:-lag])
    return total / n


def _automatic_lags(residuals: Vector) -> int:
    n = len(residuals)
    near = range(1, int(math.pow(n, 2.0 / 9.0)) + 1)
    covariances = [2.0 * float(residuals[lag:] @ residuals[:-lag]) for lag in near]
    total = float(residuals @ residuals) + sum(covariances)
    if total == 0.0:
        return n - 1
    slope = sum(lag * covariance for lag, covariance in zip(near, covariances, strict=True)) / total
    return min(int(1.1447 * math.pow(slope * slope, 1.0 / 3.0) * math.pow(n, 1.0 / 3.0)), n - 1)
