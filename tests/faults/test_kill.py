"""Row 1: the ingestor is killed in a burst at random points: every trade is stored, and none counts twice."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from redis import Redis

from ingest.sim.exchange import SimulatedExchange
from store import keys
from tests.ingest.klines import assert_equal_to_klines, minutes_of
from tests.ingest.processes import running_ingestor, stored_ids, stored_ticks
from tests.tools.waiting import until

START_MS = 1_782_907_245_000  # 2026-07-01 12:00:45 UTC
SPEED = 40.0  # 320 trades of one instrument a second, and fifteen times as many in its bursts
KILLS = 10  # of each of the two runs
BUSY, QUIET = "BTCUSDT", "SOLUSDT"


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_in_a_burst_at_random_points_it_stores_every_trade(
    seed: int, client: Redis, redis_url: str, tmp_path: Path
) -> None:
    chance = random.Random(seed)
    with SimulatedExchange(start_ms=START_MS, speed=SPEED) as exchange:
        settings = {"FEED": "sim", "SIM_URL": exchange.rest_url, "REDIS_URL": redis_url, "SYMBOLS": f"{BUSY},{QUIET}"}

        def last_id() -> int:
            ids = stored_ids(client, f"sim:{BUSY}")
            return int(ids[-1]) if len(ids) else -1

        for _ in range(KILLS):
            client.delete(keys.ingest_lease("sim"))  # as if the dead one's lease had run out
            known = last_id()
            with running_ingestor(tmp_path, **settings) as ingestor:
                until(lambda before=known: last_id() > before, "trades of this one")
                time.sleep(chance.uniform(0, 0.4))  # where the kill falls is left to chance
                ingestor.kill()
        client.delete(keys.ingest_lease("sim"))
        with running_ingestor(tmp_path, **settings) as ingestor:
            sent = exchange.world.last_id(BUSY, exchange.clock.now_ms())
            until(lambda: last_id() >= sent, "all that was sent until now")
            whole = minutes_of(client, BUSY)
            until(lambda: minutes_of(client, BUSY) > whole and minutes_of(client, QUIET) > 1, "another minute")
            assert ingestor.end() == 0
        for symbol in (BUSY, QUIET):
            assert_every_trade_is_stored(client, exchange, symbol)
            assert_equal_to_klines(exchange, client, symbol)


def assert_every_trade_is_stored(client: Redis, exchange: SimulatedExchange, symbol: str) -> None:
    """Ids without a hole; a trade that was written twice says the same both times, and what the exchange sent."""
    ticks = stored_ticks(client, f"sim:{symbol}")
    ids = stored_ids(client, f"sim:{symbol}")
    assert ids.tolist() == list(range(ids[0], ids[-1] + 1))
    sent = exchange.world.trades_from(symbol, int(ids[0]), len(ids), exchange.clock.now_ms())
    place = ticks["trade_id"] - ids[0]
    assert (ticks["time_ms"] == sent.time_ms[place]).all()
    prices = ticks["price"] / sent.price_ticks[place]
    assert abs(prices / prices[0] - 1).max() < 1e-9
