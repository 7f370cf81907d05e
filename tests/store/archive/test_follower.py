"""The archiver against real streams: whatever ends in between, every id of the streams is in the archive, and once."""

from __future__ import annotations

import logging
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from redis import Redis

from store import keys
from store.archive.archive import Archive, open_archive
from store.archive.cursor import read_cursor
from store.archive.errors import ArchiveUnavailable
from store.archive.follower import FLUSH_EVERY_S, Follower
from store.epoch import ensure_epoch, renew_epoch
from tests.store.archive.tick_data import NAME, made_ticks, publish, register
from tests.tools.waiting import until

OTHER = "usdm:ETHUSDT"


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return open_archive(str(tmp_path / "ticks"))


@pytest.fixture(autouse=True)
def _store(client: Redis) -> None:
    ensure_epoch(client)
    register(client, NAME, OTHER, "replay:BTCUSDT")


def _follower(client: Redis, archive: Archive, clock: list[float] | None = None, **options: int) -> Follower:
    times = clock or [0.0]
    follower = Follower(client, archive, lambda: times[0], **options)
    follower.look()
    return follower


def _read_all(follower: Follower) -> None:
    while follower.read():
        pass


def _ids(archive: Archive, name: str = NAME) -> list[int]:
    return [int(trade_id) for ticks in archive.read(name) for trade_id in ticks["trade_id"]]


def test_what_is_in_the_streams_is_archived_but_for_recordings(client: Redis, archive: Archive) -> None:
    for name in (NAME, OTHER, "replay:BTCUSDT"):
        publish(client, made_ticks(0, 1_000), name=name)
    follower = _follower(client, archive)
    _read_all(follower)
    assert archive.instruments() == ()
    follower.flush()
    assert archive.instruments() == (NAME, OTHER)
    for name in (NAME, OTHER):
        assert b"".join(t.tobytes() for t in archive.read(name)) == made_ticks(0, 1_000).tobytes()


def test_files_are_due_by_time_and_by_number(client: Redis, archive: Archive) -> None:
    clock = [0.0]
    follower = _follower(client, archive, clock, most_pending=500)
    clock[0] = FLUSH_EVERY_S
    assert not follower.due
    publish(client, made_ticks(0, 100))
    follower.read()
    assert follower.due
    follower.flush()
    assert not follower.due
    publish(client, made_ticks(100, 600))
    follower.read()
    assert follower.due


@pytest.mark.parametrize("seed", range(4))
def test_crashes_at_any_point_leave_nothing_out(client: Redis, archive: Archive, seed: int) -> None:
    """A follower that is dropped has read and not written, or written its file and not its cursor."""
    chance, sent = random.Random(seed), 0
    follower = _follower(client, archive)
    while sent < 3_000:
        more = chance.randrange(1, 300)
        publish(client, made_ticks(sent, sent + more))
        sent += more
        _read_all(follower)
        what = chance.random()
        if what < 0.3:
            follower.flush()
        elif what < 0.5:
            cursor = archive.files.path("venue=sim/symbol=BTCUSDT/_cursor.json")
            before = Path(cursor).read_bytes() if Path(cursor).exists() else None
            follower.flush()
            if before is None:
                Path(cursor).unlink(missing_ok=True)
            else:
                Path(cursor).write_bytes(before)
            follower = _follower(client, archive)
        elif what < 0.8:
            follower = _follower(client, archive)
    follower = _follower(client, archive)
    _read_all(follower)
    follower.flush()
    assert _ids(archive) == list(range(sent))


def test_late_ticks_and_an_emptied_store(client: Redis, archive: Archive) -> None:
    ticks = made_ticks(0, 600)
    publish(client, np.concatenate((ticks[:100], ticks[150:300], ticks[100:150])))
    follower = _follower(client, archive)
    _read_all(follower)
    client.delete(keys.ticks(NAME))
    renew_epoch(client)
    publish(client, ticks[250:600])
    follower.look()
    _read_all(follower)
    follower.flush()
    assert _ids(archive) == list(range(600))
    cursor = read_cursor(archive.files, NAME)
    assert cursor is not None
    assert cursor.last_id == 599


def test_ids_that_left_the_stream_unread_are_said(
    client: Redis, archive: Archive, caplog: pytest.LogCaptureFixture
) -> None:
    publish(client, made_ticks(0, 100))
    follower = _follower(client, archive)
    _read_all(follower)
    publish(client, made_ticks(100, 400))
    client.xtrim(keys.ticks(NAME), maxlen=5, approximate=False)
    with caplog.at_level(logging.WARNING):
        _read_all(follower)
    assert "the archive has no ids 100 to 339" in caplog.text


def test_an_archive_that_cannot_be_written_loses_nothing(client: Redis, tmp_path: Path) -> None:
    place = tmp_path / "ticks"
    archive = open_archive(str(place))
    publish(client, made_ticks(0, 100))
    follower = _follower(client, archive)
    _read_all(follower)
    place.write_text("a file in its way")
    with pytest.raises(ArchiveUnavailable):
        follower.flush()
    place.unlink()
    follower.flush()
    assert _ids(archive) == list(range(100))


@contextmanager
def _process(redis_url: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "REDIS_URL": redis_url, **settings}
    process = subprocess.Popen(
        [sys.executable, "-m", "store.archive"], env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=20)


def test_the_process_writes_what_waits_when_it_is_told_to_end(
    client: Redis, redis_url: str, archive: Archive, tmp_path: Path
) -> None:
    publish(client, made_ticks(0, 1_000))
    settings = {"TICK_ARCHIVE": str(tmp_path / "ticks")}
    with _process(redis_url, **settings) as process:
        until(lambda: _reads(client), "the archiver reads")
        time.sleep(0.3)  # what it has read by now must be there after its end; the rest is read by the next
        os.kill(process.pid, signal.SIGKILL)
    with _process(redis_url, **settings) as process:
        before = _commands(client)
        until(lambda: _commands(client) >= before + 3, "it has read to the end")
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert _ids(archive) == list(range(1_000))


def _commands(client: Redis) -> int:
    stats = client.info("commandstats")
    return int(stats.get("cmdstat_xread", {"calls": 0})["calls"])


def _reads(client: Redis) -> bool:
    return _commands(client) > 0


def test_without_an_address_it_waits_and_with_a_wrong_one_it_refuses(redis_url: str) -> None:
    with _process(redis_url, TICK_ARCHIVE="") as process:
        assert process.stderr is not None
        assert "TICK_ARCHIVE is not set" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    with _process("", TICK_ARCHIVE="gs://x/y") as process:
        _, said = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "TICK_ARCHIVE must be" in said
    assert "REDIS_URL must name" in said
