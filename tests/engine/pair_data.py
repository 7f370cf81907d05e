"""Two legs for tests: a seeded cointegrated pair with quiet spells, gaps, quotes and revisions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from redis import Redis

from engine.reader import Reader
from engine.snapshots.pair_bars import PairBars, align
from engine.thresholds import DEFAULT_THRESHOLD, Threshold
from store import keys
from store.bars import Bar, Source, encode_bar, parse_bars
from store.catalogue import InstrumentInfo, encode_info
from store.grid import BarGrid
from store.timeframes import Timeframe

Y, X = "sim:ETHUSDT", "sim:BTCUSDT"
FIRST = 29_453_760  # bar number of minutes: 2026-01-01


@dataclass(frozen=True)
class Legs:
    y: list[Bar]
    x: list[Bar]


def made_legs(
    n: int, *, seed: int = 1, timeframe: Timeframe = Timeframe.M1, gaps: bool = True, phi: float = 0.85
) -> Legs:
    """`n` slots; with gaps some bars are absent, and x trades in four of five bars, y rests for 12 in a row.

    log y is -1 + 0.8 log x and an AR(1) with coefficient `phi`."""
    rng = np.random.default_rng(seed)
    x = 11.0 + np.cumsum(rng.normal(0, 5e-4, n))
    e = np.zeros(n)
    for i in range(1, n):
        e[i] = phi * e[i - 1] + rng.normal(0, 3e-4)
    y = -1.0 + 0.8 * x + e
    first = FIRST * (60_000 // timeframe.ms)
    trades_y, trades_x = rng.integers(1, 9, n), (rng.random(n) > 0.2) * 4
    if gaps and n > 120:
        trades_y[70:82] = 0
    absent = set(rng.choice(np.arange(1, n - 1), n // 50, replace=False).tolist()) if gaps else set()
    bars_y = [_bar(first + i, timeframe, math.exp(y[i]), int(trades_y[i])) for i in range(n)]
    bars_x = [_bar(first + i, timeframe, math.exp(x[i]), int(trades_x[i])) for i in range(n) if i not in absent]
    return Legs(bars_y, bars_x)


def _bar(number: int, timeframe: Timeframe, price: float, trades: int) -> Bar:
    price = round(price, 2)
    return Bar(
        open_time_ms=number * timeframe.ms,
        open=price,
        high=price,
        low=price,
        close=price,
        volume=trades * 0.1,
        trades=trades,
        first_id=number * 10 if trades else -1,
        last_id=number * 10 + trades - 1 if trades else -1,
        bid=round(price - 0.01, 2),
        ask=round(price + 0.01, 2),
        source=Source.TRADES,
        missing=0,
        revision=0,
    )


def revised(bar: Bar, factor: float) -> Bar:
    """The same bar as a late tick made it anew."""
    return bar._replace(close=bar.close * factor, trades=bar.trades + 1, revision=bar.revision + 1)


def pair_of(legs: Legs, timeframe: Timeframe = Timeframe.M1, *, since: int = 0) -> PairBars:
    """Both legs on one grid, without a store; `since` leaves out the slots before."""
    found = []
    for bars in (legs.y, legs.x):
        grid = BarGrid(timeframe, 100_000)
        grid.put(parse_bars([encode_bar(bar) for bar in bars]))
        found.append(grid)
    pair = align(found[0].bars, found[0].first, found[1].bars, found[1].first, timeframe)
    assert pair is not None
    return pair.since(pair.first + since)


def append_bars(client: Redis, instrument: str, bars: Iterable[Bar], timeframe: Timeframe = Timeframe.M1) -> None:
    pipeline = client.pipeline(transaction=False)
    for bar in bars:
        pipeline.xadd(keys.bars(instrument, timeframe), {keys.FIELD: encode_bar(bar)})
    pipeline.execute()


def register(client: Redis, *instruments: str) -> None:
    for position, name in enumerate(instruments):
        info = InstrumentInfo(id=name, base=name[4:7], quote="USDT", tick_size=0.01, position=position)
        client.hset(keys.INSTRUMENTS, name, encode_info(info))


class Clock:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        self.now_s += 0.5  # every look finds the last refresh long past
        return self.now_s


def reader_of(
    client: Redis, *, history_bars: int = 400, thresholds: Sequence[Threshold] = (DEFAULT_THRESHOLD,)
) -> Reader:
    """A reader that refreshes each time it is asked, and knows the two instruments."""
    register(client, Y, X)
    return Reader(client, lambda: thresholds, history_bars=history_bars, now_s=Clock())
