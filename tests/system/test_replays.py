"""One recording, played at different speeds and in different batches, read early or late: the same bits."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

import numpy as np
import pytest
from redis import Redis

from engine.errors import UnknownInstrument
from engine.parameters import Method, PairParameters, Timeframe
from engine.reader import Reader
from engine.thresholds import DEFAULT_THRESHOLD
from ingest.replay.replay import Replay
from ingest.sim.recording import write_frames
from store import keys
from store.bars import parse_bar
from store.client import connect_reader, connect_writer
from tests.system.running_board import ROOT

START_MS = 1_782_907_190_000  # 2026-07-01 11:59:50 UTC
LIMIT_S = 120.0


class Legs(NamedTuple):
    y: str
    x: str


def views(legs: Legs) -> list[PairParameters]:
    """Every method, on bars of seconds and of minutes."""
    ways = [(method, 0.8 if method is Method.FIXED else None) for method in Method]
    seconds = [PairParameters(*legs, Timeframe.S1, 60, 30, method, beta) for method, beta in ways]
    minutes = [PairParameters(*legs, Timeframe.M1, 10, 5, method, beta) for method, beta in ways]
    return seconds + minutes


def database(url: str, number: int) -> str:
    """A store of its own on the worker's server."""
    return f"{url}?db={number}"


def reader_of(url: str) -> Reader:
    """A reader for whom time flies: it never answers with what it read a moment ago."""
    seconds = count()
    return Reader(connect_reader(url), lambda: (DEFAULT_THRESHOLD,), now_s=lambda: float(next(seconds)))


def stored_bars(client: Redis, instrument: str, timeframe: Timeframe) -> dict[int, bytes]:
    """The last revision of each bar, packed, by open time."""
    entries: Any = client.xrange(keys.bars(instrument, timeframe))
    packed = [fields[keys.FIELD] for _, fields in entries]
    return {parse_bar(raw).open_time_ms: raw for raw in packed}


def bits(url: str, reader: Reader, legs: Legs) -> dict[str, object]:
    """All that a store holds of a pair, and all that a reader shows of it."""
    client = connect_reader(url)
    found: dict[str, object] = {}
    for leg in legs:
        for timeframe in (Timeframe.S1, Timeframe.M1):
            found[f"{leg} {timeframe}"] = stored_bars(client, leg, timeframe)
    for p in views(legs):
        shown = reader.snapshot(p)
        found[p.key] = (shown.generation, shown.as_of_ms, shown.rows.tobytes())
    client.close()
    return found


def play_here(path: Path, url: str, *, batch: int) -> None:
    client = connect_writer(url)
    Replay(path, client, Event(), speed=math.inf, batch=batch).run()
    client.close()


def start_ingestor(path: Path, url: str, folder: Path, speed: str) -> subprocess.Popen[bytes]:
    """The real process, as ``make run FEED=replay`` has it."""
    settings = {"FEED": "replay", "FILE": str(path), "SPEED": speed, "REDIS_URL": url, "PYTHONPATH": str(ROOT)}
    inherited = {name: value for name, value in os.environ.items() if name not in ("SYMBOLS", "RETENTION_MB")}
    return subprocess.Popen(
        [sys.executable, "-m", "ingest"], cwd=folder, env={**inherited, **settings}, stderr=subprocess.DEVNULL
    )


def look_on(reader: Reader, legs: Legs, process: subprocess.Popen[bytes]) -> int:
    """Look at everything again and again while a replay plays; how often there was something new."""
    seen: set[int | None] = set()
    while process.poll() is None:
        for p in views(legs):
            try:
                seen.add(reader.snapshot(p).as_of_ms)
            except UnknownInstrument:  # not yet there
                break
    assert process.returncode == 0
    return len(seen)


def check_replays(path: Path, redis_url: str, folder: Path, legs: Legs, *, speed: str) -> dict[str, object]:
    """Played as fast as possible, at a finite speed under a reader that looks on, and in small batches."""
    fast, slow, small = (database(redis_url, number) for number in (1, 2, 3))
    with start_ingestor(path, fast, folder, "max") as hurried:
        play_here(path, small, batch=37)
        assert hurried.wait(LIMIT_S) == 0
    steady = reader_of(slow)
    with start_ingestor(path, slow, folder, speed) as paced:
        assert look_on(steady, legs, paced) > 3, "the reader saw nothing grow"
    expected = bits(fast, reader_of(fast), legs)
    assert bits(slow, steady, legs) == expected, "a finite speed, under a reader that looked on"
    assert bits(slow, reader_of(slow), legs) == expected, "a reader that joined late"
    assert bits(small, reader_of(small), legs) == expected, "small batches"
    return expected


def test_the_same_recording_gives_the_same_bits(tmp_path: Path, redis_url: str) -> None:
    path = tmp_path / "own.frames.gz"
    write_frames(path, seed=11, start_ms=START_MS, seconds=1_000, symbols=("BTCUSDT", "ETHUSDT", "SOLUSDT"))
    legs = Legs("replay:BTCUSDT", "replay:ETHUSDT")
    expected = check_replays(path, redis_url, tmp_path, legs, speed="200")
    assert len(expected) == 4 + 2 * len(Method)
    reader = reader_of(database(redis_url, 1))
    for p in views(legs):
        rows = reader.snapshot(p).rows
        if p.method.causal:
            assert len(rows) >= (990 if p.timeframe is Timeframe.S1 else 15)
        assert np.isfinite(rows["z"][-1]), p.key


def test_a_recording_named_by_the_environment_gives_the_same_bits(tmp_path: Path, redis_url: str) -> None:
    path = os.environ.get("RECORDING")
    if not path:
        pytest.skip("RECORDING names no file")
    legs = Legs("replay:ETHUSDT", "replay:BTCUSDT")
    check_replays(Path(path).resolve(), redis_url, tmp_path, legs, speed="100")
