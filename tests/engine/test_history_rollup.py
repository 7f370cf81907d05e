"""Minutes go from the streams into SQL once each, whatever ends in between."""

from __future__ import annotations

import logging
from pathlib import Path
from threading import Thread

import pytest
from redis import Redis

from engine.history_rollup import HistoryRollup
from engine.monitor.history import HistoryWork
from store import keys
from store.bars import encode_bar, parse_bars
from store.catalogue import InstrumentInfo, encode_info
from store.epoch import ensure_epoch
from store.grid import Bars
from store.history.minutes import read_minutes
from store.sql.database import Database, open_database
from store.sql.errors import SchemaOutdated
from store.sql.migrate import upgrade
from store.timeframes import Timeframe
from tests.store.bar_data import made_bar, publish
from tests.tools.waiting import until

NAME, OTHER, REPLAYED = "sim:BTCUSDT", "usdm:ETHUSDT", "replay:BTCUSDT"


def _register(client: Redis, *names: str) -> None:
    ensure_epoch(client)
    for name in names:
        client.hset(keys.INSTRUMENTS, name, encode_info(InstrumentInfo(name, "BTC", "USDT", 0.01, 0)))


def _publish(client: Redis, first: int, end: int, *, revision: int = 0, name: str = NAME) -> None:
    publish(client, name, Timeframe.M1, (made_bar(n, Timeframe.M1, revision=revision) for n in range(first, end)))


def _kept(database: Database, name: str = NAME) -> Bars:
    with database.read() as connection:
        return read_minutes(connection, name, start_ms=0, end_ms=2**42)


def _expected(*revisions: int) -> bytes:
    return parse_bars([encode_bar(made_bar(n, Timeframe.M1, revision=r)) for n, r in enumerate(revisions)]).tobytes()


def _run(rollup: HistoryRollup) -> int:
    passes = 1
    while rollup.run().more:
        passes += 1
    return passes


def test_what_is_in_the_streams_is_kept_and_a_replay_is_not(client: Redis, database: Database) -> None:
    _register(client, NAME, OTHER, REPLAYED)
    for name in (NAME, OTHER, REPLAYED):
        _publish(client, 0, 20, name=name)
    rollup = HistoryRollup(client, database)
    assert rollup.run().bars == 40
    assert rollup.run() == (0, False)
    for name in (NAME, OTHER):
        assert _kept(database, name).tobytes() == _expected(*[0] * 20)
    assert len(_kept(database, REPLAYED)) == 0


def test_each_pass_takes_a_bounded_number_and_says_that_there_is_more(client: Redis, database: Database) -> None:
    _register(client, NAME)
    _publish(client, 0, 100)
    assert _run(HistoryRollup(client, database, entries=30)) == 4
    assert _kept(database).tobytes() == _expected(*[0] * 100)


def test_a_revision_replaces_what_was_kept(client: Redis, database: Database) -> None:
    _register(client, NAME)
    _publish(client, 0, 10)
    rollup = HistoryRollup(client, database)
    rollup.run()
    _publish(client, 3, 5, revision=2)
    rollup.run()
    assert _kept(database).tobytes() == _expected(0, 0, 0, 2, 2, 0, 0, 0, 0, 0)


def test_another_process_goes_on_where_the_last_one_ended(client: Redis, database: Database) -> None:
    _register(client, NAME)
    _publish(client, 0, 10)
    HistoryRollup(client, database).run()
    _publish(client, 10, 12)
    assert HistoryRollup(client, database).run().bars == 2
    assert HistoryRollup(client, database).run().bars == 0


def test_two_at_once_take_every_bar_over(client: Redis, database: Database) -> None:
    _register(client, NAME, OTHER)
    for name in (NAME, OTHER):
        _publish(client, 0, 400, name=name)
    threads = [Thread(target=_run, args=(HistoryRollup(client, database, entries=25),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for name in (NAME, OTHER):
        assert _kept(database, name).tobytes() == _expected(*[0] * 400)


def test_an_emptied_store_takes_nothing_away_and_adds_what_it_gets(client: Redis, database: Database) -> None:
    _register(client, NAME)
    _publish(client, 0, 10, revision=1)
    rollup = HistoryRollup(client, database)
    rollup.run()
    client.flushall()
    assert rollup.run() == (0, False)
    _register(client, NAME)
    _publish(client, 5, 15)  # the same minutes anew, their revisions counted from the beginning
    rollup.run()
    assert _kept(database).tobytes() == _expected(*[1] * 10, *[0] * 5)
    _publish(client, 12, 13, revision=1)
    rollup.run()
    assert _kept(database)["revision"].tolist() == [1] * 10 + [0, 0, 1, 0, 0]


def test_a_failing_write_leaves_bars_and_place_as_they_were(client: Redis, tmp_path: Path) -> None:
    _register(client, NAME)
    _publish(client, 0, 10)
    database = open_database(f"sqlite:///{tmp_path}/late.sqlite")
    rollup = HistoryRollup(client, database)
    with pytest.raises(SchemaOutdated):
        rollup.run()
    upgrade(database)
    assert rollup.run().bars == 10
    database.close()


def test_bars_that_left_the_stream_unkept_are_said(
    client: Redis, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    _register(client, NAME)
    _publish(client, 0, 10)
    rollup = HistoryRollup(client, database)
    rollup.run()
    _publish(client, 10, 30)
    client.xtrim(keys.bars(NAME, Timeframe.M1), maxlen=5, approximate=False)
    with caplog.at_level(logging.WARNING):
        rollup.run()
    assert "its history has a gap" in caplog.text
    assert _kept(database)["open_time_s"].tolist() == [made_bar(n, Timeframe.M1).open_time_ms // 1000 for n in
                                                       (*range(10), *range(25, 30))]  # fmt: skip


def test_the_work_beside_the_loop_runs_only_while_allowed_and_survives_a_failure(
    client: Redis, database: Database, tmp_path: Path
) -> None:
    _register(client, NAME)
    _publish(client, 0, 10)
    behind = open_database(f"sqlite:///{tmp_path}/without-tables.sqlite")
    work = HistoryWork(HistoryRollup(client, behind).run, every_s=0.01)
    work.start()
    work.allow(True)
    until(lambda: work._quiet, "the first failure")
    upgrade(behind)
    until(lambda: len(_kept(behind)) == 10, "the roll-up goes on")
    work.close()
    assert not work._thread.is_alive()
    behind.close()
