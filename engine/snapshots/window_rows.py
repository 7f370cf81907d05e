"""How complete the bars are that a row's hedge was fitted on: its window, in columns of the row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.snapshots.pair_bars import PairBars
from engine.snapshots.plain_rows import Rows
from store.bars import UNKNOWN_MISSING
from store.grid import Bars

WINDOW = ("window_completeness_y", "window_completeness_x", "window_absent", "window_unknown")


def fill_window(rows: Rows, pair: PairBars, window: int) -> None:
    """Fill the `WINDOW` columns of the rows, the last ones of `pair`: each is of its own bar and those before it.

    NaN until `window` bars are there: what lies before them is not known. Sums are of whole numbers, so that they
    have the same bits from whatever earlier bar `pair` begins. A share is of the bars whose ids are known, NaN where
    none are.
    """
    bars = pair.since(pair.end - len(rows) - window + 1)
    legs = (bars.y, bars.x)
    full = len(bars.y) - window + 1
    if full < 1:
        return
    last = rows[len(rows) - full :]
    if all(is_whole(leg) for leg in legs):  # as nearly always
        fill_whole(last)
        return
    trades, missing = (np.array([leg[name] for leg in legs], dtype=np.int64) for name in ("trades", "missing"))
    close = np.array([leg["close"] for leg in legs])
    there = ~np.isnan(close)
    known = there & (missing != UNKNOWN_MISSING)
    both = there[0] & there[1]
    doubtful = both & ~(known[0] & known[1])
    counts = _sums(np.vstack((trades * known, missing * known, known, ~both, doubtful)), window)
    seen, lost, counted = counts[0:2], counts[2:4], counts[4:6]
    shares = np.where(lost == 0, 1.0, seen / np.maximum(seen + lost, 1))
    shares[counted == 0] = np.nan
    for name, values in zip(WINDOW, (*shares, *counts[6:8]), strict=True):
        last[name] = values


def is_whole(bars: Bars) -> bool:
    """Whether every bar is there, and every trade of it."""
    return not (bars["missing"].any() or np.isnan(bars["close"]).any())


def fill_whole(rows: Rows) -> None:
    """What `fill_window` fills in where the windows of both legs are whole."""
    for name, whole in zip(WINDOW, (1.0, 1.0, 0.0, 0.0), strict=True):
        rows[name] = whole


def fill_last_window(rows: Rows, pair: PairBars, window: int) -> None:
    """The same of the window that ends with the last bar, in every row: they all have their hedge from it."""
    fill_window(rows[-1:], pair, window)
    for name in WINDOW:
        rows[name] = rows[name][-1]


def _sums(values: NDArray[np.int64], window: int) -> NDArray[np.int64]:
    """(k, n) → sums of each row of values over every window of so many, (k, n - window + 1)."""
    if values.shape[1] == window:  # one more bar, as nearly always
        only: NDArray[np.int64] = values.sum(axis=1, keepdims=True)
        return only
    total = np.cumsum(values, axis=1)
    ends: NDArray[np.int64] = total[:, window - 1 :].copy()
    ends[:, 1:] -= total[:, :-window]
    return ends
