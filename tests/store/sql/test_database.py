"""Transactions: whole or not at all, and one writer at a time."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest

from store.sql.database import Database
from store.sql.flags import append_flag
from store.sql.settings import SettingsRecord, append_settings, read_settings


def _settings(number: int) -> SettingsRecord:
    return SettingsRecord(number, 2.0, 0.5, 1_000, 0.7, number)


def test_a_transaction_that_raises_leaves_nothing(database: Database) -> None:
    class Stop(Exception):
        pass

    def half() -> None:
        with database.write() as connection:
            append_settings(connection, _settings(1))
            raise Stop

    with pytest.raises(Stop):
        half()
    with database.read() as connection:
        assert read_settings(connection) == ()


def test_writers_at_the_same_time_wait_their_turn(database: Database) -> None:
    """Each reads before it writes, which is where a lock taken late would fail."""
    start = Barrier(4)

    def write_many() -> None:
        start.wait(10)
        for _ in range(10):
            with database.write() as connection:
                append_settings(connection, _settings(len(read_settings(connection))))

    threads = [Thread(target=write_many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with database.read() as connection:
        written = [record.effective_ms for record in read_settings(connection)]
    if database.dialect == "sqlite":
        assert written == list(range(40))
    assert len(written) == 40


def test_a_flag_goes_up_once(database: Database) -> None:
    with database.write() as connection:
        assert append_flag(connection, "done", 1)
        assert not append_flag(connection, "done", 2)
