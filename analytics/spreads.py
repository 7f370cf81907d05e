"""The spread: what a hedge leaves of y. What is no more than the rounding of its parts is zero.

>>> import numpy as np
>>> spread(np.array([5.0, 7.0]), np.array([2.0, 3.0]), alpha=1.0, beta=2.0).tolist()
[0.0, 0.0]
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from analytics.errors import LengthMismatch, WrongShape
from analytics.series import EPSILON, ROUNDING_STEPS, Vector, as_vector

ROUNDING = ROUNDING_STEPS * EPSILON


def spread(y: ArrayLike, x: ArrayLike, *, alpha: ArrayLike, beta: ArrayLike) -> Vector:
    """y - alpha - beta · x, of shape (n,), in units of y.

    For x (n,), alpha and beta are numbers or one per bar (n,). For x (n, k), beta is (k,), or (n, k).
    NaN wherever any part is NaN, or infinite as another is. Exactly zero within eight roundings of its parts: legs that
    are multiples of each other have no spread, and none to be scored. Raises `LengthMismatch` or `WrongShape`.
    """
    ys = as_vector("y", y)
    xs = np.asarray(x, dtype=np.float64)
    if xs.ndim not in (1, 2):
        raise WrongShape("x", xs.shape, "one value, or one column per leg, for each bar")
    if len(xs) != len(ys):
        raise LengthMismatch((len(ys), len(xs)))
    constant, slope = np.asarray(alpha, dtype=np.float64), np.asarray(beta, dtype=np.float64)
    if constant.shape not in ((), ys.shape):
        raise WrongShape("alpha", constant.shape, "one number, or one per bar")
    allowed = ((), ys.shape) if xs.ndim == 1 else (xs.shape[1:], xs.shape)
    if slope.shape not in allowed:
        raise WrongShape("beta", slope.shape, "one number per leg, or one per leg and bar")
    with np.errstate(over="ignore", invalid="ignore"):
        hedged = xs * slope
        rest = ys - constant - (hedged if xs.ndim == 1 else hedged.sum(axis=1))
        taken = np.abs(hedged * ROUNDING)
        rounding = np.abs(ys * ROUNDING) + np.abs(constant * ROUNDING) + (taken if xs.ndim == 1 else taken.sum(axis=1))
        return np.where(np.abs(rest) <= rounding, 0.0, rest)
