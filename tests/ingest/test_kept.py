"""A cold start has the minutes that are kept for good, and the venue's for what lies between."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import pytest
from redis import Redis

from ingest.live.kept import KeptPast, join
from ingest.live.rest import RestClient
from ingest.live.venues import simulated
from ingest.sim.exchange import SimulatedExchange
from store.bars import UNKNOWN_MISSING, Bar, Source, encode_bar, parse_bars
from store.history.minutes import append_minutes
from store.sql.database import open_database
from store.sql.migrate import upgrade
from store.timeframes import Timeframe
from tests.ingest.klines import minutes_of
from tests.ingest.processes import running_ingestor, stored_bars
from tests.store.bar_data import START_MS, made_bar
from tests.tools.waiting import until

NAME = "sim:BTCUSDT"
NOON_MS = 1_782_907_245_000  # 2026-07-01 12:00:45 UTC
MINUTE_MS = 60_000
DAY = 1_440


def _kept(first: int, end: int) -> list[Bar]:
    return [made_bar(number, Timeframe.M1) for number in range(first, end)]


def _klines(first: int, end: int) -> list[Bar]:
    return [bar._replace(source=Source.KLINES, missing=UNKNOWN_MISSING, bid=0.5) for bar in _kept(first, end)]


def _write(address: str, bars: Sequence[Bar]) -> None:
    database = open_database(address)
    upgrade(database)
    with database.write() as connection:
        append_minutes(connection, NAME, parse_bars([encode_bar(bar) for bar in bars]), generation=1)
    database.close()


def test_a_minute_with_all_its_trades_is_taken_before_the_kline() -> None:
    kept = _kept(0, 10)
    kept[7] = kept[7]._replace(missing=3)
    joined = join(kept, _klines(5, 12))
    assert [bar.open_time_ms for bar in joined] == [bar.open_time_ms for bar in _kept(0, 12)]
    assert [n for n, bar in enumerate(joined) if bar.source == Source.KLINES] == [7, 10, 11]


def test_what_lies_between_is_fetched(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/a.sqlite"
    _write(address, _kept(0, 100))
    asked: list[tuple[int, int]] = []

    def fetch(start_ms: int, end_ms: int) -> list[Bar]:
        asked.append((start_ms, end_ms))
        return _klines((start_ms - START_MS) // MINUTE_MS, (end_ms - START_MS) // MINUTE_MS)

    joined = KeptPast(address, most=250).joined(NAME, _klines(150, 300), fetch)
    assert asked == [(START_MS + 100 * MINUTE_MS, START_MS + 150 * MINUTE_MS)]
    assert [bar.open_time_ms for bar in joined] == [bar.open_time_ms for bar in _kept(50, 300)]


def test_another_market_under_the_same_name_is_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    address = f"sqlite:///{tmp_path}/a.sqlite"
    _write(address, [bar._replace(close=bar.close + 5) for bar in _kept(0, 100)])
    klines = _klines(50, 150)
    with caplog.at_level(logging.WARNING):
        assert KeptPast(address, most=1_000).joined(NAME, klines, lambda *_: []) == tuple(klines)
    assert "not this market's" in caplog.text


@pytest.mark.parametrize("address", [None, "sqlite:///{}/none.sqlite", "postgres://a@/b?host={}", "mysql://a/b"])
def test_without_a_database_that_answers_there_are_the_klines(address: str | None, tmp_path: Path) -> None:
    klines = _klines(0, 5)
    past = KeptPast(address and address.format(tmp_path), most=100)
    assert past.joined(NAME, klines, lambda *_: []) == tuple(klines)
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_was_emptied_has_its_past_again(client: Redis, redis_url: str, tmp_path: Path) -> None:
    """Three days in SQL that end thirty hours ago, a day of which the venue's first page does not reach."""
    address = f"sqlite:///{tmp_path}/a.sqlite"
    with SimulatedExchange(start_ms=NOON_MS, speed=40.0) as exchange:
        venue_minutes = _fetched(exchange, NOON_MS - 4 * DAY * MINUTE_MS, NOON_MS)
        kept = [bar._replace(source=Source.TRADES, missing=0, bid=1.0, ask=2.0) for bar in venue_minutes[: 3 * DAY]]
        _write(address, kept)
        settings = {"FEED": "sim", "SIM_URL": exchange.rest_url, "REDIS_URL": redis_url, "SYMBOLS": "BTCUSDT"}
        with running_ingestor(tmp_path, **settings, DATABASE_URL=address) as ingestor:
            until(lambda: minutes_of(client, "BTCUSDT") >= 1, "a minute of its own")
            assert ingestor.end() == 0
    bars = stored_bars(client, NAME, Timeframe.M1)
    assert [encode_bar(bars[bar.open_time_ms]) for bar in kept] == [encode_bar(bar) for bar in kept]
    expected = {bar.open_time_ms: bar.close for bar in venue_minutes}
    assert {open_ms: bars[open_ms].close for open_ms in expected} == expected
    assert max(bars) - min(bars) == (len(bars) - 1) * MINUTE_MS, "no hole"


def _fetched(exchange: SimulatedExchange, start_ms: int, end_ms: int) -> list[Bar]:
    """The exchange's own minutes, closed by `end_ms`."""
    rest = RestClient(simulated(exchange.rest_url))
    start_ms, end_ms = -(-start_ms // MINUTE_MS) * MINUTE_MS, end_ms // MINUTE_MS * MINUTE_MS
    page_ms = 1_000 * MINUTE_MS
    pages = [
        rest.klines("BTCUSDT", Timeframe.M1, start_ms=first, end_ms=min(end_ms, first + page_ms))
        for first in range(start_ms, end_ms, page_ms)
    ]
    return [bar for page in pages for bar in page]
