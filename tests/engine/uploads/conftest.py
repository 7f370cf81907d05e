"""Uploads over a real store and a database of its own."""

from __future__ import annotations

import pytest
from redis import Redis

from engine.uploads import Uploads
from store.sql.database import Database
from tests.store.sql.conftest import _postgresql as _postgresql
from tests.store.sql.conftest import postgresql_url as postgresql_url

NOW_MS = 1_795_000_000_000


@pytest.fixture
def uploads(client: Redis, database: Database) -> Uploads:
    return Uploads(client, database, clock_ms=lambda: NOW_MS)
