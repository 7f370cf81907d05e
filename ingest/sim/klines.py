"""Klines: an exact fold of the trades, by the hour, in integer ticks and steps."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np

from ingest.sim.catalogue import HOUR_MS, INSTRUMENTS
from ingest.sim.tape import Ints, Trades
from ingest.sim.world import World

_CACHED_HOURS = 64 * len(INSTRUMENTS)  # a day of whole hours and a REST page of minutes, side by side
_CACHED_FROM_MS = 60_000  # one-second klines of an hour are large and cheap: folded anew each time


@dataclass(frozen=True, slots=True)
class Klines:
    """Klines on a regular grid, oldest first; one without trades repeats the last close.

    Prices in ticks, volumes in quantity steps, turnover in ticks × steps.
    """

    open_ms: Ints
    open: Ints
    high: Ints
    low: Ints
    close: Ints
    volume: Ints
    turnover: Ints
    trades: Ints
    bought_volume: Ints
    bought_turnover: Ints

    def __len__(self) -> int:
        return len(self.open_ms)

    def part(self, start: int, stop: int) -> Klines:
        return Klines(*(getattr(self, field.name)[start:stop] for field in fields(self)))


class KlineBook:
    """Klines of any instrument and time, from the world's trades."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._whole_hour = lru_cache(_CACHED_HOURS)(self._fold_hour)

    def klines(self, symbol: str, slot_ms: int, start_ms: int, end_ms: int, until_ms: int) -> Klines:
        """Klines with ``start_ms <= open < end_ms``, made of trades not later than `until_ms`.

        `start_ms` is on the grid and not later than `until_ms`; `slot_ms` divides an hour. The kline that
        `until_ms` lies in is the last, and unfinished.
        """
        end_ms = min(end_ms, until_ms + 1)
        hours = range(start_ms // HOUR_MS, (end_ms - 1) // HOUR_MS + 1)
        joined = _concatenate([self._hour(symbol, slot_ms, hour, until_ms) for hour in hours])
        first, last = np.searchsorted(joined.open_ms, (start_ms, end_ms), side="left")
        return joined.part(int(first), int(last))

    def _hour(self, symbol: str, slot_ms: int, hour: int, until_ms: int) -> Klines:
        if until_ms >= (hour + 1) * HOUR_MS - 1:
            if slot_ms >= _CACHED_FROM_MS:
                return self._whole_hour(symbol, slot_ms, hour)
            return self._fold_hour(symbol, slot_ms, hour)
        return self._fold_hour(symbol, slot_ms, hour, until_ms)

    def _fold_hour(self, symbol: str, slot_ms: int, hour: int, until_ms: int | None = None) -> Klines:
        trades = self._world.trades_of_hour(symbol, hour)
        slots = HOUR_MS // slot_ms
        if until_ms is not None:
            trades = trades.part(0, int(np.searchsorted(trades.time_ms, until_ms, side="right")))
            slots = min(slots, (until_ms - hour * HOUR_MS) // slot_ms + 1)
        starts_late = not len(trades) or trades.time_ms[0] - hour * HOUR_MS >= slot_ms
        before = self._world.trades_of_hour(symbol, hour - 1).price_ticks[-1] if starts_late else 0
        return fold_trades(trades, hour * HOUR_MS, slots, slot_ms, int(before))


def fold_trades(trades: Trades, start_ms: int, slots: int, slot_ms: int, previous_close: int) -> Klines:
    """`slots` klines from `start_ms` on; `previous_close` (ticks) fills those before the first trade."""
    slot = (trades.time_ms - start_ms) // slot_ms
    heads = np.flatnonzero(np.diff(slot, prepend=-1))
    filled = slot[heads]
    close = np.full(slots, previous_close, np.int64)
    # Each slot takes the last trade at or before its end: the trade before the next slot's first.
    ends = np.searchsorted(slot, np.arange(slots), side="right")
    close[ends > 0] = trades.price_ticks[ends[ends > 0] - 1]
    bought = np.where(trades.seller_aggressed, 0, trades.quantity_steps)
    columns = {name: close.copy() for name in ("open", "high", "low")}
    sums = {name: np.zeros(slots, np.int64) for name in ("volume", "turnover", "bought_volume", "bought_turnover")}
    if len(heads):
        columns["open"][filled] = trades.price_ticks[heads]
        columns["high"][filled] = np.maximum.reduceat(trades.price_ticks, heads)
        columns["low"][filled] = np.minimum.reduceat(trades.price_ticks, heads)
        sums["volume"][filled] = np.add.reduceat(trades.quantity_steps, heads)
        sums["turnover"][filled] = np.add.reduceat(trades.quantity_steps * trades.price_ticks, heads)
        sums["bought_volume"][filled] = np.add.reduceat(bought, heads)
        sums["bought_turnover"][filled] = np.add.reduceat(bought * trades.price_ticks, heads)
    return Klines(
        open_ms=start_ms + np.arange(slots, dtype=np.int64) * slot_ms,
        close=close,
        trades=np.diff(ends, prepend=0).astype(np.int64),
        **columns,
        **sums,
    )


def _concatenate(parts: list[Klines]) -> Klines:
    if len(parts) == 1:
        return parts[0]
    return Klines(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Klines)))
