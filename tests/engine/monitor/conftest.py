"""A desk over a fresh database and a real store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from engine.desk.desk import Desk, open_desk
from store.sql.migrate import upgrade


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """The address of an upgraded, empty database."""
    url = f"sqlite:///{tmp_path / 'board.sqlite'}"
    desk = open_desk(url, Redis())
    upgrade(desk.database)
    desk.database.close()
    return url


@pytest.fixture
def desk(database_url: str, client: Redis) -> Iterator[Desk]:
    opened = open_desk(database_url, client)
    yield opened
    opened.database.close()
