"""Two legs with a known relation, as an ingestor would have stored them."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence

from redis import Redis

from store import keys
from store.bars import Bar, Source, encode_bar
from store.catalogue import InstrumentInfo, encode_info
from store.timeframes import Timeframe

FIRST_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
BARS = 400
BETA = 0.8


def write_legs(client: Redis) -> None:
    """Minutes of y = exp(1 + 0.8 log x + noise), with a spread that an AR(1) pulls back."""
    walk, spread, rng = math.log(3_000.0), 0.0, random.Random(5)
    y, x = [], []
    for _ in range(BARS):
        walk += rng.gauss(0, 8e-4)
        spread = 0.8 * spread + rng.gauss(0, 3e-4)
        y.append(math.exp(1 + BETA * walk + spread))
        x.append(math.exp(walk))
    write_prices(client, {"sim:YUSDT": y, "sim:XUSDT": x})


def write_prices(client: Redis, legs: Mapping[str, Sequence[float]]) -> None:
    """A minute for each price of each leg."""
    pipeline = client.pipeline(transaction=False)
    for position, (name, prices) in enumerate(legs.items()):
        for number, price in enumerate(prices):
            bar = Bar(
                FIRST_MS + number * 60_000, price, price, price, price, 1.5, 7, number * 7, number * 7 + 6,
                price - 0.1, price + 0.1, Source.TRADES, 0, 0,
            )  # fmt: skip
            pipeline.xadd(keys.bars(name, Timeframe.M1), {keys.FIELD: encode_bar(bar)})
        pipeline.hset(keys.INSTRUMENTS, name, encode_info(InstrumentInfo(name, name[4], "USDT", 0.01, position)))
    pipeline.sadd(keys.VENUES, "sim")
    pipeline.execute()
