"""The augmented Dickey–Fuller test of a unit root.

    dv_t = trend + rho · v_(t-1) + c_1 · dv_(t-1) + … + c_p · dv_(t-p) + e_t

Null hypothesis: rho = 0, the series wanders. A low p speaks for a series that returns to its mean. On the
residuals of a regression p would be far too low: `analytics.cointegration` is for those.

>>> import numpy as np
>>> noise = np.random.default_rng(1).standard_normal(500)
>>> adf(noise).p_value < 0.001, adf(np.cumsum(noise)).p_value > 0.1
(True, True)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analytics.errors import InvalidOption, NumericalTrouble
from analytics.mackinnon import Trend, mackinnon_critical, mackinnon_p
from analytics.series import (
    Vector,
    as_vector,
    require_finite,
    require_length,
    require_steady,
    require_varying,
    to_unit,
)

# Below this p hardly depends on the data any more: it reads about 0.985 whatever they are.
MIN_BARS = 30
TRENDS = ("n", "c", "ct", "ctt")
# The share of a column that must remain once the others are projected out.
INDEPENDENT_SHARE = 1e-10


@dataclass(frozen=True, slots=True)
class AdfResult:
    """Outcome of the test: `n` observations entered the final regression, with `lags` lagged changes."""

    stat: float
    p_value: float
    lags: int
    n: int
    trend: Trend
    critical_values: Mapping[str, float]


def adf(values: ArrayLike, *, max_lags: int | None = None, trend: Trend = "c", lags: int | None = None) -> AdfResult:
    """Test `values` (n,), all finite, for a unit root; trend "n" none, "c" constant, "ct", "ctt" with t, t².

    The number of lags, up to `max_lags` (default: Schwert's 12 · (n / 100)^¼), is the one of least AIC, with all
    orders compared over the same observations (Ng & Perron 2001); `lags` sets it instead. p by MacKinnon (1994,
    2010). Raises `TooShort` (n < 30), `NotFinite`, `ConstantSeries`, `Exploding`, `WrongShape`, `InvalidOption`, or
    `NumericalTrouble` where the series is an exact recursion of its own past.
    """
    vector = as_vector("values", values)
    require_length(len(vector), MIN_BARS)
    require_finite("values", vector)
    require_varying("values", vector)
    require_steady("values", vector)
    if trend not in TRENDS:
        raise InvalidOption("trend", trend, f"use one of {', '.join(TRENDS)}")
    stat, used, n = dickey_fuller(vector, trend=trend, max_lags=max_lags, lags=lags)
    return AdfResult(
        stat=stat,
        p_value=mackinnon_p(stat, trend=trend, series=1),
        lags=used,
        n=n,
        trend=trend,
        critical_values=mackinnon_critical(trend=trend, series=1, n=n),
    )


def dickey_fuller(
    values: Vector, *, trend: Trend, max_lags: int | None, lags: int | None = None
) -> tuple[float, int, int]:
    """The t statistic of rho, the lags chosen or given, and the observations of the final regression."""
    values = to_unit(values)
    lags = _chosen_lags(values, trend, max_lags) if lags is None else _given_lags(len(values), trend, max_lags, lags)
    factor = _triangle(values, trend, lags, level_last=True)
    *_, level, target = range(len(factor))
    n = len(values) - 1 - lags
    ssr = float(factor[target, target]) ** 2
    if ssr <= (INDEPENDENT_SHARE * np.linalg.norm(factor[:, target])) ** 2:
        raise NumericalTrouble("the series is an exact recursion of its own past")
    sd = math.sqrt(ssr / (n - target))
    return float(math.copysign(1.0, factor[level, level]) * factor[level, target]) / sd, lags, n


def _chosen_lags(values: Vector, trend: Trend, max_lags: int | None) -> int:
    most = _most_lags(len(values), trend, max_lags)
    return _least_aic(values, trend, most) if most else 0


def _given_lags(length: int, trend: Trend, max_lags: int | None, lags: int) -> int:
    possible = _possible_lags(length, trend)
    if max_lags is not None:
        raise InvalidOption("lags", lags, "give either lags or max_lags")
    if not 0 <= lags <= possible:
        raise InvalidOption("lags", lags, f"give from 0 to {possible} for {length} bars")
    return lags


def _possible_lags(length: int, trend: Trend) -> int:
    return length // 2 - (0 if trend == "n" else len(trend)) - 1


def _most_lags(length: int, trend: Trend, max_lags: int | None) -> int:
    possible = _possible_lags(length, trend)
    if max_lags is None:
        return min(math.ceil(12.0 * math.pow(length / 100.0, 0.25)), possible)
    if not 0 <= max_lags <= possible:
        raise InvalidOption("max_lags", max_lags, f"give from 0 to {possible} for {length} bars")
    return max_lags


def _least_aic(values: Vector, trend: Trend, most: int) -> int:
    """The order of least AIC. Orders are nested, so one factor holds the residual sum of each."""
    factor = _triangle(values, trend, most, level_last=False)
    n = len(values) - 1 - most
    explained_last = factor[:, -1] ** 2
    rest = np.cumsum(explained_last[::-1])[::-1]
    fixed = len(factor) - 1 - most
    ssr: Vector = rest[fixed:]
    if not ssr[-1] > 0.0:
        raise NumericalTrouble("the series is an exact recursion of its own past")
    aic: Vector = n * np.log(ssr) + 2.0 * np.arange(most + 1)
    return int(np.argmin(aic))


def _triangle(values: Vector, trend: Trend, lags: int, *, level_last: bool) -> NDArray[np.float64]:
    """R of the QR factors of [regressors, change]; the lagged level comes before the lags or after them."""
    change = np.diff(values)
    n = len(change) - lags
    level = values[lags:-1, np.newaxis]
    past = np.column_stack([change[lags - i : lags - i + n] for i in range(1, lags + 1)]) if lags else level[:, :0]
    # With a constant among the regressors the level's origin is free: near zero its digits are not lost.
    level = level if trend == "n" else level - level.mean()
    time = np.linspace(-1.0, 1.0, n)
    fixed = np.vander(time, 0 if trend == "n" else len(trend), increasing=True)
    design = np.hstack([fixed, past, level] if level_last else [fixed, level, past])
    size = np.sqrt(np.einsum("ij,ij->j", design, design))
    if not size.all():
        raise NumericalTrouble("too few changes of value: leave out bars without trades")
    whole = np.column_stack([design / size, change[lags:]])
    factor: NDArray[np.float64] = np.asarray(np.linalg.qr(whole, mode="r"))
    if np.min(np.abs(np.diag(factor)[:-1])) < INDEPENDENT_SHARE:
        raise NumericalTrouble("the series is an exact recursion of its own past")
    return factor
