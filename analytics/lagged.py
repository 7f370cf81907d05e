"""Squared changes of two series over several lags, summed over every trailing window.

As in `analytics.blocks`, the sums are made of blocks that are aligned to a common origin, so that the same window
has the same bits whoever computes it. A change counts where both its bars are there and lie within the window.

>>> import numpy as np
>>> steps = lagged_steps(np.array([0.0, 1.0, 3.0, 6.0]), np.zeros(4), lags=(1,), window=3, origin=0)
>>> steps.yy.tolist(), steps.xx.tolist()
([[2.5, 6.5]], [[0.0, 0.0]])
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from analytics.series import Vector

CACHED = 2_500  # changes of a leg that are summed at once: more of them would leave the processor's cache


@dataclass(frozen=True, slots=True)
class LaggedSteps:
    """Mean products of changes over each lag, arrays (lags, windows), or (lags, k); NaN where no change counts.

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

    The first of the n - `window` + 1 windows ends at element `window` - 1. O(n) for each lag. With k series side by
    side, (k, n), n must be the `window`: each has the bits that it has alone.
    """
    length = window - max(lags)
    at_once = max(CACHED // y.size, 1)
    parts = []
    for some in (lags[i : i + at_once] for i in range(0, len(lags), at_once)):
        if y.shape[-1] == window:
            means = _means(_changes(y, x, some, length), partial(_last_sum, origin=origin + window), length)
        else:
            sums = partial(_trailing_sums, window=length, origin=origin)
            means = _means(_changes(y, x, some, len(y)), sums, length)[..., window - 1 :]
        parts.append(means.reshape(3, len(some), -1))
    yy, xy, xx = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
    return LaggedSteps(yy, xy, xx)


def _changes(y: Vector, x: Vector, lags: Sequence[int], bars: int) -> NDArray[np.float64]:
    """(2, lags, …, bars): changes of y and x over each lag that end in the last bars; zero where none can begin."""
    changes = np.zeros((2, len(lags), *y.shape[:-1], bars))
    n = y.shape[-1]
    for place, lag in enumerate(lags):
        first = max(n - bars, lag)
        for leg, values in enumerate((y, x)):
            before = values[..., first - lag : n - lag]
            np.subtract(values[..., first:], before, out=changes[leg, place, ..., bars - (n - first) :])
    return changes


def _means(
    changes: NDArray[np.float64], sums: Callable[[NDArray[np.float64]], NDArray[np.float64]], length: int
) -> NDArray[np.float64]:
    """(3, lags, …): means of the squares and the product of the changes in `length` bars, which `sums` adds."""
    there = np.isfinite(changes)
    count: NDArray[np.float64] | int = length  # of windows without gaps, which need no counting
    if not there.all():
        both = there[0] & there[1]
        changes = np.where(both, changes, 0.0)
        counts = sums(both.astype(np.float64))
        count = np.where(counts > 0.0, counts, np.nan)
    dy, dx = changes
    products = np.empty((3, *dy.shape))
    np.multiply(dy, dy, out=products[0])
    np.multiply(dx, dy, out=products[1])
    np.multiply(dx, dx, out=products[2])
    return sums(products) / count


def _last_sum(values: NDArray[np.float64], *, origin: int) -> NDArray[np.float64]:
    """The last of `_trailing_sums` over a window that is all of the last axis, which ends before bar `origin`."""
    window = values.shape[-1]
    head = (origin - 1) % window + 1
    total: NDArray[np.float64] = values[..., window - head :].cumsum(axis=-1)[..., -1]
    if head == window:
        return total
    tail: NDArray[np.float64] = values[..., : window - head][..., ::-1].cumsum(axis=-1)[..., -1]
    return total + tail


def _trailing_sums(values: NDArray[np.float64], *, window: int, origin: int) -> NDArray[np.float64]:
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
