"""Ticks in id order → the 1 s and 1 m bars in the making, both in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from math import nan

from ingest.core.events import TickFields
from ingest.core.track import Track
from store.ticks import Side

_SECOND_MS = 1_000
_SECONDS_A_MINUTE = 60
_BUY = int(Side.BUY)
_AT_ONCE = 512  # bounds what skipping to the next run costs


def fold(ticks: Sequence[TickFields], seconds: Track, minutes: Track) -> list[TickFields]:
    """Fold ticks, given in id order, into open bars; return those whose 1 s bar has closed already.

    Volumes grow by one addition a tick in the order given, the only order that there is, so that no
    division of the ticks into calls can change a bit.
    """
    late: list[TickFields] = []
    for start in range(0, len(ticks), _AT_ONCE):
        _fold_some(ticks[start : start + _AT_ONCE], seconds, minutes, late)
    return late


def _fold_some(ticks: Sequence[TickFields], seconds: Track, minutes: Track, late: list[TickFields]) -> None:
    index = 0
    while index < len(ticks):
        number = ticks[index][3] // _SECOND_MS
        if number < seconds.closed:
            late.append(ticks[index])
            index += 1
        else:
            index = _fold_run(ticks, index, number, seconds, minutes)


def _fold_run(ticks: Sequence[TickFields], start: int, number: int, seconds: Track, minutes: Track) -> int:
    """Fold the ticks from `start` on that lie in second `number`; return the index of the first that does not."""
    second = seconds.forming_at(number, ticks[start])
    minute = minutes.forming_at(number // _SECONDS_A_MINUTE, ticks[start])
    high, low, volume, minute_volume = second.high, second.low, second.volume, minute.volume
    bought, minute_bought = second.bought, minute.bought
    start_ms, end_ms = number * _SECOND_MS, (number + 1) * _SECOND_MS
    stop = start
    for _, price, quantity, time_ms, _, side in islice(ticks, start, None):
        if not start_ms <= time_ms < end_ms:
            break
        if price > high:
            high = price
        elif price < low:
            low = price
        volume += quantity
        minute_volume += quantity
        if side == _BUY:
            bought += quantity
            minute_bought += quantity
        elif not side:  # unknown
            bought = minute_bought = nan
        stop += 1
    last = ticks[stop - 1]
    second.high, second.low, second.volume = high, low, volume
    minute.high, minute.low, minute.volume = max(minute.high, high), min(minute.low, low), minute_volume
    second.bought, minute.bought = bought, minute_bought
    second.close = minute.close = last[1]
    second.last_id = minute.last_id = last[0]
    second.trades += stop - start
    minute.trades += stop - start
    return stop
