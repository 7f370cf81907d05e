"""A bar in the making: one sequential fold in trade-id order."""

from __future__ import annotations

from collections.abc import Iterable
from math import nan

from ingest.core.events import TickFields
from store.bars import Bar, Source
from store.ticks import Side

_MAX_SPAN = 0xFFFF_FFFF


class Forming:
    """The accumulator of one bar. Volume is the sum of quantities, added one by one in trade-id order.

    `bought` is the part of it whose aggressor bought, NaN once a side was unknown.
    """

    __slots__ = ("bought", "close", "first_id", "high", "last_id", "low", "open", "trades", "unknown", "volume")

    def __init__(self, tick: TickFields, *, unknown: bool) -> None:
        """A bar that begins with `tick`, which is still to be added; `unknown`: nobody can know what is missing."""
        self.first_id = self.last_id = tick[0]
        self.open = self.high = self.low = self.close = tick[1]
        self.volume = self.bought = 0.0
        self.trades = 0
        self.unknown = unknown

    def add(self, tick: TickFields) -> None:
        """Add the tick that follows all others."""
        trade_id, price, quantity, _, _, side = tick
        self.high = max(self.high, price)
        self.low = min(self.low, price)
        self.close = price
        self.volume += quantity
        self.bought += quantity if side == Side.BUY else 0.0 if side == Side.SELL else nan
        self.trades += 1
        self.last_id = trade_id

    def insert(self, tick: TickFields) -> None:
        """Add a tick out of its order: all is as it would be in order, but for the last bits of the volumes."""
        trade_id, price = tick[:2]
        last_id, close = self.last_id, self.close
        self.add(tick)
        if trade_id < last_id:
            self.last_id, self.close = last_id, close
        if trade_id < self.first_id:
            self.first_id, self.open = trade_id, price

    def bar(self, open_time_ms: int, *, bid: float, ask: float, missing: int) -> Bar:
        last_id = min(max(self.last_id, self.first_id), self.first_id + _MAX_SPAN)
        prices = (self.open, self.high, self.low, self.close)
        counts = (self.volume, self.trades, self.first_id, last_id)
        return Bar(open_time_ms, *prices, *counts, bid, ask, Source.TRADES, missing, 0, self.bought)


def form(ticks: Iterable[TickFields], *, unknown: bool) -> Forming | None:
    """Fold all constituents of a bar, given in trade-id order; None if there are none."""
    forming = None
    for tick in ticks:
        if forming is None:
            forming = Forming(tick, unknown=unknown)
        forming.add(tick)
    return forming


def reform(bar: Bar, *, unknown: bool) -> Forming:
    """The accumulator that gave `bar`, which has trades."""
    forming = Forming((bar.first_id, bar.open, 0.0, 0, 0, 0), unknown=unknown)
    forming.high, forming.low, forming.close = bar.high, bar.low, bar.close
    forming.volume, forming.trades, forming.last_id = bar.volume, bar.trades, bar.last_id
    forming.bought = bar.buy_volume
    return forming
