"""Ordinary least squares: y = alpha + beta · x + e, over one sample.

>>> import numpy as np
>>> x = np.array([1.0, 2.0, 3.0, 4.0])
>>> fit = ols_hedge(2.0 + 3.0 * x + np.array([0.1, -0.1, -0.1, 0.1]), x)
>>> round(fit.alpha, 6), round(fit.beta, 6), fit.n
(2.0, 3.0, 4)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analytics.errors import Collinear, LengthMismatch, WrongShape
from analytics.series import Vector, as_vector, require_finite, require_length, require_varying

Slope = TypeVar("Slope")

# The share of a centred column that must remain once the others are projected out: below it, beta is rounding.
INDEPENDENT_SHARE = 1e-10


@dataclass(frozen=True, slots=True)
class OlsHedge(Generic[Slope]):
    """A fitted hedge; `beta` and `beta_stderr` are numbers for one leg and of shape (k,) for k legs.

    `residual_sd` is sqrt(SSR / (n - k - 1)), in units of y. `r_squared` is centred. The standard
    errors are the classical ones: they take residuals for uncorrelated, which spreads are not.
    """

    alpha: float
    beta: Slope
    r_squared: float
    beta_stderr: Slope
    n: int
    residual_sd: float


@overload
def ols_hedge(y: ArrayLike, x: np.ndarray[tuple[int], np.dtype[np.float64]]) -> OlsHedge[float]: ...
@overload
def ols_hedge(y: ArrayLike, x: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> OlsHedge[Vector]: ...
@overload
def ols_hedge(y: ArrayLike, x: ArrayLike) -> OlsHedge[Any]: ...
def ols_hedge(y: ArrayLike, x: ArrayLike) -> OlsHedge[Any]:
    """Fit y of shape (n,) on x of shape (n,) or (n, k), with a constant, by QR of the centred columns.

    Centring first keeps full precision on log prices, whose level is far larger than their moves.
    Every value must be finite. Raises `TooShort` (n < k + 2), `NotFinite`, `LengthMismatch`,
    `WrongShape`, `ConstantSeries` (a leg does not move) or `Collinear` (legs of x are one line).
    """
    ys, xs = _checked(y, x)
    n, k = xs.shape
    x_mean, y_mean = xs.mean(axis=0), float(ys.mean())
    dx, dy = xs - x_mean, ys - y_mean
    scale = np.sqrt(np.einsum("ij,ij->j", dx, dx))
    q, r = np.linalg.qr(dx / scale)
    if np.min(np.abs(np.diag(r))) < INDEPENDENT_SHARE:
        raise Collinear("the legs of x lie on one line")
    inverse = np.linalg.inv(r)
    beta = inverse @ (q.T @ dy) / scale
    residual = dy - dx @ beta
    ssr, sst = float(residual @ residual), float(dy @ dy)
    variance = ssr / (n - k - 1)
    stderr = np.sqrt(variance * np.einsum("ij,ij->i", inverse, inverse)) / scale
    one_leg = np.ndim(x) == 1
    return OlsHedge(
        alpha=y_mean - float(x_mean @ beta),
        beta=float(beta[0]) if one_leg else beta,
        r_squared=1.0 - ssr / sst,
        beta_stderr=float(stderr[0]) if one_leg else stderr,
        n=n,
        residual_sd=float(np.sqrt(variance)),
    )


def _checked(y: ArrayLike, x: ArrayLike) -> tuple[Vector, NDArray[np.float64]]:
    ys = as_vector("y", y)
    xs = np.ascontiguousarray(x, dtype=np.float64)
    if np.ndim(x) == 1:
        xs = xs[:, np.newaxis]
    if xs.ndim != 2 or xs.shape[1] == 0:
        raise WrongShape("x", xs.shape, "one column per leg")
    if len(xs) != len(ys):
        raise LengthMismatch((len(ys), len(xs)))
    require_length(len(ys), xs.shape[1] + 2)
    names = ["leg x"] if np.ndim(x) == 1 else [f"leg {i + 1} of x" for i in range(xs.shape[1])]
    for name, column in (("leg y", ys), *zip(names, xs.T, strict=True)):
        require_finite(name, column)
        require_varying(name, column)
    return ys, xs
