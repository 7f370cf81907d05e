"""Bars of a table, cleaned: in order, each time once, on the grid of the file's own timeframe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.uploads.errors import UploadRefused
from engine.uploads.numbers import MAX_PRICE, MAX_SIZE, decimals, whole_numbers
from engine.uploads.periods import period_words
from engine.uploads.problems import Cleaning
from store.bars import NO_TRADE_ID, PACKED_BAR, UNKNOWN_MISSING, Source
from store.grid import Bars

_PRICES = ("open", "high", "low", "close")
_MAX_TRADES = 0xFFFF_FFFF
_LONGEST_S = 3_600


class CleanBars(NamedTuple):
    """Bars (n,) of `PACKED_BAR` in order, the row of each, their length, and what was noticed."""

    bars: Bars
    rows: NDArray[np.int64]
    period_s: int
    notes: tuple[str, ...]


def read_bars(columns: Mapping[str, Sequence[str]], times_ms: NDArray[np.int64], cleaning: Cleaning) -> Bars:
    """Each row as a bar that opens at its time; rows that are none are taken out.

    Where the file has closes alone they are all four prices. `trades` is 1 where the file tells none: that is
    to say that the price is one somebody traded at.
    """
    bars = np.zeros(len(times_ms), PACKED_BAR)
    close = _price("close", columns, cleaning)
    for name in _PRICES:
        bars[name] = _price(name, columns, cleaning) if name in columns and name != "close" else close
    outside = (bars["high"] < np.maximum(bars["open"], close)) | (bars["low"] > np.minimum(bars["open"], close))
    has_all = all(name in columns for name in _PRICES)
    if has_all:
        cleaning.take_out(outside, "open or close lies beyond high or low", columns["close"])
    else:
        bars["high"] = np.maximum.reduce([bars["high"], bars["open"], close])
        bars["low"] = np.minimum.reduce([bars["low"], bars["open"], close])
    cleaning.take_out(times_ms % 1000 != 0, "time is no whole second", columns["time"])
    bars["open_time_s"] = np.clip(times_ms // 1000, 0, 0xFFFF_FFFF)
    bars["bid"] = bars["ask"] = bars["buy_volume"] = np.nan
    bars["first_id"] = NO_TRADE_ID
    bars["source"], bars["missing"] = Source.UPLOAD, UNKNOWN_MISSING
    bars["trades"] = 1
    _read_volumes(bars, columns, cleaning)
    return bars


def order_bars(bars: Bars, rows: NDArray[np.int64], cleaning: Cleaning) -> CleanBars:
    """One symbol's bars by time; of a repeated time the line that stands last. `rows` are their places."""
    notes: list[str] = []
    times = bars["open_time_s"].astype(np.int64)
    if len(bars) > 1 and times[0] > times[-1]:
        bars, rows, times = bars[::-1], rows[::-1], times[::-1]
        notes.append("newest line first: turned round")
    back = int((times < np.maximum.accumulate(times)).sum())
    if back:
        notes.append(f"{back:,} lines step back in time: put in order")
    order = np.lexsort((rows, times))
    bars, rows, times = bars[order], rows[order], times[order]
    repeated = np.append(times[1:] == times[:-1], False)
    if repeated.any():
        out = np.zeros(len(cleaning.kept), np.bool_)
        out[rows[repeated]] = True
        cleaning.take_out(out, "time that stands in a later line too: that one was taken")
        bars, rows, times = bars[~repeated], rows[~repeated], times[~repeated]
    period_s = _period_s(times, cleaning.lines[rows])
    off = times % period_s != 0
    if off.any():
        out = np.zeros(len(cleaning.kept), np.bool_)
        out[rows[off]] = True
        cleaning.take_out(out, f"time is off the grid of bars of {period_words(period_s)}")
        bars, rows = bars[~off], rows[~off]
    return CleanBars(_quiet(bars), rows, period_s, tuple(notes))


def _price(name: str, columns: Mapping[str, Sequence[str]], cleaning: Cleaning) -> NDArray[np.float64]:
    values = decimals(columns[name])
    cleaning.take_out(~((values > 0) & (values < MAX_PRICE)), f"{name} is not a number above 0", columns[name])
    return values


def _read_volumes(bars: Bars, columns: Mapping[str, Sequence[str]], cleaning: Cleaning) -> None:
    if "volume" in columns:
        volume = decimals(columns["volume"])
        cleaning.take_out(~((volume >= 0) & (volume < MAX_SIZE)), "volume is not a number from 0", columns["volume"])
        bars["volume"] = volume
    if "trades" in columns:
        trades, bad = whole_numbers(columns["trades"])
        cleaning.take_out(bad | (trades > _MAX_TRADES), "number of trades is no whole number", columns["trades"])
        bars["trades"] = np.clip(trades, 0, _MAX_TRADES)


def _quiet(bars: Bars) -> Bars:
    """A bar without volume that repeats the close before it had no trade; where no bar has volume nobody knows."""
    if not (bars["volume"] > 0).any():
        return bars
    before = np.append(np.nan, bars["close"][:-1])
    flat = (bars["high"] == bars["low"]) & (bars["close"] == before)
    bars["trades"][flat & (bars["volume"] == 0)] = 0
    return bars


def _period_s(times: NDArray[np.int64], lines: NDArray[np.int64]) -> int:
    """The usual step between bars; raises `UploadRefused` where it is no timeframe of the board's."""
    if len(times) < 2:
        line = int(lines[0]) if len(lines) else None
        raise UploadRefused("a single bar shows no timeframe: bring two or more", line)
    steps, counts = np.unique(np.diff(times), return_counts=True)
    step = int(steps[counts.argmax()])
    if step > _LONGEST_S:
        raise UploadRefused(f"its bars are {period_words(step)} long, and the board's longest are of 1 hour")
    if _LONGEST_S % step or (step > 60 and step % 60):
        raise UploadRefused(
            f"its bars lie {period_words(step)} apart, which does not divide an hour evenly; if they are single "
            "prices and no bars, name a size beside each price"
        )
    begins, counts = np.unique(times % step, return_counts=True)
    begin = int(begins[counts.argmax()])
    if begin:
        raise UploadRefused(
            f"its bars of {period_words(step)} begin {period_words(begin)} past the full one in UTC: times are to be "
            "those at which bars open, and the zone the right one"
        )
    return step
