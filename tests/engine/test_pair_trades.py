"""Trades behind the bars: read back from the newest, within their span, in the order of their times."""

from __future__ import annotations

import numpy as np
from redis import Redis

from engine.findings.trades import SPAN_MS, trades_of_store
from engine.parameters import PairParameters
from store import keys
from store.bars import NO_TRADE_ID
from store.ticks import Side, Tick, encode_ticks

END_MS = 1_767_268_800_000
P = PairParameters("sim:YUSDT", "sim:XUSDT")


def put(client: Redis, instrument: str, times_ms: list[int], *, batch: int) -> None:
    ticks = [Tick(i, 100.0 + i, 1.0, time_ms, 0, Side.BUY) for i, time_ms in enumerate(times_ms)]
    for first in range(0, len(ticks), batch):
        client.xadd(keys.ticks(instrument), {keys.FIELD: encode_ticks(ticks[first : first + batch])})


def test_only_the_span_before_the_end_is_read_over_many_entries(client: Redis) -> None:
    times = list(range(END_MS - 2 * SPAN_MS, END_MS + 60_000, 1_000))
    put(client, P.y, times, batch=1)  # 3,660 entries: several pages
    put(client, P.x, times[::7], batch=5)
    found = trades_of_store(client)(P, END_MS)
    assert found.times_y.tolist() == [time_ms for time_ms in times if END_MS - SPAN_MS <= time_ms < END_MS]
    assert found.prices_y[0] == 100.0 + times.index(found.times_y[0])
    assert found.times_x.tolist() == [time_ms for time_ms in times[::7] if END_MS - SPAN_MS <= time_ms < END_MS]


def test_what_came_late_is_put_in_its_place_and_nothing_is_no_error(client: Redis) -> None:
    put(client, P.y, [END_MS - 5_000, END_MS - 9_000, END_MS - 1_000], batch=2)
    found = trades_of_store(client)(P, END_MS)
    assert (np.diff(found.times_y) > 0).all()
    assert found.prices_y.tolist() == [101.0, 100.0, 102.0]
    assert len(found.times_x) == 0


def test_a_trade_that_stands_twice_counts_once_and_late_pages_hide_nothing(client: Redis) -> None:
    """What was written again after a failure, and an hour of late trades between two live ones."""
    early, late = list(range(END_MS - SPAN_MS, END_MS - 600_000, 1_000)), list(range(END_MS - 600_000, END_MS, 500))
    put(client, P.y, early + late, batch=3)
    put(client, P.y, early + late, batch=1)
    found = trades_of_store(client)(P, END_MS)
    assert found.times_y.tolist() == early + late
    assert found.prices_y.tolist() == [100.0 + number for number in range(len(early + late))]


def test_trades_without_ids_are_all_there(client: Redis) -> None:
    ticks = [Tick(NO_TRADE_ID, 100.0 + i, 1.0, END_MS - 9_000 + 1_000 * i, 0, Side.BUY) for i in range(5)]
    client.xadd(keys.ticks(P.y), {keys.FIELD: encode_ticks(ticks)})
    assert trades_of_store(client)(P, END_MS).prices_y.tolist() == [100.0, 101.0, 102.0, 103.0, 104.0]
