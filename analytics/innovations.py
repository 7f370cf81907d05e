"""Whether a Kalman filter fits what it filters: its standardised innovations then are white, of mean 0 and variance 1.

    Q = n · (n + 2) · sum over k of r_k² / pairs_k,    p = P(chi² with so many degrees of freedom as lags > Q)

r_k is the autocorrelation at k bars and pairs_k how many bars have another k bars before: n - k where none is
missing, so that Q is that of Ljung & Box 1978, and with missing bars that of Stoffer & Toloi 1992. What was fitted is
not taken off the degrees of freedom: the noises come from other bars.

>>> import numpy as np
>>> health = kalman_health(np.random.default_rng(4).standard_normal(500))
>>> health.healthy, health.reasons, round(health.variance, 2)
(True, (), 1.02)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from analytics.errors import ConstantSeries, InvalidOption
from analytics.gamma_tail import chi_squared_tail
from analytics.series import Vector, as_vector, is_constant, require_length, require_size

MIN_BARS = 20
LAGS = 10
LEVEL = 0.01  # looked at again and again, a test at 5 % would cry at every twentieth look
SURE_SD = 3.0  # of what chance does to a moment: looked at again and again, two would cry too often
# What is no harm to a z-score, however surely it is there: a tenth of a deviation aside, an eighth more or less of
# one, and a memory that foretells a hundredth of the variance. What is more is said where chance does not explain it.
MEAN_ALLOWED = 0.1
VARIANCE_ALLOWED = (0.8, 1.25)
MEMORY_ALLOWED = 0.1


@dataclass(frozen=True, slots=True)
class KalmanHealth:
    """Of `n` standardised innovations: moments (variance over n - 1), `autocorrelation` at one bar, `ljung_box` over
    `lags` bars with its `p_value`, and whether all this is as it should be; if not, the reasons in words.
    """

    mean: float
    variance: float
    autocorrelation: float
    ljung_box: float
    p_value: float
    lags: int
    n: int
    reasons: tuple[str, ...]

    @property
    def healthy(self) -> bool:
        return not self.reasons


def kalman_health(z: ArrayLike, *, lags: int = LAGS) -> KalmanHealth:
    """Of z (m,), one a bar; missing bars are NaN or infinite, and keep their place.

    Mean and variance are found wrong where they are farther from 0 and 1 than does no harm, and than chance explains,
    by three deviations of it (the variance's by the innovations' fourth moment); memory where `p_value` is below 1 %
    and some autocorrelation beyond 0.1. Raises `TooShort` (fewer than 20 innovations,
    or than twice the lags), `ConstantSeries`, `WrongShape`, `InvalidOption`, and `NumericalTrouble` (beyond 1e±100).
    """
    values = as_vector("z", z)
    if not isinstance(lags, int | np.integer) or lags < 1:
        raise InvalidOption("lags", lags, "give at least 1 bar")
    seen = np.isfinite(values)
    n = int(seen.sum())
    require_length(n, max(MIN_BARS, 2 * lags))
    if is_constant(values[seen]):
        raise ConstantSeries("z")
    require_size("z", values)
    mean = float(values[seen].mean())
    apart = np.where(seen, values, mean) - mean
    squares = float(apart @ apart)
    products = np.array([apart[k:] @ apart[:-k] for k in range(1, lags + 1)]) / squares
    pairs = np.array([np.count_nonzero(seen[k:] & seen[:-k]) for k in range(1, lags + 1)])
    ljung_box = n * (n + 2.0) * float(np.sum(products**2 / np.maximum(pairs, 1)))
    p_value = chi_squared_tail(ljung_box, int(lags))
    variance = squares / (n - 1)
    return KalmanHealth(
        mean=mean,
        variance=variance,
        autocorrelation=float(products[0]),
        ljung_box=ljung_box,
        p_value=p_value,
        lags=int(lags),
        n=n,
        reasons=_reasons(_Moments(mean, variance, _share_unsure(apart, n)), products, p_value, n),
    )


class _Moments(NamedTuple):
    """`unsure`: three deviations of what chance does to a variance of 1."""

    mean: float
    variance: float
    unsure: float


def _share_unsure(apart: Vector, n: int) -> float:
    """By the kurtosis k: the error of a variance is sqrt((k - 1) / n) of it; at least sqrt(2 / n), as for normals."""
    size = apart / np.max(np.abs(apart))
    squares = size * size
    kurtosis = n * float(squares @ squares) / float(squares.sum()) ** 2
    return SURE_SD * math.sqrt(max(kurtosis - 1.0, 2.0) / n)


def _reasons(moments: _Moments, products: Vector, p_value: float, n: int) -> tuple[str, ...]:
    reasons = []
    mean, variance, unsure = moments
    if abs(mean) > max(MEAN_ALLOWED, SURE_SD * math.sqrt(variance / n)):
        reasons.append(f"the innovations have mean {_plain(mean, '+')}, not 0: the line is off to one side")
    if variance > VARIANCE_ALLOWED[1] and variance > 1.0 + unsure:
        bars = "the bars are wilder than the noises say"
        reasons.append(f"the innovations have variance {_plain(variance)}, not 1: {bars}")
    elif variance < VARIANCE_ALLOWED[0] and variance < 1.0 - unsure:
        bars = "the bars are calmer than the noises say"
        reasons.append(f"the innovations have variance {_plain(variance)}, not 1: {bars}")
    if p_value < LEVEL and np.max(np.abs(products)) > MEMORY_ALLOWED:
        lag = int(np.argmax(np.abs(products))) + 1
        bars = "1 bar" if lag == 1 else f"{lag} bars"
        reasons.append(
            f"the innovations remember (autocorrelation {products[lag - 1]:+.2f} at {bars}): "
            "what comes next could have been foretold"
        )
    return tuple(reasons)


def _plain(value: float, sign: str = "") -> str:
    """Two places, and no hundred digits of what has lost all measure."""
    return f"{value:{sign}.2f}" if abs(value) < 1e6 else f"{value:{sign}.0e}"
