"""Two ingestors of one venue: one writes, the other stands by and takes over; what a stale one writes is refused."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from redis import Redis

from ingest.live.turn import RENEW_S, Turn
from ingest.sim.exchange import SimulatedExchange
from store import keys
from store.client import connect_writer
from store.lease import LEASE_MS, next_fence
from tests.ingest.klines import assert_equal_to_klines, minutes_of
from tests.ingest.processes import running_ingestor, stored_ids
from tests.tools.waiting import until

START_MS = 1_782_907_245_000  # 2026-07-01 12:00:45 UTC
BTC, NAME = "BTCUSDT", "sim:BTCUSDT"


@pytest.fixture
def exchange() -> Iterator[SimulatedExchange]:
    with SimulatedExchange(start_ms=START_MS, speed=20.0) as running:
        yield running


def fence_of(client: Redis) -> int:
    return int(client.hget(keys.open_bars(NAME), "fence") or 0)


def trades_of(client: Redis) -> int:
    return len(stored_ids(client, NAME))


def assert_whole(client: Redis, exchange: SimulatedExchange) -> None:
    ids = stored_ids(client, NAME)
    assert len(ids) == ids[-1] - ids[0] + 1
    assert_equal_to_klines(exchange, client, BTC)


def test_the_second_stands_by_and_takes_over_when_the_first_is_killed(
    exchange: SimulatedExchange, client: Redis, redis_url: str, tmp_path: Path
) -> None:
    settings = {"FEED": "sim", "SIM_URL": exchange.rest_url, "REDIS_URL": redis_url, "SYMBOLS": BTC}
    with running_ingestor(tmp_path, **settings) as first:
        until(lambda: minutes_of(client, BTC) >= 1, "a minute of bars")
        fence = fence_of(client)
        with running_ingestor(tmp_path, **settings) as second:
            known = trades_of(client)
            until(lambda: trades_of(client) > known + 100, "the first to go on")
            assert fence_of(client) == fence
            first.kill()
            until(lambda: fence_of(client) > fence, "the second to write")
            minutes = minutes_of(client, BTC)
            until(lambda: minutes_of(client, BTC) > minutes + 1, "more minutes")
            assert second.end() == 0
    assert_whole(client, exchange)


def test_one_that_ends_lets_the_other_in(
    exchange: SimulatedExchange, client: Redis, redis_url: str, tmp_path: Path
) -> None:
    settings = {"FEED": "sim", "SIM_URL": exchange.rest_url, "REDIS_URL": redis_url, "SYMBOLS": BTC}
    with running_ingestor(tmp_path, **settings) as first:
        until(lambda: minutes_of(client, BTC) >= 1, "a minute of bars")
        fence = fence_of(client)
        with running_ingestor(tmp_path, **settings) as second:
            assert first.end() == 0
            until(lambda: fence_of(client) > fence, "the other to write")
            minutes = minutes_of(client, BTC)
            until(lambda: minutes_of(client, BTC) > minutes, "another minute")
            assert second.end() == 0
    assert_whole(client, exchange)


def test_a_writer_that_slept_through_its_turn_writes_nothing(
    exchange: SimulatedExchange, client: Redis, redis_url: str, tmp_path: Path
) -> None:
    settings = {"FEED": "sim", "SIM_URL": exchange.rest_url, "REDIS_URL": redis_url, "SYMBOLS": BTC}
    with running_ingestor(tmp_path, **settings) as first:
        until(lambda: minutes_of(client, BTC) >= 1, "a minute of bars")
        fence = fence_of(client)
        with running_ingestor(tmp_path, **settings) as second:
            first.process.send_signal(signal.SIGSTOP)
            until(lambda: fence_of(client) > fence, "the second to write")
            taken = fence_of(client)
            first.process.send_signal(signal.SIGCONT)
            minutes = minutes_of(client, BTC)
            until(lambda: minutes_of(client, BTC) > minutes + 1, "more minutes")
            assert fence_of(client) == taken
            assert first.end() == 0
            assert second.end() == 0
    assert_whole(client, exchange)


def test_a_fence_is_higher_than_any_before_also_where_the_store_forgot_it(client: Redis) -> None:
    fences = [next_fence(client, "fence") for _ in range(50)]
    client.flushall()
    fences.append(next_fence(client, "fence"))
    assert fences == sorted(set(fences))


def test_a_dead_holders_lease_ends_well_within_the_twelve_seconds_promised() -> None:
    assert LEASE_MS + 1_000 * RENEW_S <= 12_000 / 3


def test_a_turn_passes_on_when_it_ends_and_not_before(redis_url: str) -> None:
    a, b = connect_writer(redis_url), connect_writer(redis_url)
    first, second, stop, soon = Turn(a, "sim"), Turn(b, "sim"), Event(), Event()
    assert first.wait(stop)
    soon.set()
    assert not second.wait(soon)
    first.end()
    assert second.wait(stop)
    assert second.fence > first.fence
    second.end()
    a.close()
    b.close()
