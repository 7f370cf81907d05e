"""Migrations bring any database to the form of this version, whoever runs them and how often."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from store.sql.database import Database, open_database
from store.sql.errors import DatabaseUnavailable, InvalidDatabaseAddress, SchemaOutdated
from store.sql.migrate import upgrade
from store.sql.settings import read_settings
from store.sql.tables import METADATA


def test_the_migrated_tables_are_those_the_code_speaks_of(database: Database) -> None:
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_upgrades_at_the_same_time_wait_for_each_other_and_leave_one_schema(address: str) -> None:
    databases = [open_database(address) for _ in range(4)]
    failures: list[Exception] = []

    def run(database: Database) -> None:
        try:
            upgrade(database)
        except Exception as error:
            failures.append(error)

    threads = [Thread(target=run, args=(database,)) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    with databases[0].read() as connection:
        assert read_settings(connection) == ()
    for database in databases:
        database.close()


def test_a_database_without_tables_says_what_to_run(address: str) -> None:
    database = open_database(address)
    with pytest.raises(SchemaOutdated, match=r"python -m store\.sql upgrade"), database.read() as connection:
        read_settings(connection)
    database.close()


def test_the_command_makes_the_folder_and_the_file(tmp_path: Path) -> None:
    run = _upgrade(tmp_path, {})
    assert (run.returncode, run.stderr) == (0, "")
    assert (tmp_path / "var" / "spreadboard.sqlite").exists()
    again = _upgrade(tmp_path, {})
    assert (again.returncode, again.stderr) == (0, "")


def test_the_command_refuses_in_one_sentence_that_holds_no_password(tmp_path: Path) -> None:
    wrong = _upgrade(tmp_path, {"DATABASE_URL": "mysql://me:canary@db/board"})
    assert wrong.returncode == 1
    assert "DATABASE_URL is not usable" in wrong.stderr
    dead = _upgrade(tmp_path, {"DATABASE_URL": f"postgres://me:canary@/board?host={tmp_path}"})
    assert dead.returncode == 1
    assert dead.stderr.startswith("the database does not answer")
    platform = _upgrade(tmp_path, {"DYNO": "release.1"})
    assert platform.returncode == 2
    for run in (wrong, dead, platform):
        assert run.stderr.count("\n") == 1
        assert "canary" not in run.stderr
        assert "Traceback" not in run.stderr


@pytest.mark.parametrize("address", ["", "nonsense", "mysql://a/b", "sqlite://", "sqlite:///:memory:", "postgres://a"])
def test_addresses_of_nothing_usable_are_refused(address: str) -> None:
    with pytest.raises(InvalidDatabaseAddress):
        open_database(address)


def test_a_dead_server_is_unavailable_and_not_a_crash(tmp_path: Path) -> None:
    database = open_database(f"postgresql://me@/board?host={tmp_path}")
    with pytest.raises(DatabaseUnavailable), database.read():
        pass


def _upgrade(folder: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd()), **variables}
    command = [sys.executable, "-m", "store.sql", "upgrade"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)
