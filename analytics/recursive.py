"""Recursive residuals: how far each observation lies from what all earlier ones foretold (Brown, Durbin & Evans 1975).

    w_t = (y_t - z_t' b_(t-1)) / sqrt(1 + z_t' (Z_(t-1)' Z_(t-1))⁻¹ z_t),    b_(t-1) fitted on the bars before t

While the regression holds, and its errors are independent, they are independent with the variance of the errors.

>>> import numpy as np
>>> design = np.column_stack([np.ones(4), [0.0, 1.0, 2.0, 3.0]])
>>> recursion(design).residuals(np.array([[1.0], [2.0], [3.0], [5.0]])).round(4).ravel().tolist()
[0.0, 0.5477]
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.errors import Collinear
from analytics.series import Vector

Matrix = NDArray[np.float64]
# The share of a column that must remain once the others are projected out.
INDEPENDENT_SHARE = 1e-10


@dataclass(frozen=True, slots=True)
class Recursion:
    """What the design alone decides: `first` is the first bar that has a residual, and all arrays begin there.

    `basis` (n, k) spans the design; `leverage` (n - first, k) is (Z' Z)⁻¹ z_t of the bars before t;
    `widening` (n - first,) is the square root above.
    """

    first: int
    basis: Matrix
    leverage: Matrix
    widening: Vector

    def residuals(self, series: Matrix) -> Matrix:
        """The recursive residuals (n - first, draws) of each column of `series` (n, draws), all finite.

        They are the same whatever multiple of the design is added: give series with small levels.
        """
        rest = series[self.first :].copy()
        for column, weight in zip(self.basis.T, self.leverage.T, strict=True):
            so_far = np.cumsum(column[:, np.newaxis] * series, axis=0)[self.first - 1 : -1]
            rest -= weight[:, np.newaxis] * so_far
        rest /= self.widening[:, np.newaxis]
        return rest


def recursion(design: Matrix, *, least: int = 0) -> Recursion:
    """The recursion over `design` (n, k), all finite, from the first bar before which at least `least` bars stand.

    It begins later where the columns are not independent before. Raises `Collinear` where they never are.
    """
    first = _first(design, max(least, design.shape[1]))
    # In a basis that is orthonormal over the first bars, later sums only add to a unit matrix.
    triangle: Matrix = np.asarray(np.linalg.qr(design[:first], mode="r"))
    basis: Matrix = np.asarray(np.linalg.solve(triangle.T, design.T).T, dtype=np.float64)
    products = np.cumsum(basis[:, :, np.newaxis] * basis[:, np.newaxis, :], axis=0)[first - 1 : -1]
    leverage: Matrix = np.asarray(np.linalg.solve(products, basis[first:, :, np.newaxis])[:, :, 0], dtype=np.float64)
    widening: Vector = np.sqrt(1.0 + np.einsum("ij,ij->i", leverage, basis[first:]))
    return Recursion(first, basis, leverage, widening)


def _first(design: Matrix, least: int) -> int:
    """The least number of bars, `least` or more, over which the columns are independent."""
    if not _independent(design[:-1]):
        raise Collinear("the regressors lie on one line")
    low, high = least, len(design) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _independent(design[:middle]) else (middle + 1, high)
    return low


def _independent(design: Matrix) -> bool:
    if len(design) < design.shape[1]:
        return False
    size = np.sqrt(np.einsum("ij,ij->j", design, design))
    if not size.all():
        return False
    triangle = np.linalg.qr(design / size, mode="r")
    return bool(np.min(np.abs(np.diag(triangle))) > INDEPENDENT_SHARE)
