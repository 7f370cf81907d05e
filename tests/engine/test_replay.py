"""One recording at any pace and in any batches, and a reader at any time: the same snapshots to the last bit."""

from __future__ import annotations

import math
import os
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest
from redis import Redis

from engine.errors import UnknownInstrument
from engine.parameters import Method, PairParameters
from engine.reader import Reader
from engine.snapshot import Snapshot
from engine.thresholds import DEFAULT_THRESHOLD
from ingest.replay.replay import Replay
from ingest.sim.recording import write_frames
from store.client import connect_reader, connect_writer
from store.timeframes import Timeframe
from tests.engine.pair_data import Clock

START_MS = 1_782_907_190_000  # 2026-07-01 11:59:50 UTC
Y, X = "replay:ETHUSDT", "replay:BTCUSDT"
PAIRS = [
    PairParameters(Y, X, timeframe=Timeframe.S1, window=60, z_window=30),
    PairParameters(Y, X, timeframe=Timeframe.S1, window=60, z_window=30, method=Method.KALMAN),
    PairParameters(Y, X, timeframe=Timeframe.S1, window=60, z_window=30, method=Method.TLS),
    PairParameters(Y, X, timeframe=Timeframe.M1, z_window=10, method=Method.FIXED, beta=0.5),
]


def play(path: Path, url: str, *, speed: float = math.inf, batch: int = 2_000) -> None:
    client = connect_writer(url)
    Replay(path, client, Event(), speed=speed, batch=batch).run()
    client.close()


def snapshots(reader: Reader) -> list[Snapshot]:
    return [reader.snapshot(p) for p in PAIRS]


def bits(shown: list[Snapshot]) -> list[tuple[bytes, int]]:
    return [(snapshot.rows.tobytes(), snapshot.generation) for snapshot in shown]


def reader_of(url: str) -> Reader:
    return Reader(connect_reader(url), lambda: (DEFAULT_THRESHOLD,), now_s=Clock())


def check_replays(path: Path, client: Redis, url: str, *, speed: float) -> list[Snapshot]:
    """Plays it several times; the snapshots of the first time, computed in one batch."""
    play(path, url)
    once = snapshots(reader_of(url))
    steady = reader_of(url)  # lives through all replays, and looks while they play
    for pace, batch in ((speed, 2_000), (speed, 23), (math.inf, 101)):
        replay = Thread(target=play, args=(path, url), kwargs={"speed": pace, "batch": batch})
        replay.start()
        while replay.is_alive():
            try:
                snapshots(steady)
            except UnknownInstrument:  # just emptied by the replay that begins
                replay.join(0.01)
        assert bits(snapshots(steady)) == bits(once), f"a reader that looked on, speed {pace}, batches of {batch}"
        assert bits(snapshots(reader_of(url))) == bits(once), "a reader that joined late"
        client.flushdb()
    return once


def test_pace_batches_and_time_of_joining_change_no_bit(tmp_path: Path, client: Redis, redis_url: str) -> None:
    path = tmp_path / "sim.frames.gz"
    write_frames(path, seed=7, start_ms=START_MS, seconds=200, symbols=("BTCUSDT", "ETHUSDT"))
    rolling, kalman, nearest, _ = check_replays(path, client, redis_url, speed=150.0)
    assert len(rolling.rows) >= 198, "all seconds but the first, in which the recording begins, and the last"
    for snapshot in (rolling, kalman, nearest):
        assert np.isfinite(snapshot.rows["z"][-1])


def test_a_recording_named_by_the_environment_shows_the_same_twice(client: Redis, redis_url: str) -> None:
    path = os.environ.get("RECORDING")
    if not path:
        pytest.skip("RECORDING names no file")
    shown = check_replays(Path(path), client, redis_url, speed=200.0)
    assert len(shown[0].rows) > 100
