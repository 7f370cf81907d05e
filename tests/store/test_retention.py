"""What is kept follows from the memory there is, and costs what was promised."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from store import keys
from store.bars import Bar, encode_bar
from store.retention import BAR_BYTES, TICK_ENTRY_BYTES, Caps, stream_budget_mb, stream_caps
from store.timeframes import Timeframe
from tests.store.bar_data import START_MS


def test_a_dozen_instruments_keep_a_day_of_seconds_and_a_week_of_minutes() -> None:
    caps = stream_caps(512, 12)
    assert (caps.bars(Timeframe.S1), caps.bars(Timeframe.M1), caps.bars(Timeframe.H1)) == (86_400, 10_080, 10_080)
    assert caps.ticks >= 10_000


@given(st.floats(20, 100_000), st.integers(1, 100))
def test_caps_keep_within_the_budget_above_the_floor(budget_mb: float, instruments: int) -> None:
    caps = stream_caps(budget_mb, instruments)
    used = instruments * ((caps.bars_1s + caps.bars_1m) * BAR_BYTES + caps.ticks * TICK_ENTRY_BYTES)
    assert used <= max(budget_mb, instruments * 0.13) * 1e6


def test_little_memory_leaves_a_floor() -> None:
    assert stream_caps(0, 12) == Caps(ticks=100, bars_1s=600, bars_1m=200)


def test_the_budget_is_configured_or_from_the_servers_limit(client: Redis) -> None:
    assert stream_budget_mb(client, 80) == 80
    assert stream_budget_mb(client, None) == 512
    client.config_set("maxmemory", "100000000")
    try:
        assert stream_budget_mb(client, None) == 60
    finally:
        client.config_set("maxmemory", "0")


def test_a_day_of_one_second_bars_costs_what_was_promised(client: Redis) -> None:
    chance, price, trade_id = random.Random(7), 65_000.0, 4_000_000_000
    key, pipeline = keys.bars("sim:BTCUSDT", Timeframe.S1), client.pipeline(transaction=False)
    for number in range(86_400):
        path = [price := round(price + chance.gauss(0, 2), 2) for _ in range(4)]
        trades, volume = chance.randrange(1, 20), round(chance.random() * 9, 5)
        bar = Bar(
            *(START_MS + number * 1000, path[0], max(path), min(path), path[3], volume, trades),
            *(trade_id, trade_id + trades - 1, path[3] - 0.01, path[3] + 0.01, 0, 0, 0),
        )
        trade_id += trades
        pipeline.xadd(key, {keys.FIELD: encode_bar(bar)}, maxlen=86_400, approximate=True)
        if number % 2_000 == 1_999:
            pipeline.execute()
    pipeline.execute()
    assert client.xlen(key) == 86_400
    memory = client.memory_usage(key, samples=0)
    assert memory is not None
    assert memory / 86_400 <= 100
    assert memory <= 9e6
