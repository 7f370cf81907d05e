"""The real process against the simulated exchange over sockets and a real store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from redis import Redis

from engine.universe import read_universe
from ingest.live.session import LiveSession
from ingest.live.venues import USDM, at
from ingest.sim.exchange import SimulatedExchange
from ingest.sim.funding import funding_rate
from store.bars import Source
from store.client import connect_writer
from store.marks import read_marks
from store.timeframes import Timeframe
from tests.ingest.klines import all_known, assert_equal_to_klines, minutes_of, own_bars
from tests.ingest.processes import running_ingestor, stored_bars, stored_feed, stored_ids
from tests.tools.waiting import until

START_MS = 1_782_907_245_000  # 2026-07-01 12:00:45 UTC
SPEED = 40.0
BUSY, QUIET = "BTCUSDT", "TRXUSDT"


@pytest.fixture
def exchange() -> Iterator[SimulatedExchange]:
    with SimulatedExchange(start_ms=START_MS, speed=SPEED) as running:
        yield running


def test_live_bars_are_the_exchanges_klines(
    exchange: SimulatedExchange, client: Redis, redis_url: str, tmp_path: Path
) -> None:
    settings = {"FEED": "sim", "SIM_URL": exchange.rest_url, "REDIS_URL": redis_url, "SYMBOLS": f"{BUSY},{QUIET}"}
    with running_ingestor(tmp_path, **settings) as ingestor:
        until(lambda: minutes_of(client, BUSY) >= 2 and minutes_of(client, QUIET) >= 2, "two minutes of bars")
        feed = stored_feed(client, "sim")
        assert feed is not None
        assert (feed.origin, feed.state, feed.rejected, feed.reconnects) == ("SIMULATED", "streaming", 0, 0)
        assert feed.legs[BUSY].trades_per_s > 0
        assert ingestor.end() == 0
    for symbol in (BUSY, QUIET):
        assert_equal_to_klines(exchange, client, symbol)
        bars = stored_bars(client, f"sim:{symbol}", Timeframe.M1)
        assert min(bars) == max(bars) - (len(bars) - 1) * 60_000, "history and own bars meet without a hole"
        assert len(bars) > 1000
        assert bars[min(bars)].source == Source.KLINES
    ids = stored_ids(client, f"sim:{BUSY}")
    assert len(ids) == ids[-1] - ids[0] + 1
    last = own_bars(client, f"sim:{BUSY}", Timeframe.S1)[-1]
    assert 0 < last.bid < last.ask
    feed = stored_feed(client, "sim")
    assert feed is not None
    assert (feed.state, feed.detail) == ("disconnected", "the ingestor was stopped")


def test_a_kill_in_mid_bar_loses_nothing(
    exchange: SimulatedExchange, client: Redis, redis_url: str, tmp_path: Path
) -> None:
    settings = {"FEED": "sim", "SIM_URL": exchange.rest_url, "REDIS_URL": redis_url, "SYMBOLS": f"{BUSY},{QUIET}"}
    for minutes in (1, 2):
        with running_ingestor(tmp_path, **settings) as ingestor:
            until(lambda wanted=minutes: minutes_of(client, BUSY) >= wanted, f"minute {minutes}")
            ids = len(stored_ids(client, f"sim:{BUSY}"))
            until(lambda known=ids: len(stored_ids(client, f"sim:{BUSY}")) > known + 20, "the next minute's trades")
            ingestor.kill()
    known = minutes_of(client, QUIET)
    with running_ingestor(tmp_path, **settings) as ingestor:
        until(lambda: minutes_of(client, QUIET) >= known + 2, "two more minutes")
        until(lambda: all_known(client, BUSY, QUIET), "the streams to go on from the past")
        assert ingestor.end() == 0
    for symbol in (BUSY, QUIET):
        assert_equal_to_klines(exchange, client, symbol)
        ids = stored_ids(client, f"sim:{symbol}")
        assert len(ids) == ids[-1] - ids[0] + 1


def test_trades_and_quotes_over_two_connections_and_seconds_without_klines(client: Redis, redis_url: str) -> None:
    """The futures venue as it is used live, at the simulated exchange's address."""
    with SimulatedExchange(start_ms=START_MS, speed=2.0) as exchange:
        follow_futures(exchange, client, redis_url)


def follow_futures(exchange: SimulatedExchange, client: Redis, redis_url: str) -> None:
    venue = at(USDM, stream_url=exchange.ws_url, rest_url=f"{exchange.rest_url}/fapi/v1")
    writer, stop = connect_writer(redis_url), Event()
    session = Thread(target=LiveSession(venue, [BUSY, QUIET], writer, stop).run)
    session.start()
    until(lambda: minutes_of(client, BUSY, venue="usdm") >= 5, "five minutes, most of them from before the start")
    until(lambda: has_quotes(client), "a bar with a closing quote")
    until(lambda: all_known(client, BUSY, QUIET, venue="usdm"), "the streams to go on from the past")
    until(lambda: None not in read_marks(client, [f"usdm:{BUSY}", f"usdm:{QUIET}"]), "mark prices")
    stop.set()
    session.join(10)
    assert not session.is_alive()
    writer.close()
    for symbol in (BUSY, QUIET):
        assert_equal_to_klines(exchange, client, symbol, venue="usdm")
    mark = read_marks(client, [f"usdm:{BUSY}"])[0]
    assert mark is not None
    assert mark.rate == pytest.approx(funding_rate(BUSY, mark.time_ms), abs=1e-8)
    assert BUSY in read_universe(client, "usdm", 10).symbols, "the part of a minute that was heard"
    seconds = own_bars(client, f"usdm:{QUIET}", Timeframe.S1)
    assert seconds[0].open_time_ms < START_MS - 45 * 60_000, "seconds made of trades from before the start"
    feed = stored_feed(client, "usdm")
    assert feed is not None
    assert (feed.origin, feed.rejected) == ("LIVE", 0)


def has_quotes(client: Redis) -> bool:
    last = own_bars(client, f"usdm:{BUSY}", Timeframe.S1)[-1]
    return last.bid < last.ask
