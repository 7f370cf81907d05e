"""The universe as the real process leaves it in a real store, over an end and a kill, beside the planted trades."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from redis import Redis

from engine.universe import Universe, read_universe
from ingest.sim.catalogue import INSTRUMENTS, InstrumentSpec
from ingest.sim.exchange import SimulatedExchange
from ingest.sim.world import EVENT_DELAY_MS, World
from tests.ingest.processes import Ingestor, running_ingestor
from tests.tools.waiting import until

START_MS = 1_782_907_245_000  # 2026-07-01 12:00:45 UTC
MINUTE_MS = 60_000
SPEED = 40.0


def told_prices(world: World, spec: InstrumentSpec, open_ms: int) -> list[float]:
    """What the venue could tell of within a minute, in order."""
    trades = world.trades_between(spec.symbol, open_ms - EVENT_DELAY_MS, open_ms + MINUTE_MS - EVENT_DELAY_MS)
    return [round(ticks / 10**spec.price_decimals, spec.price_decimals) for ticks in trades.price_ticks.tolist()]


def whole_minutes(client: Redis) -> int:
    return int((read_universe(client, "sim", 1_000).completeness == 1.0).sum())


def assert_told(world: World, found: Universe) -> None:
    """Whole minutes are as planted; in a part of one, what there is was told in it."""
    columns = {symbol: column for column, symbol in enumerate(found.symbols)}
    for row, open_ms in enumerate(found.open_time_ms.tolist()):
        for spec in INSTRUMENTS:
            close = found.closes[row, columns[spec.symbol]]
            prices = told_prices(world, spec, open_ms)
            if found.completeness[row] == 1.0:
                np.testing.assert_equal(close, prices[-1] if prices else np.nan)
            else:
                assert np.isnan(close) or close in prices


def test_minutes_of_all_that_is_traded_over_an_end_and_a_kill(client: Redis, redis_url: str, tmp_path: Path) -> None:
    with SimulatedExchange(start_ms=START_MS, speed=SPEED) as exchange:
        settings = {"FEED": "sim", "SIM_URL": exchange.rest_url, "REDIS_URL": redis_url, "SYMBOLS": "BTCUSDT"}

        def until_two_more(ingestor: Ingestor) -> None:
            wanted = whole_minutes(client) + 2
            until(lambda: whole_minutes(client) >= wanted, f"{wanted} whole minutes", limit_s=120.0)
            assert ingestor.process.poll() is None

        with running_ingestor(tmp_path, **settings) as ingestor:
            until_two_more(ingestor)
            assert ingestor.end() == 0
        with running_ingestor(tmp_path, **settings) as ingestor:
            until_two_more(ingestor)
            ingestor.kill()
        with running_ingestor(tmp_path, **settings) as ingestor:
            until_two_more(ingestor)
            assert ingestor.end() == 0
        found = read_universe(client, "sim", 1_000)
        assert set(found.symbols) == {spec.symbol for spec in INSTRUMENTS}
        assert np.diff(found.open_time_ms).tolist() == [MINUTE_MS] * (len(found.open_time_ms) - 1)
        assert_told(exchange.world, found)
