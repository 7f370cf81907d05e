"""Bars on a regular time grid, newest kept: an array that slides without moving what it holds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from store.bars import NO_TRADE_ID, PACKED_BAR, UNKNOWN_MISSING, Source
from store.timeframes import Timeframe

Bars = NDArray[np.void]

_BYTES = PACKED_BAR.itemsize
_SLACK_SHARE, _MIN_SLACK = 16, 64


def absent_bars(first: int, count: int, timeframe: Timeframe) -> Bars:
    """`count` slots that hold no bar, from bar number `first` on: prices, volumes and quotes NaN."""
    slots = np.zeros(count, PACKED_BAR)
    slots["open_time_s"] = np.arange(first, first + count) * (timeframe.ms // 1000)
    for name in ("open", "high", "low", "close", "volume", "bid", "ask", "buy_volume"):
        slots[name] = np.nan
    slots["first_id"] = NO_TRADE_ID
    slots["source"] = Source.TRADES
    slots["missing"] = UNKNOWN_MISSING
    return slots


class BarGrid:
    """The last `capacity` slots of one timeframe, absent ones included.

    The array is a little longer than what it shows, so the view stays contiguous and a new bar
    costs one bar: only every so many bars is it copied, into a new array.
    """

    def __init__(self, timeframe: Timeframe, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"a grid of {capacity} bars holds nothing")
        self.timeframe = timeframe
        self.capacity = capacity
        self.clear()

    def clear(self) -> None:
        self._slots: Bars = np.empty(0, PACKED_BAR)
        self._base = 0  # bar number of _slots[0]
        self._first = 0  # bar numbers shown: first <= number < end
        self._end = 0

    @property
    def first(self) -> int:
        """Bar number of the oldest slot."""
        return self._first

    @property
    def end(self) -> int:
        """Bar number after the newest slot; equal to `first` when the grid is empty."""
        return self._end

    @property
    def bars(self) -> Bars:
        """The slots shown, oldest first, beginning with a bar: a read-only view that changes write through."""
        view = self._slots[self._first - self._base : self._end - self._base]
        view.flags.writeable = False
        return view

    def put(self, bars: Bars) -> int | None:
        """Write closed bars in the order given, the last of an open time winning.

        Returns the lowest bar number whose slot is new or holds other bytes than before, None when
        nothing changed. Bars older than the grid reaches are ignored.
        """
        if not len(bars):
            return None
        numbers = bars["open_time_s"].astype(np.int64) // (self.timeframe.ms // 1000)
        newest = max(int(numbers.max()), self._end - 1)
        kept = numbers > newest - self.capacity
        numbers, bars = numbers[kept], bars[kept]
        oldest = int(numbers.min()) if len(numbers) else newest
        before = self._first, self._end
        self._reach(oldest, newest)
        places = numbers - self._base
        old = self._slots[places]
        self._slots[places] = bars  # of repeated places numpy keeps the last
        self._begin_with_a_bar()
        changed = numbers[_differ(old, self._slots[places])]
        return self._lowest_change(changed, before)

    def _begin_with_a_bar(self) -> None:
        """Drop absent slots at the old end, so that what is shown does not depend on when one joined."""
        start = self._first - self._base
        if self._end > self._first and np.isnan(self._slots["close"][start]):
            closes: NDArray[np.float64] = self._slots["close"][start : self._end - self._base]
            self._first += int(np.isfinite(closes).argmax())

    def _lowest_change(self, changed: NDArray[np.int64], before: tuple[int, int]) -> int | None:
        first, end = before
        candidates = [int(changed.min())] if len(changed) else []
        if self._end > end or first == end:
            candidates.append(max(end, self._first) if first != end else self._first)
        if self._first < first and first != end:
            candidates.append(self._first)
        return min(candidates) if candidates else None

    def _reach(self, oldest: int, newest: int) -> None:
        """Make slots for `oldest` to `newest`, absent where new, and let the oldest fall out."""
        if self._first == self._end:
            self._base = self._first = self._end = oldest
        first = max(min(self._first, oldest), newest + 1 - self.capacity)
        end = max(self._end, newest + 1)
        if first < self._base or end > self._base + len(self._slots) or first > self._end:
            self._move(first)
        if end > self._end:
            self._slots[self._end - self._base : end - self._base] = absent_bars(
                self._end, end - self._end, self.timeframe
            )
        if first < self._first:
            self._slots[first - self._base : self._first - self._base] = absent_bars(
                first, self._first - first, self.timeframe
            )
        self._first, self._end = first, end

    def _move(self, first: int) -> None:
        """Copy what stays into a new array that begins at `first`."""
        slots = np.empty(self.capacity + max(self.capacity // _SLACK_SHARE, _MIN_SLACK), PACKED_BAR)
        start = max(self._first, first)
        if self._end > start:
            slots[start - first : self._end - first] = self._slots[start - self._base : self._end - self._base]
            self._first = start
        else:
            self._first = self._end = first
        self._slots, self._base = slots, first


def _differ(a: Bars, b: Bars) -> NDArray[np.bool_]:
    """Which bars differ in any byte (NaN equals itself here)."""
    left = np.ascontiguousarray(a).view(np.uint8).reshape(-1, _BYTES)
    right = np.ascontiguousarray(b).view(np.uint8).reshape(-1, _BYTES)
    different: NDArray[np.bool_] = (left != right).any(axis=1)
    return different
