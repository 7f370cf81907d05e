"""What an upload has in the streams: seconds and minutes from which the board's bars are the file's own."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.uploads.fold import fold_ticks
from store.bars import PACKED_BAR
from store.grid import Bars
from store.timeframes import Timeframe

_MINUTE_S = 60
MAX_MINUTES = 1_000_000


class Placed(NamedTuple):
    """Bars of `PACKED_BAR`, ascending; no seconds where the file's bars are longer."""

    seconds: Bars
    minutes: Bars


def place_ticks(ticks: NDArray[np.void], *, most_seconds: int) -> Placed:
    """Minutes of all ticks, seconds of the last `most_seconds`."""
    since_ms = int(ticks["time_ms"][-1]) // 1000 * 1000 - (most_seconds - 1) * 1000
    first = int(np.searchsorted(ticks["time_ms"], since_ms))
    seconds = fold_ticks(ticks[first:], Timeframe.S1)
    return Placed(seconds, fold_ticks(ticks, Timeframe.M1))


def place_bars(bars: Bars, period_s: int) -> Placed:
    """A bar of more than a minute stands in its last minute, from which `store.derive` makes the same bar again.

    Before the first one stands a quiet minute at its beginning, as bars are derived only where all their time is
    there; it has no trade, so its price counts for nothing.
    """
    none = np.empty(0, PACKED_BAR)
    if period_s < _MINUTE_S:
        return Placed(bars if period_s == 1 else none, _merged(bars))
    if period_s == _MINUTE_S or not len(bars):
        return Placed(none, bars)
    minutes = bars.copy()
    minutes["open_time_s"] += period_s - _MINUTE_S
    begin = bars[:1].copy()
    for name in ("high", "low", "close"):
        begin[name] = begin["open"]
    begin["volume"] = begin["trades"] = 0
    return Placed(none, np.concatenate((begin, minutes)))


def _merged(bars: Bars) -> Bars:
    """Minutes of shorter bars; their prices are those of bars with trades, where a minute has any."""
    minutes = bars["open_time_s"].astype(np.int64) // _MINUTE_S
    traded = bars["trades"] > 0
    has_trades = np.isin(minutes, minutes[traded])
    used = traded | ~has_trades
    starts = np.concatenate(([0], np.flatnonzero(np.diff(minutes[used])) + 1))
    counted = bars[used]
    ends = np.append(starts[1:], len(counted)) - 1
    merged = counted[starts].copy()
    merged["open_time_s"] = minutes[used][starts] * _MINUTE_S
    merged["high"] = np.maximum.reduceat(np.ascontiguousarray(counted["high"]), starts)
    merged["low"] = np.minimum.reduceat(np.ascontiguousarray(counted["low"]), starts)
    merged["close"] = counted["close"][ends]
    places = np.searchsorted(minutes[used][starts], minutes)
    merged["volume"] = np.bincount(places, bars["volume"])
    merged["trades"] = np.bincount(places, bars["trades"]).astype(np.uint32)
    return merged
