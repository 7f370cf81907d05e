"""An upgraded database of each kind, empty for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from store.sql.database import Database, open_database
from store.sql.migrate import upgrade
from tests.store.sql.postgresql import running_server, server_programs


@pytest.fixture(scope="session")
def _postgresql() -> Iterator[str]:
    programs = server_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed here")
    with running_server(programs) as url:
        yield url


@pytest.fixture
def postgresql_url(_postgresql: str) -> str:
    """The address of a real PostgreSQL database without tables."""
    database = open_database(_postgresql)
    with database.write() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    database.close()
    return _postgresql


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database without tables, of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'board.sqlite'}"
    found: str = request.getfixturevalue("postgresql_url")
    return found


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    """An upgraded, empty database of either kind."""
    opened = open_database(address)
    upgrade(opened)
    yield opened
    opened.close()
