"""Frames as the venue would send them, and an oracle that folds bars the plain way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import orjson
import pytest

from ingest.core.batch import Batch
from ingest.core.core import Core
from store.bars import Bar, parse_bar
from store.ticks import Tick, parse_ticks
from store.timeframes import Timeframe

START_MS = 1_721_347_200_000
"""A whole minute."""


def agg_trade(tick: Tick, symbol: str, *, event_ms: int | None = None, **changes: Any) -> tuple[int, bytes]:
    """A futures aggTrade frame, with the receive time of its tick."""
    data = {
        "e": "aggTrade",
        "E": tick.time_ms if event_ms is None else event_ms,
        "s": symbol,
        "a": tick.trade_id,
        "p": repr(tick.price),
        "q": repr(tick.quantity),
        "f": tick.trade_id,
        "l": tick.trade_id,
        "T": tick.time_ms,
        "m": tick.side == 2,
    }
    data |= changes
    return tick.received_us, orjson.dumps({"stream": f"{symbol.lower()}@aggTrade", "data": data})


def book_ticker(symbol: str, bid: float, ask: float, event_ms: int) -> tuple[int, bytes]:
    data = {"e": "bookTicker", "u": 1, "s": symbol, "b": str(bid), "B": "1", "a": str(ask), "A": "1"}
    data |= {"T": event_ms, "E": event_ms}
    return event_ms * 1000, orjson.dumps({"stream": f"{symbol.lower()}@bookTicker", "data": data})


def clock(event_ms: int) -> tuple[int, bytes]:
    row = {"e": "24hrMiniTicker", "E": event_ms, "s": "ZZZUSDT", "c": "1", "q": "0", "st": 1}
    return event_ms * 1000, orjson.dumps({"stream": "!miniTicker@arr", "data": [row]})


def tick(trade_id: int, time_ms: int, *, price: float = 100.0, quantity: float = 1.0, side: int = 1) -> Tick:
    return Tick(trade_id, price, quantity, time_ms, time_ms * 1000 + 7, side)


@dataclass
class Published:
    """All that came out of a core so far, as a reader of the store would see it."""

    ticks: dict[str, bytes] = field(default_factory=dict)
    bars: dict[tuple[str, Timeframe], list[bytes]] = field(default_factory=dict)
    open: dict[tuple[str, Timeframe], bytes | None] = field(default_factory=dict)
    states: dict[str, bytes] = field(default_factory=dict)
    notices: list[Any] = field(default_factory=list)

    def add(self, batch: Batch) -> None:
        self.notices += batch.notices
        for leg in batch.legs:
            name = leg.instrument.partition(":")[2]
            self.ticks[name] = self.ticks.get(name, b"") + b"".join(leg.ticks)
            self.bars.setdefault((name, Timeframe.S1), []).extend(leg.seconds)
            self.bars.setdefault((name, Timeframe.M1), []).extend(leg.minutes)
            self.open[name, Timeframe.S1] = leg.open_second
            self.open[name, Timeframe.M1] = leg.open_minute
            self.states[name] = leg.state

    def last(self, symbol: str, timeframe: Timeframe = Timeframe.S1) -> list[Bar]:
        """The last revision of each bar, by open time."""
        bars = {bar.open_time_ms: bar for bar in map(parse_bar, self.bars.get((symbol, timeframe), []))}
        return [bars[time] for time in sorted(bars)]

    def ids(self, symbol: str) -> list[int]:
        return [int(trade_id) for trade_id in parse_ticks(self.ticks.get(symbol, b""))["trade_id"]]


def run(core: Core, frames: Sequence[tuple[int, bytes]], *, cuts: Iterable[int] = ()) -> Published:
    """Feed frames in pieces divided at `cuts`, taking a batch after each."""
    published = Published()
    for start, stop in pairwise([0, *sorted(cuts), len(frames)]):
        core.feed(frames[start:stop])
        published.add(core.take())
    return published


def fold_plainly(ticks: Iterable[Tick], timeframe: Timeframe) -> dict[int, tuple[Any, ...]]:
    """Open time → (open, high, low, close, volume, trades, first id, last id), from whole ticks in id order."""
    bars: dict[int, list[Any]] = {}
    for each in sorted(ticks):
        start = each.time_ms // timeframe.ms * timeframe.ms
        bar = bars.get(start)
        if bar is None:
            price = each.price
            bars[start] = [price, price, price, price, 0.0 + each.quantity, 1, each.trade_id, each.trade_id]
            continue
        bar[1] = max(bar[1], each.price)
        bar[2] = min(bar[2], each.price)
        bar[3] = each.price
        bar[4] += each.quantity
        bar[5] += 1
        bar[7] = each.trade_id
    return {start: tuple(bar) for start, bar in bars.items()}


def random_ticks(seed: int, count: int, *, span_ms: int, first_id: int = 1_000) -> list[Tick]:
    """Ticks of a walk; times rise but for a few that fall by some ms while ids rise."""
    rng = np.random.default_rng(seed)
    times = np.sort(rng.integers(0, span_ms, count)) + START_MS
    times[1:] -= rng.integers(0, 30, count - 1) * (rng.random(count - 1) < 0.1)
    prices = 100 + np.cumsum(rng.normal(0, 0.05, count)).round(2)
    quantities = rng.integers(1, 10_000, count) / 1000
    return [
        tick(first_id + i, int(times[i]), price=float(prices[i]), quantity=float(quantities[i]), side=1 + int(i % 2))
        for i in range(count)
    ]


@pytest.fixture(scope="session")
def wire() -> SimpleNamespace:
    """The functions of this file, for tests beside it."""
    functions: list[Callable[..., Any]] = [agg_trade, book_ticker, clock, tick, run, fold_plainly, random_ticks]
    return SimpleNamespace(START_MS=START_MS, Published=Published, **{f.__name__: f for f in functions})
