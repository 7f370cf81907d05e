"""Rows before any statistics: what the two bars themselves say, and everything else absent."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from engine.parameters import PriceField
from engine.rows import Note
from engine.snapshots.pair_bars import PairBars, leg_prices
from store.bars import UNKNOWN_MISSING
from store.grid import Bars

Rows = NDArray[np.void]

PLAIN = (
    "open_time_ms",
    "y",
    "x",
    "trades_y",
    "trades_x",
    "completeness_y",
    "completeness_x",
    "revision_y",
    "revision_x",
)
"""The columns that come from bars: rows whose plain columns differ from their bars were made of other bars."""


def plain_rows(pair: PairBars, field: PriceField, dtype: np.dtype[np.void]) -> Rows:
    """One row of `dtype` per slot: `PLAIN` columns filled, other floats NaN, signal flat, note WARMING_UP or GAP."""
    times = np.arange(pair.first, pair.end, dtype=np.int64) * pair.timeframe.ms
    return rows_of(times, pair.y, pair.x, field, dtype)


def rows_of(open_time_ms: NDArray[np.int64], y: Bars, x: Bars, field: PriceField, dtype: np.dtype[np.void]) -> Rows:
    """The same of slots of y and x that need not follow one another, nor be of one pair."""
    rows = np.empty(len(y), dtype)
    rows[:] = _blank_row(dtype)
    rows["open_time_ms"] = open_time_ms
    for leg, bars in (("y", y), ("x", x)):
        rows[leg] = leg_prices(bars, field)
        rows[f"trades_{leg}"] = bars["trades"]
        rows[f"completeness_{leg}"] = completeness(bars)
        rows[f"revision_{leg}"] = bars["revision"]
    absent = np.isnan(y["close"]) | np.isnan(x["close"])
    rows["note"] = np.where(absent, Note.GAP, Note.WARMING_UP)
    return rows


@cache
def _blank_row(dtype: np.dtype[np.void]) -> np.void:
    rows = np.zeros(1, dtype)
    for name in dtype.names or ():
        rows[name] = np.nan if dtype[name].base.kind == "f" else 0
    blank: np.void = rows[0]
    return blank


def first_difference(rows: Rows, bars: Rows) -> int | None:
    """The first place at which two arrays of rows, of equal length, have other plain columns; None if nowhere."""
    differs = np.zeros(len(rows), dtype=np.bool_)
    for name in PLAIN:
        a, b = rows[name], bars[name]
        other = a != b
        if other.any():  # unless both are NaN
            differs |= other & ~(np.isnan(a) & np.isnan(b))
    return int(differs.argmax()) if differs.any() else None


def completeness(bars: Bars) -> NDArray[np.float32]:
    """Share of each bar's trade ids that were seen: NaN where nobody can know, and where there is no bar."""
    trades, missing = bars["trades"].astype(np.float64), bars["missing"].astype(np.float64)
    missing[(bars["missing"] == UNKNOWN_MISSING) | np.isnan(bars["close"])] = np.nan
    return np.where(missing == 0.0, 1.0, trades / np.maximum(trades + missing, 1.0)).astype(np.float32)
