"""``make run`` as a user starts and ends it: by Ctrl-C, or by the hard death of what runs it; nothing is left."""

from __future__ import annotations

import math
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.parameters import PairParameters, Timeframe
from ingest.sim.recording import write_frames
from tests.system.conftest import OpenWindow
from tests.system.running_board import ROOT, RunningBoard
from tests.system.test_replays import play_here, reader_of

START_MS = 1_782_907_190_000  # 2026-07-01 11:59:50 UTC
MakeRun = Callable[..., RunningBoard]


@pytest.fixture
def make_run(tmp_path: Path) -> Iterator[MakeRun]:
    """``make run`` in a folder of its own, whose environment is set up already: it is that of these tests."""
    for name in ("requirements.txt", ".venv/installed", ".venv/bin/python"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    python = tmp_path / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    os.utime(tmp_path / "requirements.txt", (0, 0))
    started: list[RunningBoard] = []

    def start(**settings: str) -> RunningBoard:
        started.append(RunningBoard(tmp_path, command=["make", "-f", str(ROOT / "Makefile"), "run"], **settings))
        return started[-1]

    yield start
    for board in started:
        board.close()


def test_nothing_is_left_after_a_hard_death_and_the_next_run_ends_by_ctrl_c(make_run: MakeRun) -> None:
    killed = make_run()
    killed.wait_ready()
    assert all(map(killed.pids_of, ("valkey-server", "ingest.sim", "-m ingest ", "engine.monitor", "gunicorn")))
    watched = killed.get("/watchlist")["items"]
    killed.ends_after(killed.process.kill)
    assert killed.process.returncode == -signal.SIGKILL
    successor = make_run()
    successor.wait_ready()
    assert successor.get("/watchlist")["items"] == watched
    successor.ends_after(lambda: os.killpg(successor.process.pid, signal.SIGINT))
    assert successor.said("^spreadboard: ending")


@pytest.mark.browser
def test_a_replay_shows_the_recorded_pair_and_what_any_other_reader_would(
    make_run: MakeRun, open_any: OpenWindow, redis_url: str, tmp_path: Path
) -> None:
    recording = write_frames(
        tmp_path / "short.frames.gz", seed=3, start_ms=START_MS, seconds=300, symbols=("BTCUSDT", "ETHUSDT")
    )
    board = make_run(FEED="replay", FILE=str(recording.path), SPEED="60")
    board.wait_ready()
    view = PairParameters("replay:BTCUSDT", "replay:ETHUSDT", Timeframe.S1)
    page = open_any(board.url)
    page.go(view.path)
    page.mark()
    assert page.text("badge") == "REPLAY"
    page.wait_text("state", "Replay ended")
    page.wait_text("kpi-as-of", time.strftime("%H:%M", time.gmtime(START_MS / 1000 + 290)))
    page.wait_other("kpi-z", "–")
    assert page.stayed
    assert page.complaints == []
    play_here(recording.path, redis_url, batch=101)
    rows = reader_of(redis_url).snapshot(view).rows
    items = board.get(f"/pairs/{view.y}/{view.x}/series", **view.query)["items"]
    assert [item["z"] for item in items] == [z if math.isfinite(z) else None for z in rows["z"].tolist()]
    board.ends_after(lambda: os.killpg(board.process.pid, signal.SIGINT))
