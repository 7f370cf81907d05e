"""Streams trimmed beyond the place up to which somebody has read: exactly what was missed is noticed and told.

The oracle is what the test trimmed away itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from engine.history_rollup import HistoryRollup
from store import keys
from store.archive.archive import open_archive
from store.archive.follower import Follower
from store.buffer import RollingBuffer
from store.catalogue import InstrumentInfo, encode_info
from store.epoch import ensure_epoch
from store.history.minutes import read_minutes
from store.reader_gaps import KEPT, ReaderGap, note_reader_gap, read_reader_gaps
from store.sql.database import Database, open_database
from store.sql.migrate import upgrade
from store.timeframes import Timeframe
from tests.ingest.processes import stored_ticks
from tests.store.archive.tick_data import made_ticks
from tests.store.archive.tick_data import publish as publish_ticks
from tests.store.bar_data import made_bar, publish

NAME = "sim:BTCUSDT"
MINUTES = keys.bars(NAME, Timeframe.M1)


@pytest.fixture(autouse=True)
def _register(client: Redis) -> None:
    ensure_epoch(client)
    client.hset(keys.INSTRUMENTS, NAME, encode_info(InstrumentInfo(NAME, "BTC", "USDT", 0.01, 0)))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path}/history.sqlite")
    upgrade(opened)
    yield opened
    opened.close()


def add_minutes(client: Redis, first: int, end: int) -> None:
    publish(client, NAME, Timeframe.M1, (made_bar(number, Timeframe.M1) for number in range(first, end)))


def told(client: Redis) -> list[tuple[str, str, int, int]]:
    return [(gap.reader, gap.instrument, gap.first, gap.last) for gap in read_reader_gaps(client)]


def test_the_archive_tells_the_ids_that_left_before_it_read_them(client: Redis, tmp_path: Path) -> None:
    archive = open_archive(str(tmp_path / "ticks"))
    follower = Follower(client, archive, lambda: 0.0)
    follower.look()
    publish_ticks(client, made_ticks(0, 1_000))
    while follower.read():
        pass
    publish_ticks(client, made_ticks(1_000, 4_000))
    client.xtrim(keys.ticks(NAME), maxlen=5, approximate=False)
    left = int(stored_ticks(client, NAME)["trade_id"][0])
    assert left > 1_000
    while follower.read():
        pass
    follower.flush()
    assert told(client) == [("archive", NAME, 1_000, left - 1)]
    archived = [int(trade_id) for ticks in archive.read(NAME) for trade_id in ticks["trade_id"]]
    assert archived == [*range(1_000), *range(left, 4_000)]


def test_ids_that_the_feed_lacks_are_not_said_to_have_been_missed(client: Redis, tmp_path: Path) -> None:
    follower = Follower(client, open_archive(str(tmp_path / "ticks")), lambda: 0.0)
    follower.look()
    publish_ticks(client, made_ticks(0, 100))
    while follower.read():
        pass
    publish_ticks(client, made_ticks(200, 300))
    while follower.read():
        pass
    assert told(client) == []


def test_the_history_tells_the_minutes_that_left_before_they_were_kept(client: Redis, database: Database) -> None:
    rollup = HistoryRollup(client, database)
    add_minutes(client, 0, 50)
    rollup.run()
    add_minutes(client, 50, 200)
    client.xtrim(MINUTES, maxlen=30, approximate=False)
    rollup.run()
    opened = [made_bar(number, Timeframe.M1).open_time_ms for number in range(200)]
    assert told(client) == [("history", NAME, opened[50], opened[169])]
    with database.read() as connection:
        kept = read_minutes(connection, NAME, start_ms=0, end_ms=2**42)
    assert (kept["open_time_s"].astype(int) * 1000).tolist() == opened[:50] + opened[170:]


def test_a_trim_up_to_the_place_itself_misses_no_minute(client: Redis, database: Database) -> None:
    rollup = HistoryRollup(client, database)
    add_minutes(client, 0, 50)
    rollup.run()
    add_minutes(client, 50, 60)
    client.xtrim(MINUTES, maxlen=10, approximate=False)
    rollup.run()
    assert told(client) == []


def test_a_buffer_whose_place_was_trimmed_holds_what_the_stream_does_and_nothing_of_before(client: Redis) -> None:
    buffer = RollingBuffer(client, NAME, Timeframe.M1, capacity=300)
    add_minutes(client, 0, 50)
    buffer.refresh()
    add_minutes(client, 50, 200)
    client.xtrim(MINUTES, maxlen=30, approximate=False)
    change = buffer.refresh()
    opened = [made_bar(number, Timeframe.M1).open_time_ms // 1000 for number in range(170, 200)]
    assert change.reset
    assert buffer.bars["open_time_s"].tolist() == opened


def test_the_newest_are_remembered(client: Redis) -> None:
    for number in range(KEPT + 5):
        note_reader_gap(client, ReaderGap("archive", NAME, number, number, 0))
    assert [gap.first for gap in read_reader_gaps(client)] == list(range(5, KEPT + 5))
