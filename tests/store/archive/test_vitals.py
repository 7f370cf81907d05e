"""What the archiver tells its heartbeat: ticks it read, ticks that wait, and how long files took."""

from __future__ import annotations

import signal
from pathlib import Path
from threading import Event, Thread

from redis import Redis

from store.archive.archive import open_archive
from store.archive.follower import Follower
from store.archive.loop import ArchiveLoop
from store.epoch import ensure_epoch
from store.process_state import ProcessState, read_processes
from tests.store.archive.test_follower import _process
from tests.store.archive.tick_data import NAME, made_ticks, publish, register
from tests.tools.waiting import until

TICKS = 700
DUE = 500  # ticks, at which files are written


def test_ticks_are_counted_and_the_writing_of_files_is_timed(client: Redis, tmp_path: Path) -> None:
    """The oracle is the archive itself: what is not in its files waits."""
    ensure_epoch(client)
    register(client, NAME)
    archive = open_archive(str(tmp_path / "ticks"))
    loop = ArchiveLoop(Follower(client, archive, lambda: 0.0, most_pending=DUE), archive, clock_ms=lambda: 0)
    stop = Event()
    thread = Thread(target=loop.run, args=(stop,))
    thread.start()
    try:
        publish(client, made_ticks(0, TICKS))
        until(lambda: loop.vitals().latencies["write"].n == 1, "files")
        counts = loop.vitals().counts
        written = sum(len(ticks) for ticks in archive.read(NAME))
        assert counts["ticks"] == TICKS
        assert counts["waiting"] == TICKS - written
        assert (loop.vitals().latencies["write"].p50 or 0) > 0
    finally:
        stop.set()
        thread.join(20)


def test_the_process_beats_and_takes_itself_off_the_list_at_its_end(
    client: Redis, redis_url: str, tmp_path: Path
) -> None:
    ensure_epoch(client)
    register(client, NAME)
    publish(client, made_ticks(0, TICKS))

    def told() -> ProcessState | None:
        states = read_processes(client).states
        return states[0] if states and states[0].vitals.counts.get("ticks") == TICKS else None

    with _process(redis_url, TICK_ARCHIVE=str(tmp_path / "ticks")) as process:
        until(told, "its word of what it read")
        state = told()
        assert state is not None
        assert (state.kind, state.pid) == ("archive", process.pid)
        assert {"pyarrow", "duckdb"} <= state.versions.keys()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert read_processes(client).states == ()
