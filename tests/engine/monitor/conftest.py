"""A desk over a fresh database and a real store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from engine.desk.desk import Desk, open_desk


@pytest.fixture
def desk(database_url: str, client: Redis) -> Iterator[Desk]:
    opened = open_desk(database_url, client)
    yield opened
    opened.database.close()
