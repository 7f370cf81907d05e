"""How the board itself is: against what the server, the file system and a second client tell."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import text

from engine.system import System
from store.client import connect_reader
from store.errors import StoreUnavailable
from store.process_state import Vitals
from store.server_info import read_server_info
from store.sql.database import Database, open_database
from store.sql.size import database_bytes
from tests.store.standing_still import stopped

MB = 1_000_000


@pytest.fixture
def own(redis_url: str) -> Iterator[Redis]:
    """A second client of the server, so that the one that is looked with is not the one that counts."""
    connection = connect_reader(redis_url)
    yield connection
    connection.close()


def test_the_size_of_the_database_is_its_file_s(database: Database, tmp_path: Path) -> None:
    """The oracle is the file system, once the write-ahead log is written back."""
    with database.write() as connection:
        connection.execute(text("CREATE TABLE filler (content BLOB)"))
        connection.execute(text("INSERT INTO filler VALUES (zeroblob(3000000))"))
    size = database_bytes(database)
    with closing(sqlite3.connect(tmp_path / "board.sqlite")) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert size == (tmp_path / "board.sqlite").stat().st_size > 3_000_000


def test_the_server_s_memory_and_limit_are_what_it_was_given(client: Redis) -> None:
    client.config_set("maxmemory", 200 * MB)
    try:
        before = read_server_info(client)
        client.set("ballast", b"x" * 20 * MB)
        after = read_server_info(client)
    finally:
        client.config_set("maxmemory", 0)
    assert before.used_mb is not None
    assert after.used_mb is not None
    assert after.peak_mb is not None
    assert 20 <= after.used_mb - before.used_mb < 45  # the value, and what was received of it
    assert after.limit_mb == 200
    assert after.peak_mb >= after.used_mb
    assert read_server_info(client).limit_mb is None
    assert (after.name, after.version) == ("valkey", client.info("server")["valkey_version"])
    assert after.clients == len(client.client_list())


def test_a_look_shows_the_processes_that_beat_the_store_and_the_database(client: Redis, database: Database) -> None:
    system = System(client, database)
    beat = system.heartbeat("web", lambda: Vitals(counts={"answers": 4}))
    beat.start()
    deadline_s = time.monotonic() + 20
    while not (view := system.look()).processes:
        assert time.monotonic() < deadline_s
        time.sleep(0.05)
    assert [(process.kind, process.vitals.counts) for process in view.processes] == [("web", {"answers": 4})]
    assert abs(view.now_ms - view.processes[0].written_ms) < 5_000
    assert view.database.size_bytes == database_bytes(database)
    assert view.store.name == "valkey"
    beat.close()


def test_looks_within_half_a_second_cost_the_store_one(client: Redis, own: Redis, database: Database) -> None:
    system = System(own, database)
    asked = int(client.info("commandstats")["cmdstat_info"]["calls"])
    for _ in range(50):
        system.look()
    assert int(client.info("commandstats")["cmdstat_info"]["calls"]) - asked == 2  # its own, and this one


def test_a_database_that_is_away_is_said_and_hides_nothing_else(client: Redis, tmp_path: Path) -> None:
    nowhere = open_database("postgresql://nobody@127.0.0.1:9/none")
    view = System(client, nowhere).look()
    assert (view.database.dialect, view.database.size_bytes) == ("postgresql", None)
    assert "does not answer" in view.database.reason
    nowhere.close()


def test_a_frozen_store_is_asked_by_one_and_refused_to_others(client: Redis, own: Redis, database: Database) -> None:
    system = System(own, database)
    with stopped(client):
        with pytest.raises(StoreUnavailable):
            system.look()
        began_s = time.monotonic()
        for _ in range(5):
            with pytest.raises(StoreUnavailable):
                system.look()
        assert time.monotonic() - began_s < 0.8
