"""Squared changes of two series over several lags, summed over every trailing window.

As in `analytics.blocks`, the sums are made of blocks that are aligned to a common origin, so that the same window
has the same bits whoever computes it. A change counts where both its bars are there and lie within the window.

>>> import numpy as np
>>> steps = lagged_steps(np.array([0.0, 1.0, 3.0, 6.0]), np.zeros(4), lags=(1,), window=3, origin=0)
>>> steps.yy.tolist(), steps.xx.tolist()
([[2.5, 6.5]], [[0.0, 0.0]])
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.series import Vector

CACHED = 2_500  # changes of a leg that are summed at once: more of them would leave the processor's cache


@dataclass(frozen=True, slots=True)
class LaggedSteps:
    """Mean products of changes over each lag, arrays (lags, windows); NaN where no change counts.

    Over all lags the changes are those that end in the last `window` - (longest lag) bars of the window.
    """

    yy: NDArray[np.float64]
    xy: NDArray[np.float64]
    xx: NDArray[np.float64]

    def of_residual(self, beta: Vector) -> NDArray[np.float64]:
        """Mean squared changes of y - beta · x, beta (windows,)."""
        steps: NDArray[np.float64] = np.maximum(self.yy - beta * (2.0 * self.xy - beta * self.xx), 0.0)
        return steps


def lagged_steps(y: Vector, x: Vector, *, lags: Sequence[int], window: int, origin: int) -> LaggedSteps:
    """Of every whole window of y and x (n,), n >= `window` > every lag; element 0 is bar number `origin`.

    The first of the n - `window` + 1 windows ends at element `window` - 1. O(n) for each lag.
    """
    length = window - max(lags)
    at_once = max(CACHED // len(y), 1)
    parts = [_means(y, x, lags[i : i + at_once], length, origin) for i in range(0, len(lags), at_once)]
    yy, xy, xx = (parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1))[..., window - 1 :]
    return LaggedSteps(yy, xy, xx)


def _means(y: Vector, x: Vector, lags: Sequence[int], length: int, origin: int) -> NDArray[np.float64]:
    """(3, lags, n): means of the squares and the product of the changes that end in the last `length` bars."""
    changes = np.zeros((2, len(lags), len(y)))
    for place, lag in enumerate(lags):
        np.subtract(y[lag:], y[:-lag], out=changes[0, place, lag:])
        np.subtract(x[lag:], x[:-lag], out=changes[1, place, lag:])
    there = np.isfinite(changes)
    count: NDArray[np.float64] | int = length  # of windows without gaps, which need no counting
    if not there.all():
        both = there[0] & there[1]
        changes = np.where(both, changes, 0.0)
        counts = _trailing_sums(both.astype(np.float64), length, origin)
        count = np.where(counts > 0.0, counts, np.nan)
    dy, dx = changes
    products = np.empty((3, *dy.shape))
    np.multiply(dy, dy, out=products[0])
    np.multiply(dx, dy, out=products[1])
    np.multiply(dx, dx, out=products[2])
    return _trailing_sums(products, length, origin) / count


def _trailing_sums(values: NDArray[np.float64], window: int, origin: int) -> NDArray[np.float64]:
    """Sums over the last `window` elements of the last axis: the tail of one block and the head of the next."""
    *shape, n = values.shape
    lead = origin % window
    blocks = -(-(lead + n) // window)
    flat = np.zeros((*shape, blocks * window))
    flat[..., lead : lead + n] = values
    grid = flat.reshape(*shape, blocks, window)
    heads = np.cumsum(grid, axis=-1)
    tails = np.cumsum(grid[..., :-1, :0:-1], axis=-1)[..., ::-1]  # from each column but the first to the block's end
    heads[..., 1:, :-1] += tails
    sums: NDArray[np.float64] = heads.reshape(*shape, blocks * window)[..., lead : lead + n]
    return sums
