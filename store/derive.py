"""Coarser bars from minutes: 5m, 15m and 1h."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from store.bars import MAX_MISSING, NO_TRADE_ID, PACKED_BAR, UNKNOWN_MISSING
from store.grid import Bars, absent_bars
from store.timeframes import Timeframe

_MAX_REVISION = 0xFFFF


def derive_bars(minutes: Bars, timeframe: Timeframe) -> Bars:
    """Bars of `timeframe` from `minutes`, a regular grid of 1m slots with absent ones among them.

    A bar is derived where its whole span lies within `minutes`; it is absent where none of its
    minutes is there. Its prices come from the minutes that had trades, or, where none had, from
    those that are there. `revision` is the sum of the minutes' revisions, so that a revised minute
    revises the bar; `missing` is their sum, unknown where one of them is, and so is
    `buy_volume`; `source` is the least
    original of them. Each bar depends on its own minutes alone, to the last bit.
    """
    ratio = timeframe.ms // Timeframe.M1.ms
    first_minute = int(minutes["open_time_s"][0]) // 60 if len(minutes) else 0
    first = -(-first_minute // ratio)
    count = max(0, (first_minute + len(minutes)) // ratio - first)
    bars = absent_bars(first, count, timeframe)
    skip = first * ratio - first_minute
    parts = minutes[skip : skip + count * ratio].reshape(count, ratio)
    present: NDArray[np.bool_] = np.isfinite(parts["close"])
    there = present.any(axis=1)
    if there.any():
        bars[there] = _merge(parts[there], present[there], bars["open_time_s"][there])
    return bars


def _merge(parts: Bars, present: NDArray[np.bool_], open_time_s: NDArray[np.uint32]) -> Bars:
    """One bar of each row of minutes; every row has one that is present."""
    merged = np.zeros(len(parts), PACKED_BAR)
    merged["open_time_s"] = open_time_s
    traded = present & (parts["trades"] > 0)
    used = np.where(traded.any(axis=1, keepdims=True), traded, present)
    rows = np.arange(len(parts))
    opening, closing = used.argmax(axis=1), _last(used)
    merged["open"] = parts["open"][rows, opening]
    merged["high"] = np.where(used, parts["high"], -np.inf).max(axis=1)
    merged["low"] = np.where(used, parts["low"], np.inf).min(axis=1)
    merged["close"] = parts["close"][rows, closing]
    merged["trades"] = parts["trades"].sum(axis=1, dtype=np.int64)
    for column in np.where(present, parts["volume"], 0.0).T:  # one fixed order of additions, however many bars
        merged["volume"] += column
    bought = np.zeros(len(parts))
    for column in np.where(present, parts["buy_volume"].astype(np.float64), 0.0).T:
        bought += column
    merged["buy_volume"] = bought
    first_id = parts["first_id"][rows, opening]
    last_id = parts["first_id"][rows, closing] + parts["id_span"][rows, closing]
    known = (first_id != NO_TRADE_ID) & (last_id >= first_id)
    merged["first_id"] = np.where(known, first_id, NO_TRADE_ID)
    merged["id_span"] = np.where(known, last_id - first_id, 0)
    quoted = _last(present)
    merged["bid"], merged["ask"] = parts["bid"][rows, quoted], parts["ask"][rows, quoted]
    merged["source"] = np.where(present, parts["source"], 0).max(axis=1)
    missing = parts["missing"].astype(np.int64)
    unknown = (missing == UNKNOWN_MISSING).any(axis=1)
    merged["missing"] = np.where(unknown, UNKNOWN_MISSING, np.minimum(missing.sum(axis=1), MAX_MISSING))
    merged["revision"] = np.minimum(parts["revision"].sum(axis=1, dtype=np.int64), _MAX_REVISION)
    return merged


def _last(mask: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The place of the last true of each row."""
    place: NDArray[np.intp] = mask.shape[1] - 1 - mask[:, ::-1].argmax(axis=1)
    return place
