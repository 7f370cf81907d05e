"""Moments of every trailing window, from blocks that are aligned to a common origin (van Herk).

Time is cut into blocks as long as the window, at bar numbers that are multiples of it. A window then
is the tail of one block and the head of the next, and its sums are one running sum from the border
back and one from the border on. Each depends on bars of the window alone, so the same window has the
same bits whoever computes it, from whatever first bar, and whatever follows later. Nothing drifts:
no sum is longer than the window, and each is centred on a value inside it, next to the border.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from analytics.series import Vector

Blocks = NDArray[np.float64]  # (series, blocks, window)
Number = TypeVar("Number", np.float64, np.int64)


@dataclass(frozen=True, slots=True)
class WindowMoments:
    """Moments of c series over the n windows that end at each bar.

    `count` (n,): bars at which every series is finite. `base` (c, n): a value inside the window;
    `offset` (c, n): mean less base. `products[i, j]` (n,) for i <= j: sum of the products of
    deviations from the means, divided by nothing. Windows with `count` 0 hold zeros. Windows that begin
    before the first bar hold what is there: it is for the caller to leave them out.
    """

    count: NDArray[np.int64]
    base: Blocks
    offset: Blocks
    products: dict[tuple[int, int], Vector]


@dataclass(frozen=True, slots=True)
class _Sums:
    """Running sums inside blocks, each block centred on its own `base` (c, blocks)."""

    base: Vector
    count: NDArray[np.int64]
    first: Blocks
    second: dict[tuple[int, int], Vector]


def window_moments(series: Sequence[Vector], *, window: int, origin: int) -> WindowMoments:
    """Moments of all trailing windows of `window` bars; element 0 of each series is bar number `origin`.

    A bar counts only where every series is finite. Needs series of equal length, O(length) time.
    """
    length = len(series[0])
    lead = origin % window
    blocks = -(-(lead + length) // window)
    flat = np.full((len(series), blocks * window), np.nan)
    flat[:, lead : lead + length] = series
    grid = flat.reshape(len(series), blocks, window)
    valid = np.isfinite(grid).all(axis=0)
    head = _running_sums(grid, valid)
    tail = _running_sums(grid[:, :, ::-1], valid[:, ::-1])
    here = slice(lead, lead + length)
    return _merge(_tails(tail, window, here), _heads(head, window, here))


def last_moments(series: Sequence[Vector], *, window: int, origin: int) -> WindowMoments:
    """The last of `window_moments` alone, to the same bits; arrays (1,). Needs at least `window` bars.

    Of series (k, n), k of a kind side by side, arrays (k,): each to the bits that it has alone.
    """
    bars = series[0].shape[-1]
    last = np.array([each[..., -window:] for each in series]).reshape(len(series), -1, window)
    head = (origin + bars - 1) % window + 1
    return _merge(_part(last[..., : window - head][..., ::-1]), _part(last[..., window - head :]))


def _part(values: Blocks) -> WindowMoments:
    """Of bars (c, k, m) from the border inside a window on, in either direction; arrays (k,)."""
    if not values.shape[-1]:
        nothing = np.zeros(values.shape[:2])
        return _moments(
            np.zeros(len(nothing[0]), np.int64), nothing, nothing, dict.fromkeys(_pairs(len(values)), nothing[0])
        )
    valid = np.isfinite(values).all(axis=0)
    count, first = np.count_nonzero(valid, axis=1), valid.argmax(axis=1)
    base = np.where(count > 0, values[:, np.arange(len(first)), first], 0.0)
    centred = values - base[..., np.newaxis]
    if not valid.all():
        centred = np.where(valid, centred, 0.0)
    second = {(i, j): (centred[i] * centred[j]).cumsum(axis=-1)[:, -1] for i, j in _pairs(len(values))}
    return _moments(count, base, centred.cumsum(axis=-1)[..., -1], second)


def _pairs(count: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(count) for j in range(i, count)]


def _running_sums(grid: Blocks, valid: NDArray[np.bool_]) -> _Sums:
    """Sums from the first column of each block on, centred on the first bar that counts."""
    first = valid.argmax(axis=1)
    base = np.where(valid.any(axis=1), grid[:, np.arange(len(valid)), first], 0.0)
    centred = np.where(valid, grid - base[:, :, np.newaxis], 0.0)
    return _Sums(
        base=base,
        count=np.cumsum(valid, axis=1),
        first=np.cumsum(centred, axis=2),
        second={(i, j): np.cumsum(centred[i] * centred[j], axis=1) for i, j in _pairs(len(grid))},
    )


def _heads(sums: _Sums, window: int, here: slice) -> WindowMoments:
    """The part of each window from the border inside it to its end."""
    base = np.repeat(sums.base, window, axis=1)[:, here]
    first = sums.first.reshape(len(base), -1)[:, here]
    second = {pair: total.ravel()[here] for pair, total in sums.second.items()}
    return _moments(sums.count.ravel()[here], base, first, second)


def _tails(sums: _Sums, window: int, here: slice) -> WindowMoments:
    """The part of each window from its start to the border; none where the window is a whole block.

    The window that ends at column j of block k starts at column j + 1 of block k - 1, which is the
    flat position `window - 1` before; the last column is the one whose window has no tail.
    """

    def aligned(total: NDArray[Number]) -> NDArray[Number]:
        moved = np.zeros_like(total)
        moved[1:, :-1] = total[:-1, ::-1][:, 1:]
        return moved.ravel()[here]

    before = np.zeros_like(sums.base)
    before[:, 1:] = sums.base[:, :-1]
    base = np.repeat(before, window, axis=1)[:, here]
    first = np.stack([aligned(total) for total in sums.first])
    second = {pair: aligned(total) for pair, total in sums.second.items()}
    return _moments(aligned(sums.count), base, first, second)


def _moments(
    count: NDArray[np.int64], base: Blocks, first: Blocks, second: dict[tuple[int, int], Vector]
) -> WindowMoments:
    offset = first / np.maximum(count, 1)
    products = {(i, j): total - first[i] * offset[j] for (i, j), total in second.items()}
    return WindowMoments(count, base, offset, products)


def _merge(tail: WindowMoments, head: WindowMoments) -> WindowMoments:
    """Moments of the union of two samples (Chan, Golub & LeVeque 1983)."""
    count = tail.count + head.count
    both = (tail.count > 0) & (head.count > 0)
    of_tail = tail.count / np.maximum(count, 1)
    # Where one side is empty its base is no bar of the window: it must not touch a bit of the result.
    apart = np.where(both, (tail.base - head.base) + (tail.offset - head.offset), 0.0)
    in_head = head.count > 0
    weight = of_tail * head.count
    return WindowMoments(
        count=count,
        base=np.where(in_head, head.base, tail.base),
        offset=np.where(in_head, head.offset + of_tail * apart, tail.offset),
        products={
            (i, j): tail.products[i, j] + head.products[i, j] + weight * (apart[i] * apart[j]) for i, j in head.products
        },
    )
