"""What is recorded from a live feed replays."""

from __future__ import annotations

import math
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event, Thread

import pytest
from redis import Redis

from ingest.errors import ConfigurationError
from ingest.live.venues import simulated
from ingest.record import frame_line, new_recording, record
from ingest.replay.replay import Replay
from ingest.sim.exchange import SimulatedExchange
from store.client import connect_writer
from store.timeframes import Timeframe
from tests.ingest.processes import environment, stored_bars, stored_ids
from tests.tools.waiting import until

START_MS = 1_782_907_245_000


def test_a_recorded_feed_replays(client: Redis, redis_url: str, tmp_path: Path) -> None:
    path, stop = tmp_path / "sub" / "live.frames.gz", Event()
    with SimulatedExchange(start_ms=START_MS, speed=20.0) as exchange:
        thread = Thread(target=record, args=(simulated(exchange.rest_url), ["BTCUSDT"], path, stop))
        thread.start()
        until(lambda: path.exists() and path.stat().st_size > 20_000, "half a minute of frames, packed")
        stop.set()
        thread.join(10)
    writer = connect_writer(redis_url)
    Replay(path, writer, Event(), speed=math.inf).run()
    writer.close()
    assert len(stored_bars(client, "replay:BTCUSDT", Timeframe.S1)) > 10
    ids = stored_ids(client, "replay:BTCUSDT")
    assert len(ids) == ids[-1] - ids[0] + 1


def test_the_command_records_until_it_is_interrupted_and_never_over_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.frames"
    with SimulatedExchange(start_ms=START_MS, speed=20.0) as exchange:
        settings = {"FEED": "sim", "SIM_URL": exchange.rest_url, "SYMBOLS": "BTCUSDT,ETHUSDT", "FILE": path.name}
        with recorder(settings, tmp_path) as process:
            until(lambda: path.exists() and path.stat().st_size, "the first frames")
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 0
        assert b'"stream":"btcusdt@' in path.read_bytes()
        assert path.read_bytes().endswith(b"}\n")
        with recorder(settings, tmp_path) as process:
            assert process.wait(30) == 2
            assert process.stderr is not None
            assert "mine.frames exists already: name another FILE" in process.stderr.read()


def recorder(settings: dict[str, str], cwd: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "ingest.record"]
    return subprocess.Popen(command, env=environment(settings), cwd=cwd, stderr=subprocess.PIPE, text=True)


def test_a_recording_ends_after_its_time(tmp_path: Path) -> None:
    with SimulatedExchange(start_ms=START_MS) as exchange:
        venue = simulated(exchange.rest_url)
        record(venue, ["BTCUSDT"], tmp_path / "short.frames", Event(), seconds=0.1)
    assert (tmp_path / "short.frames").exists()


def test_a_frame_is_one_line_whatever_is_in_it() -> None:
    assert frame_line(1_782_907_245_000_000_000, b'{"a":\r\n1}') == b'1782907245000000000 {"a":  1}\n'


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigurationError, match="cannot be written"), new_recording(tmp_path / "file" / "r.gz"):
        pass
