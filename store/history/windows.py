"""Bars of any timeframe from 1 m on, out of minutes read window by window: memory is bounded, whatever is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from store.bars import PACKED_BAR
from store.derive import derive_bars
from store.grid import Bars, absent_bars
from store.history.minutes import Span
from store.timeframes import Timeframe

MINUTE_MS = Timeframe.M1.ms
_ALIGNED_MS = Timeframe.H1.ms  # every timeframe divides it
_SMALLEST_MS, _LARGEST_MS = _ALIGNED_MS, 336 * _ALIGNED_MS  # 20,160 minutes at most: 2 MB

ReadMinutes = Callable[[int, int], Bars]
"""Minutes that open in [start, end), ascending, each once."""


class Wanted(NamedTuple):
    """Bars that open in [start, end), None for no limit at that side: the first `limit` from a start, else the last."""

    start_ms: int | None
    end_ms: int | None
    limit: int


def bars_of_minutes(read: ReadMinutes, span: Span | None, timeframe: Timeframe, wanted: Wanted) -> Bars:
    """Bars of `timeframe` (1 m or coarser), ascending, absent ones left out.

    `span` is all that `read` could give. A coarser bar is there when all its time lies within it, as
    in `store.derive`.
    """
    if span is None or wanted.limit < 1:
        return np.empty(0, PACKED_BAR)
    first_ms, end_ms = span.first_ms, span.last_ms + MINUTE_MS
    whole_ms = -(-first_ms // timeframe.ms) * timeframe.ms
    low_ms = max(whole_ms, 0 if wanted.start_ms is None else -(-wanted.start_ms // timeframe.ms) * timeframe.ms)
    high_ms = end_ms // timeframe.ms * timeframe.ms
    if wanted.end_ms is not None:
        high_ms = min(high_ms, -(-wanted.end_ms // timeframe.ms) * timeframe.ms)
    forward = wanted.start_ms is not None
    parts, count = [np.empty(0, PACKED_BAR)], 0
    for start_ms, stop_ms in _windows(low_ms, high_ms, wanted.limit * timeframe.ms, forward=forward):
        part = _window(read(start_ms, stop_ms), timeframe, start_ms, stop_ms)
        parts.append(part)
        count += len(part)
        if count >= wanted.limit:
            break
    if forward:
        return np.concatenate(parts)[: wanted.limit]
    return np.concatenate(parts[::-1])[-wanted.limit :]


def _windows(low_ms: int, high_ms: int, length_ms: int, *, forward: bool) -> Iterator[tuple[int, int]]:
    """Windows over [low, high) from one side to the other, longer and longer, on borders that all timeframes share."""
    while low_ms < high_ms:
        length_ms = min(max(length_ms, _SMALLEST_MS), _LARGEST_MS)
        if forward:
            stop_ms = min(high_ms, (low_ms + length_ms) // _ALIGNED_MS * _ALIGNED_MS)
            yield low_ms, stop_ms
            low_ms = stop_ms
        else:
            start_ms = max(low_ms, (high_ms - length_ms) // _ALIGNED_MS * _ALIGNED_MS)
            yield start_ms, high_ms
            high_ms = start_ms
        length_ms *= 2


def _window(minutes: Bars, timeframe: Timeframe, start_ms: int, stop_ms: int) -> Bars:
    if timeframe is Timeframe.M1:
        return minutes
    grid = absent_bars(start_ms // MINUTE_MS, (stop_ms - start_ms) // MINUTE_MS, Timeframe.M1)
    grid[minutes["open_time_s"].astype(np.int64) // 60 - start_ms // MINUTE_MS] = minutes
    derived = derive_bars(grid, timeframe)
    there: Bars = derived[np.isfinite(derived["close"])]
    return there
