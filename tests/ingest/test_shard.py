"""Which ingestor takes which instrument, and what the board sees when several share a venue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis
from redis.crc import key_slot

from engine.catalogue import read_feeds, read_instruments
from ingest.errors import InvalidSettings
from ingest.settings import read_settings
from ingest.shard import Shard, parse_shard
from ingest.sim.exchange import SimulatedExchange
from store import keys
from tests.ingest.klines import minutes_of
from tests.ingest.processes import running_ingestor
from tests.tools.waiting import until

START_MS = 1_782_907_245_000  # 2026-07-01 12:00:45 UTC
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "LTCUSDT")


@pytest.fixture
def exchange() -> Iterator[SimulatedExchange]:
    with SimulatedExchange(start_ms=START_MS, speed=20.0) as running:
        yield running


@given(st.text("ABCDEFGHIJ0123456789:", min_size=1, max_size=20), st.integers(1, 12))
def test_every_instrument_has_one_part(name: str, count: int) -> None:
    assert sum(Shard(number, count).holds(name) for number in range(1, count + 1)) == 1


@pytest.mark.parametrize("name", ["123456789", "sim:BTCUSDT", "usdm:ETHUSDT", "spot:我踏马来了USDT"])
def test_the_part_is_the_crc_that_redis_cluster_uses(name: str) -> None:
    """redis-py's slot is that CRC modulo 16,384; its specification gives 0x31C3 for "123456789"."""
    assert Shard(key_slot(name.encode()) % 64 + 1, 64).holds(name)
    assert Shard(0x31C3 % 7 + 1, 7).holds("123456789")


@pytest.mark.parametrize("text", ["0/3", "4/3", "1/0", "1", "a/b", "1/65", "-1/3", "1/3/5", "1.0/3", " 1/3"])
def test_what_is_no_part_is_refused_at_start(text: str) -> None:
    with pytest.raises(ValueError, match="INGEST_SHARD"):
        parse_shard(text)
    with pytest.raises(InvalidSettings, match="INGEST_SHARD"):
        read_settings({"REDIS_URL": "redis://localhost", "INGEST_SHARD": text})


def test_two_parts_make_one_venue(exchange: SimulatedExchange, client: Redis, redis_url: str, tmp_path: Path) -> None:
    parts = {part: [s for s in SYMBOLS if Shard(part, 2).holds(f"sim:{s}")] for part in (1, 2)}
    assert all(parts.values()), "symbols of both parts"
    settings = {"FEED": "sim", "SIM_URL": exchange.rest_url, "REDIS_URL": redis_url, "SYMBOLS": ",".join(SYMBOLS)}
    with (
        running_ingestor(tmp_path, **settings, INGEST_SHARD="1/2") as first,
        running_ingestor(tmp_path, **settings, INGEST_SHARD="2/2") as second,
    ):
        until(lambda: all(minutes_of(client, symbol) >= 1 for symbol in SYMBOLS), "a minute of every symbol")
        assert [view.id for view in read_instruments(client)] == [f"sim:{symbol}" for symbol in SYMBOLS]
        until(lambda: _streaming(client), "one feed that streams, of all symbols")
        assert second.end() == 0
        until(lambda: read_feeds(client)[0].state == "disconnected", "the feed to say that a part is missing")
        (feed,) = read_feeds(client)
        assert "2/2" in feed.detail
        assert first.end() == 0
    with running_ingestor(tmp_path, **settings) as whole:
        until(lambda: len(read_feeds(client)) == 1 and _streaming(client), "one for all, and no word of the parts")
        assert client.smembers(keys.VENUES) == {b"sim"}
        assert whole.end() == 0


def _streaming(client: Redis) -> bool:
    feeds = read_feeds(client)
    return len(feeds) == 1 and feeds[0].state == "streaming" and set(feeds[0].legs) == set(SYMBOLS)


def test_a_part_without_symbols_is_refused(exchange: SimulatedExchange, redis_url: str, tmp_path: Path) -> None:
    symbol = next(s for s in SYMBOLS if Shard(1, 2).holds(f"sim:{s}"))
    settings = {"FEED": "sim", "SIM_URL": exchange.rest_url, "REDIS_URL": redis_url, "SYMBOLS": symbol}
    with running_ingestor(tmp_path, **settings, INGEST_SHARD="2/2") as ingestor:
        assert ingestor.process.wait(20) == 2
        assert ingestor.process.stderr is not None
        assert "2/2" in ingestor.process.stderr.read()
