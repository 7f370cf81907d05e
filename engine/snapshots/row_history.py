"""The last rows of a pair in one array that only grows, so that what was handed out never changes."""

from __future__ import annotations

import numpy as np

from engine.snapshots.plain_rows import Rows

_SLACK_SHARE = 16  # one part in sixteen more than is kept: the rows are moved once in so many bars
_MIN_SLACK = 64


class RowHistory:
    """Rows on a regular grid by bar number; the last `kept` of them are shown. Not for several threads at once."""

    def __init__(self, dtype: np.dtype[np.void], bar_ms: int, *, kept: int) -> None:
        self._bar_ms = bar_ms
        self._kept = kept
        self._dtype = dtype
        self.clear()

    def clear(self) -> None:
        self._slots: Rows = np.empty(0, self._dtype)
        self._base = 0  # bar number of _slots[0]
        self._first = 0  # bar numbers held: first <= number < end
        self._end = 0
        self._handed_out = 0  # slots below this place must not be written again

    @property
    def first(self) -> int:
        return self._first

    @property
    def end(self) -> int:
        """Bar number after the last row; equal to `first` when empty."""
        return self._end

    def __len__(self) -> int:
        return self._end - self._first

    @property
    def rows(self) -> Rows:
        """A read-only view of the rows, oldest first, that later changes leave as it is."""
        return self.between(self._first, self._end)

    def between(self, first: int, end: int) -> Rows:
        """Rows of bar numbers in [first, end), those that are held."""
        first, end = max(first, self._first), min(end, self._end)
        view = self._slots[first - self._base : max(end, first) - self._base]
        view.flags.writeable = False
        return view

    def put(self, rows: Rows) -> None:
        """Rows in a row of bars: they replace what is held of their bars, and all that follow are dropped.

        Rows that do not join what is held replace it all. More than is kept is not looked at.
        """
        if not len(rows):
            return
        rows = rows[-self._kept :]
        number = int(rows["open_time_ms"][0]) // self._bar_ms
        self.cut(number)
        if number != self._end:
            self.clear()
            self._base = self._first = self._end = number
        place = self._end - self._base
        if place < self._handed_out or place + len(rows) > len(self._slots):
            self._move(len(rows))
            place = self._end - self._base
        self._slots[place : place + len(rows)] = rows
        self._end += len(rows)
        self._handed_out = place + len(rows)
        self._first = max(self._first, self._end - self._kept)

    def cut(self, number: int) -> None:
        """Drop the rows from a bar number on."""
        if number <= self._first:
            self.clear()
        elif number < self._end:
            self._end = number

    def drop_before(self, number: int) -> None:
        """Drop the rows before a bar number."""
        if number >= self._end:
            self.clear()
        elif number > self._first:
            self._first = number

    def _move(self, more: int) -> None:
        """Into a new array, with room for the rows to come and some for later ones."""
        stay = self.rows[-self._kept :]
        slack = max(self._kept // _SLACK_SHARE, _MIN_SLACK)
        slots = np.empty(len(stay) + more + slack, self._dtype)
        slots[: len(stay)] = stay
        self._slots, self._base, self._handed_out = slots, self._end - len(stay), len(stay)
