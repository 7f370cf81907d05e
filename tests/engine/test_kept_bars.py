"""Bars of streams and of SQL as one: each minute once, the higher revision; no database needed where streams reach."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis import Redis

from engine.errors import UnknownInstrument
from engine.reader import Reader
from store import keys
from store.bars import encode_bar, parse_bars
from store.catalogue import InstrumentInfo, encode_info
from store.epoch import ensure_epoch
from store.errors import StoreUnavailable
from store.history.minutes import append_minutes
from store.sql.database import Database, open_database
from store.sql.errors import SchemaOutdated
from store.timeframes import Timeframe
from tests.store.bar_data import START_MS, made_bar, publish

NAME = "sim:BTCUSDT"
MINUTE_MS = 60_000


@pytest.fixture
def reader(client: Redis, database: Database) -> Reader:
    ensure_epoch(client)
    client.hset(keys.INSTRUMENTS, NAME, encode_info(InstrumentInfo(NAME, "BTC", "USDT", 0.01, 0)))
    return Reader(client, tuple, database=database)


def _keep(database: Database, first: int, end: int, *, revision: int = 0) -> None:
    bars = parse_bars([encode_bar(made_bar(n, Timeframe.M1, revision=revision)) for n in range(first, end)])
    with database.write() as connection:
        append_minutes(connection, NAME, bars, generation=1)


def _publish(client: Redis, first: int, end: int, *, revision: int = 0) -> None:
    publish(client, NAME, Timeframe.M1, (made_bar(n, Timeframe.M1, revision=revision) for n in range(first, end)))


def _at(number: int) -> int:
    return START_MS + number * MINUTE_MS


def _bytes(*numbers: int, revision: int = 0) -> bytes:
    return parse_bars([encode_bar(made_bar(n, Timeframe.M1, revision=revision)) for n in numbers]).tobytes()


def test_bars_reach_back_beyond_the_streams(client: Redis, database: Database, reader: Reader) -> None:
    _keep(database, 0, 300)
    _publish(client, 250, 320)  # the last twenty are not kept yet
    found = reader.kept_bars(NAME, Timeframe.M1, start_ms=0, limit=1_000)
    assert found.tobytes() == _bytes(*range(320))
    assert reader.kept_bars(NAME, Timeframe.M1, limit=100).tobytes() == _bytes(*range(220, 320))
    part = reader.kept_bars(NAME, Timeframe.M1, start_ms=_at(240), end_ms=_at(305), limit=1_000)
    assert part.tobytes() == _bytes(*range(240, 305))
    assert len(reader.bars(NAME, Timeframe.M1, limit=1_000)) == 70


def test_of_a_minute_in_both_the_higher_revision_counts(client: Redis, database: Database, reader: Reader) -> None:
    _keep(database, 0, 10)
    _keep(database, 4, 6, revision=2)
    _publish(client, 0, 10, revision=1)
    found = reader.kept_bars(NAME, Timeframe.M1, limit=100)
    assert found["revision"].tolist() == [1, 1, 1, 1, 2, 2, 1, 1, 1, 1]
    assert found[4:6].tobytes() == _bytes(4, 5, revision=2)


def test_a_coarser_bar_may_be_made_of_minutes_of_both(client: Redis, database: Database, reader: Reader) -> None:
    _keep(database, 0, 67)
    _publish(client, 62, 125)
    hours = reader.kept_bars(NAME, Timeframe.H1, limit=10)
    assert hours["trades"].tolist() == [180, 180]
    assert hours["open_time_s"].tolist() == [_at(0) // 1000, _at(60) // 1000]
    fives = reader.kept_bars(NAME, Timeframe.M5, start_ms=_at(1), limit=100)
    assert fives["open_time_s"].tolist() == [_at(n) // 1000 for n in range(5, 125, 5)]


def test_seconds_come_from_the_streams_alone(client: Redis, database: Database, reader: Reader) -> None:
    _keep(database, 0, 10)
    publish(client, NAME, Timeframe.S1, [made_bar(n) for n in range(5)])
    assert len(reader.kept_bars(NAME, Timeframe.S1, limit=100)) == 5


def test_an_instrument_that_the_store_has_lost_is_still_there(client: Redis, database: Database) -> None:
    _keep(database, 0, 10)
    reader = Reader(client, tuple, database=database)
    assert len(reader.kept_bars(NAME, Timeframe.M1, limit=100)) == 10
    with pytest.raises(UnknownInstrument):
        reader.kept_bars("sim:NONE", Timeframe.M1)


def test_a_database_that_cannot_answer_matters_only_beyond_the_streams(
    client: Redis, reader: Reader, tmp_path: Path
) -> None:
    _publish(client, 100, 200)
    for address in (f"sqlite:///{tmp_path}/none.sqlite", f"postgres://a@/b?host={tmp_path}"):
        database = open_database(address)
        lame = Reader(client, tuple, database=database)
        assert lame.kept_bars(NAME, Timeframe.M1, limit=100).tobytes() == _bytes(*range(100, 200))
        part = lame.kept_bars(NAME, Timeframe.M5, start_ms=_at(150), limit=1_000)
        assert len(part) == 10
        for beyond in ({"limit": 101}, {"start_ms": _at(50), "limit": 10}):
            with pytest.raises((StoreUnavailable, SchemaOutdated)):
                lame.kept_bars(NAME, Timeframe.M1, **beyond)
        database.close()
