"""What the monitor says of uploads that it put right in the store."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from redis import Redis

from engine.history_rollup import RolledUp
from engine.monitor.upkeep import with_uploads
from engine.uploads import Uploads, preview
from store.sql.database import open_database
from store.sql.migrate import upgrade


@pytest.mark.parametrize(("count", "words"), [(1, "1 upload put right"), (2, "2 uploads put right")])
def test_uploads_that_were_put_right_are_counted_in_words(
    client: Redis, tmp_path: Path, caplog: pytest.LogCaptureFixture, count: int, words: str
) -> None:
    database = open_database(f"sqlite:///{tmp_path}/board.sqlite")
    upgrade(database)
    uploads = Uploads(client, database)
    raw = b"time,close\n" + b"".join(b"%d,1.5\n" % (1_704_067_200 + 60 * n) for n in range(9))
    for number in range(count):
        uploads.accept(preview("ab.csv", raw), f"U{number}")
    client.flushall()
    with caplog.at_level(logging.INFO):
        with_uploads(lambda: RolledUp(0, more=False), uploads)()
        with_uploads(lambda: RolledUp(0, more=False), uploads)()
    assert [m for m in caplog.messages if "put right" in m] == [f"{words} in the store"]
    database.close()
