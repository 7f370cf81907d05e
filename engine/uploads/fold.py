"""Trades as bars: what the ingestor would have made of them, one addition after the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from store.bars import MAX_MISSING, NO_TRADE_ID, PACKED_BAR, UNKNOWN_MISSING, Source
from store.grid import Bars
from store.ticks import Side
from store.timeframes import Timeframe

QUIET_MS = 3_600_000
"""A longer pause is no quiet market but a hole in the file: its bars are absent."""

_MAX_SPAN = 0xFFFF_FFFF


def fold_ticks(ticks: NDArray[np.void], timeframe: Timeframe) -> Bars:
    """Ticks (n,) of `store.ticks.TICK_DTYPE`, in order of time → bars (m,) of `PACKED_BAR`, ascending.

    Slots without a trade repeat the last close for up to an hour, and are absent beyond. `missing` counts ids
    absent before a trade, in the bar of that trade; unknown where there are no ids, and for slots without a trade in
    the midst of absent ids. `buy_volume` is NaN where a side is unknown.
    """
    if not len(ticks):
        return np.empty(0, PACKED_BAR)
    slots = ticks["time_ms"] // timeframe.ms
    starts = np.concatenate(([0], np.flatnonzero(np.diff(slots)) + 1))
    bars = _traded(ticks, slots, starts, timeframe)
    return _with_quiet(bars, ticks, starts, timeframe)


def _traded(ticks: NDArray[np.void], slots: NDArray[np.int64], starts: NDArray[np.int64], timeframe: Timeframe) -> Bars:
    ends = np.append(starts[1:], len(ticks)) - 1
    prices, ids = np.ascontiguousarray(ticks["price"]), ticks["trade_id"]
    places = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(ticks))))
    bars = np.zeros(len(starts), PACKED_BAR)
    bars["open_time_s"] = slots[starts] * (timeframe.ms // 1000)
    bars["open"], bars["close"] = prices[starts], prices[ends]
    bars["high"], bars["low"] = np.maximum.reduceat(prices, starts), np.minimum.reduceat(prices, starts)
    bars["volume"] = np.bincount(places, ticks["quantity"])  # adds one after the other, as a fold does
    bars["buy_volume"] = np.bincount(places, np.where(ticks["side"] == Side.BUY, ticks["quantity"], 0.0))
    bars["buy_volume"][np.bincount(places, ticks["side"] == Side.UNKNOWN) > 0] = np.nan
    bars["trades"] = ends - starts + 1
    bars["bid"] = bars["ask"] = np.nan
    bars["source"] = Source.UPLOAD
    if ids[0] == NO_TRADE_ID:
        bars["first_id"], bars["missing"] = NO_TRADE_ID, UNKNOWN_MISSING
        return bars
    bars["first_id"] = ids[starts]
    bars["id_span"] = np.minimum(ids[ends] - ids[starts], _MAX_SPAN)
    absent = np.diff(ids, prepend=ids[0] - 1) - 1
    bars["missing"] = np.minimum(np.add.reduceat(absent, starts), MAX_MISSING)
    return bars


def _with_quiet(bars: Bars, ticks: NDArray[np.void], starts: NDArray[np.int64], timeframe: Timeframe) -> Bars:
    """Slots between, without a trade, where the pause is no hole."""
    step = timeframe.ms // 1000
    opens = bars["open_time_s"].astype(np.int64)
    empty = np.diff(opens, append=opens[-1] + step) // step - 1
    empty[empty * timeframe.ms > QUIET_MS] = 0
    if not empty.any():
        return bars
    ids = ticks["trade_id"]
    follows = np.append(ids[starts[1:]] - ids[starts[1:] - 1] == 1, True)
    all_bars = np.repeat(bars, empty + 1)
    first = np.cumsum(empty + 1) - empty - 1
    after = np.arange(len(all_bars)) - np.repeat(first, empty + 1)
    quiet = after > 0
    all_bars["open_time_s"] += (after * step).astype(np.uint32)
    for name in ("open", "high", "low"):
        all_bars[name][quiet] = all_bars["close"][quiet]
    for name in ("volume", "buy_volume", "trades", "id_span"):
        all_bars[name][quiet] = 0
    all_bars["first_id"][quiet] = NO_TRADE_ID
    known = np.repeat(follows & (bars["missing"] != UNKNOWN_MISSING), empty + 1)
    all_bars["missing"][quiet] = np.where(known[quiet], 0, UNKNOWN_MISSING)
    return all_bars
