"""The Sharpe ratio of daily results, how sure it is, and what a search for the best would have found in noise.

Markets that never close have 365 days a year: the ratio of daily (UTC) results times sqrt(365). From minutes it
would be multiplied by 725, and every error with it.

>>> import numpy as np
>>> found = sharpe(np.random.default_rng(1).normal(0.001, 0.01, 730))
>>> found.low < found.annual < found.high, found.n
(True, 730)
>>> best_of_noise = expected_max(100, spread=0.5**0.5 / 250**0.5)
>>> round(best_of_noise, 4)
0.1132
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from analytics.errors import InvalidOption, NumericalTrouble
from analytics.series import (
    MOST_SIZE,
    Vector,
    as_vector,
    require_finite,
    require_length,
    require_steady,
    require_varying,
    to_unit,
)

ErrorKind = Literal["iid", "hac"]
KINDS = ("iid", "hac")
DAYS_A_YEAR = 365
MIN_DAYS = 30
LEVEL = 0.95
NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class SharpeRatio:
    """`annual` = mean / deviation of the `n` days · sqrt(365), with its standard error and 95 % interval.

    `daily` is before the root. `annual_serial` is what Lo (2002) makes of the year when days depend on each other:
    daily · q / sqrt(q + 2 · sum (q - k) · rho_k), q = 365, over the autocorrelations rho up to `lags`; it equals
    `annual` where `lags` is 0, and is None where they would leave a year without variance. `skew` and `kurtosis`
    (3 is normal) are those of the days.
    """

    annual: float
    stderr: float
    low: float
    high: float
    annual_serial: float | None
    daily: float
    skew: float
    kurtosis: float
    lags: int
    n: int


def sharpe(daily_returns: ArrayLike, *, errors: ErrorKind = "hac", lags: int | None = None) -> SharpeRatio:
    """The ratio of `daily_returns` (n,), all finite: results of UTC days, as a share of capital or in money.

    Errors after Lo (2002): "iid" is sqrt((1 + daily² / 2) / n), for normal days that do not depend on each other;
    "hac" his general form by the delta method, with the weights of Newey & West (1987) up to `lags` (default:
    4 · (n / 100)^(2/9)), which minds fat tails and serial dependence. The deviation has the divisor n - 1. Raises
    `TooShort` (n < 30), `NotFinite`, `ConstantSeries`, `Exploding`, `WrongShape`, `InvalidOption`, `NumericalTrouble`.
    """
    if errors not in KINDS:
        raise InvalidOption("errors", errors, f"use one of {', '.join(KINDS)}")
    days = _checked(daily_returns)
    n = len(days)
    most = (math.floor(4.0 * math.pow(n / 100.0, 2.0 / 9.0)) if lags is None else lags) if errors == "hac" else 0
    if not 0 <= most < n // 2:
        raise InvalidOption("lags", lags, f"give from 0 to {n // 2 - 1} for {n} days")
    score = (days - days.mean()) / days.std()
    ratio = float(days.mean() / days.std(ddof=1))
    variance = 1.0 + 0.5 * ratio**2
    if errors == "hac":
        variance = _long_run_variance(score - 0.5 * ratio * (score**2 - 1.0), most)
    stderr = math.sqrt(variance / n * DAYS_A_YEAR)
    annual = ratio * math.sqrt(DAYS_A_YEAR)
    reach = NORMAL.inv_cdf(0.5 + LEVEL / 2.0) * stderr
    return SharpeRatio(
        annual=annual,
        stderr=stderr,
        low=annual - reach,
        high=annual + reach,
        annual_serial=_serial(ratio, score, most),
        daily=ratio,
        skew=float(np.mean(score**3)),
        kurtosis=float(np.mean(score**4)),
        lags=most,
        n=n,
    )


def expected_max(trials: int, *, spread: float) -> float:
    """The best Sharpe ratio to expect of `trials` independent strategies that have none (Bailey & López de Prado 2014).

    `spread` is the standard deviation of the ratios over the trials, daily or annual: the answer is in its unit.
    With a single trial it is 0. Raises `InvalidOption`.
    """
    if not 1 <= trials <= MOST_SIZE:
        raise InvalidOption("trials", trials, "give at least 1, and no more than a person could make")
    if not 0.0 <= spread <= MOST_SIZE:
        raise InvalidOption("spread", spread, "give 0 or more")
    if trials == 1:
        return 0.0
    gamma = float(np.euler_gamma)
    # From the lower tail, where a share as small as one in many trials is not lost in 1.
    return -spread * ((1.0 - gamma) * NORMAL.inv_cdf(1.0 / trials) + gamma * NORMAL.inv_cdf(1.0 / (trials * math.e)))


def deflated(found: SharpeRatio, *, trials: int, spread: float) -> float:
    """The probability that the true ratio is above what the best of `trials` would show without any skill.

    `spread` is the standard deviation, over the trials, of their annual ratios. The published form: days that do
    not depend on each other, with their skew and kurtosis. Raises `InvalidOption`, or `NumericalTrouble` where the
    ratio's variance is not positive.
    """
    bar = expected_max(trials, spread=spread) / math.sqrt(DAYS_A_YEAR)
    variance = 1.0 - found.skew * found.daily + 0.25 * (found.kurtosis - 1.0) * found.daily**2
    if not variance > 0.0:
        raise NumericalTrouble("too few different days for the variance of a Sharpe ratio")
    return NORMAL.cdf((found.daily - bar) * math.sqrt((found.n - 1) / variance))


def _checked(daily_returns: ArrayLike) -> Vector:
    days = as_vector("daily_returns", daily_returns)
    require_length(len(days), MIN_DAYS)
    require_finite("daily_returns", days)
    if float(np.max(np.abs(days))) > MOST_SIZE:
        raise NumericalTrouble(f"daily_returns go beyond {MOST_SIZE:.0e}")
    require_varying("daily_returns", days)
    require_steady("daily_returns", days)
    return to_unit(days)


def _long_run_variance(values: Vector, lags: int) -> float:
    """By Bartlett's weights, which keep it positive."""
    n = len(values)
    return sum(
        (1.0 if k == 0 else 2.0) * (1.0 - k / (lags + 1)) * float(values[k:] @ values[: n - k]) / n
        for k in range(lags + 1)
    )


def _serial(ratio: float, score: Vector, lags: int) -> float | None:
    n = len(score)
    q = DAYS_A_YEAR
    year = q + 2.0 * sum((q - k) * float(score[k:] @ score[: n - k]) / n for k in range(1, min(lags, q - 1) + 1))
    return ratio * q / math.sqrt(year) if year > 0.0 else None
