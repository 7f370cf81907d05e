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

from analytics.errors import Collinear, LengthMismatch, NumericalTrouble, WrongShape
from analytics.serial_errors import fit_interval
from analytics.series import (
    EPSILON,
    LEAST_SIZE,
    MOST_SIZE,
    Vector,
    as_vector,
    require_finite,
    require_length,
    require_varying,
)

Slope = TypeVar("Slope")

# What is left of a leg, the others projected out, must be this many times what their last digits can make of it:
# legs that differ by rounding are one line, NIST's polynomial of tenth degree (a million times) is not.
ROUNDINGS = 1_000.0


@dataclass(frozen=True, slots=True)
class OlsHedge(Generic[Slope]):
    """A fitted hedge; `beta` and `beta_stderr` are numbers for one leg and of shape (k,) for k legs.

    `residual_sd` is sqrt(SSR / (n - k - 1)), in units of y. `r_squared` is centred. The standard
    errors are the classical ones: they take residuals for uncorrelated, which spreads are not. `beta_low` and
    `beta_high` bound beta with 95 % confidence though the residuals remember, and `effective_n` says how many bars
    with independent residuals would tell as much of it: see `analytics.serial_errors`.
    """

    alpha: float
    beta: Slope
    r_squared: float
    beta_stderr: Slope
    n: int
    residual_sd: float
    beta_low: Slope
    beta_high: Slope
    effective_n: Slope


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
    `WrongShape`, `ConstantSeries` (a leg does not move), `Collinear` (legs of x are one line, up to the
    rounding of their prices) or `NumericalTrouble` (prices beyond 1e±100).
    """
    ys, xs = _checked(y, x)
    n, k = xs.shape
    (x_mean, dx), (y_mean, dy) = _centred(xs), _centred(ys)
    # Scaled by powers of two, which round nothing.
    scale: Vector = np.ldexp(1.0, np.frexp(_lengths(dx))[1])
    unit = dx / scale
    q, r = np.linalg.qr(unit)
    inverse = _independent_inverse(r, _lengths(xs) / scale)
    share = inverse @ (q.T @ dy)
    # One step of refinement wins back what was rounded away.
    beta = (share + inverse @ (q.T @ (dy - unit @ share))) / scale
    residual = dy - dx @ beta
    ssr, sst = float(residual @ residual), float(dy @ dy)
    variance = ssr / (n - k - 1)
    stderr = np.sqrt(variance * np.einsum("ij,ij->i", inverse, inverse)) / scale
    interval = fit_interval(residual, q @ inverse.T, stderr=stderr, variance=variance)
    columns = (beta, stderr, beta - interval.half_width, beta + interval.half_width, interval.effective_n)
    slopes = [float(column[0]) for column in columns] if np.ndim(x) == 1 else columns
    return OlsHedge(
        alpha=float(y_mean - x_mean @ beta),
        beta=slopes[0],
        r_squared=1.0 - ssr / sst,
        beta_stderr=slopes[1],
        n=n,
        residual_sd=float(np.sqrt(variance)),
        beta_low=slopes[2],
        beta_high=slopes[3],
        effective_n=slopes[4],
    )


def _centred(values: NDArray[np.float64]) -> tuple[Any, NDArray[np.float64]]:
    """The mean and what is left, taken twice: the sum of many prices is rounded at their level."""
    mean = values.mean(axis=0)
    rest = values - mean
    more = rest.mean(axis=0)
    return mean + more, rest - more


def _lengths(columns: NDArray[np.float64]) -> Vector:
    lengths: Vector = np.sqrt(np.einsum("ij,ij->j", columns, columns))
    return lengths


def _independent_inverse(r: NDArray[np.float64], levels: Vector) -> NDArray[np.float64]:
    """The inverse of R; `levels` are the lengths of the legs before centring, in the units of R.

    What is left of leg j, those before it projected out, is R_jj. The rounding in it is that of leg j and of each
    leg before it, times as much of that leg as was taken out: column j of the inverse, times R_jj.
    """
    left = np.abs(np.diag(r))
    if np.min(left) > EPSILON:
        inverse: NDArray[np.float64] = np.asarray(np.linalg.inv(r), dtype=np.float64)
        rounding = EPSILON * (levels @ (np.abs(inverse) * left))
        if np.all(left[1:] > ROUNDINGS * rounding[1:]):
            return inverse
    raise Collinear("the legs of x lie on one line")


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
        size = float(np.max(np.abs(column)))
        if not LEAST_SIZE < size < MOST_SIZE:
            raise NumericalTrouble(f"{name} reaches {size:.0e}, too far from 1 to be squared: scale the prices first")
    return ys, xs
