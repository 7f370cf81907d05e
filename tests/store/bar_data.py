"""Bars for tests: made up, every field different from bar to bar."""

from __future__ import annotations

import math
from collections.abc import Iterable

from redis import Redis

from store import keys
from store.bars import Bar, Source, encode_bar
from store.timeframes import Timeframe

START_MS = 1_767_225_600_000  # 2026-01-01, a whole hour


def made_bar(number: int, timeframe: Timeframe = Timeframe.S1, *, revision: int = 0, trades: int = 3) -> Bar:
    """The bar `number` bars after `START_MS`."""
    price = 100.0 + math.sin(number) + revision / 8
    return Bar(
        open_time_ms=START_MS + number * timeframe.ms,
        open=price,
        high=price + 1.5,
        low=price - 1.25,
        close=price + 0.5,
        volume=0.1 * (number % 7 + 1),
        trades=trades,
        first_id=number * 10,
        last_id=number * 10 + 2,
        bid=price + 0.45,
        ask=price + 0.55,
        source=Source.TRADES,
        missing=0,
        revision=revision,
        buy_volume=number % 5 / 16,  # a sum of such is exact in four bytes
    )


def publish(client: Redis, instrument: str, timeframe: Timeframe, bars: Iterable[Bar]) -> None:
    """Append bars to their stream as an ingestor does."""
    pipeline = client.pipeline(transaction=False)
    for bar in bars:
        pipeline.xadd(keys.bars(instrument, timeframe), {keys.FIELD: encode_bar(bar)})
    pipeline.execute()
