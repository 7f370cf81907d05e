"""Newey–West errors of least squares: right in large samples, whatever the residuals' memory and variance.

    cov(beta) = sum over lags l of (1 - |l| / (lags + 1)) · sum over t of w_t e_t e_(t-l) w_(t-l)',   w = (X'X)^-1 x_t

They take every lag up to a bound as it is found, so they lack what lies beyond it: at some tens of independent
bars they are too small. `analytics.serial_errors` says why the interval of a hedge ratio is made otherwise.
Newey & West 1987, 1994.

>>> import numpy as np
>>> x = np.arange(6.0)
>>> fit = newey_west(2.0 * x + np.array([0.0, 1.0, 0.0, -1.0, 0.0, 1.0]), x, lags=1, adjust=False)
>>> round(fit.beta_stderr, 6), fit.lags
(0.127702, 1)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analytics.errors import InvalidOption
from analytics.ols import ols_hedge


@dataclass(frozen=True, slots=True)
class NeweyWest:
    """`beta_stderr` is a number for one leg and of shape (k,) for k legs, in units of beta; `lags` is what was used."""

    beta_stderr: Any
    lags: int
    n: int


def newey_west(y: ArrayLike, x: ArrayLike, *, lags: int | None = None, adjust: bool = True) -> NeweyWest:
    """Errors of the beta of `ols_hedge`, y (n,) on x (n,) or (n, k), with Bartlett's weights up to `lags`.

    By default 4 · (n / 100)^(2/9) lags, rounded down. `adjust` multiplies the covariance by n / (n - k - 1), as Stata
    does and statsmodels does when asked. Raises what `ols_hedge` raises, and `InvalidOption` unless 0 <= lags < n.
    """
    fit = ols_hedge(y, x)
    ys, xs = np.asarray(y, dtype=np.float64), np.asarray(x, dtype=np.float64).reshape(fit.n, -1)
    n, k = xs.shape
    if lags is None:
        lags = int(4.0 * (n / 100.0) ** (2.0 / 9.0))
    if not 0 <= lags < n:
        raise InvalidOption("lags", lags, f"give from 0 to {n - 1} bars")
    dx = xs - xs.mean(axis=0)
    residual = ys - ys.mean() - dx @ np.atleast_1d(fit.beta)
    scale = np.sqrt(np.einsum("ij,ij->j", dx, dx))
    q, r = np.linalg.qr(dx / scale)
    pulls = (q @ np.linalg.inv(r).T / scale) * residual[:, np.newaxis]  # what each bar adds to beta
    variance = _long_run(pulls, lags) * (n / (n - k - 1) if adjust else 1.0)
    stderr = np.sqrt(np.maximum(variance, 0.0))
    return NeweyWest(float(stderr[0]) if np.ndim(x) == 1 else stderr, lags, n)


def _long_run(pulls: NDArray[np.float64], lags: int) -> NDArray[np.float64]:
    """The variance (k,) of the sum of each column, weights falling to zero beyond `lags`."""
    total: NDArray[np.float64] = np.sum(pulls * pulls, axis=0)
    for lag in range(1, lags + 1):
        total = total + 2.0 * (1.0 - lag / (lags + 1)) * np.sum(pulls[lag:] * pulls[:-lag], axis=0)
    return total
