"""A board comes up in order, keeps its processes up, and leaves nothing behind however it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.allinone.settings import free_port
from tests.tools.waiting import until

DRIVER = Path(__file__).with_name("driver.py")
ROOT = DRIVER.parents[3]
END_LIMIT_S = 10.0  # promised


class RunningBoard:
    """A board in a process of its own, its console collected, its processes known by a mark."""

    def __init__(self, folder: Path, behaviour: str, port: int) -> None:
        self.mark = f"SB_TEST_MARK={uuid.uuid4().hex}"
        name, _, value = self.mark.partition("=")
        self.process = subprocess.Popen(
            [sys.executable, str(DRIVER), str(folder), str(port), behaviour],
            env={**os.environ, name: value, "PYTHONPATH": str(ROOT), "REDIS_URL": "", "DATABASE_URL": ""},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())

    def said(self, text: str) -> bool:
        return any(text in line for line in self.lines)

    def wait_for(self, text: str) -> None:
        until(lambda: self.said(text) or self.process.poll() is not None, lambda: f"{text!r}: {self.lines}")
        if not self.said(text):
            self._reader.join(5)
        assert self.said(text), self.lines

    def left(self) -> dict[int, str]:
        """Its living processes but itself: pid → command line."""
        return {pid: line for pid, line in marked(self.mark).items() if pid != self.process.pid}

    def pid_of(self, part: str) -> int:
        """The one process whose command line has `part`, once it is that and no wrapper any more."""

        def found() -> list[int]:
            return [pid for pid, line in self.left().items() if part in line and "parent_death" not in line]

        until(lambda: len(found()) == 1, lambda: (part, self.left()))
        return found()[0]

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for pid in self.left():
            os.kill(pid, signal.SIGKILL)
        self._reader.join(5)
        assert self.process.stdout is not None
        self.process.stdout.close()


def marked(mark: str) -> dict[int, str]:
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if mark.encode() in (entry / "environ").read_bytes():
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
    return found


@pytest.fixture
def boards(tmp_path: Path) -> Iterator[Callable[..., RunningBoard]]:
    """Starts boards in this test's folder; ends what is left of them."""
    started: list[RunningBoard] = []

    def start(behaviour: str = "live", port: int | None = None) -> RunningBoard:
        started.append(RunningBoard(tmp_path, behaviour, port or free_port()))
        return started[-1]

    yield start
    for board in started:
        board.close()


def assert_nothing_left(board: RunningBoard, limit_s: float = END_LIMIT_S) -> None:
    until(lambda: not board.left(), board.left, limit_s=limit_s)


def test_it_comes_up_restarts_what_is_killed_and_ends_when_told(boards: Callable[..., RunningBoard]) -> None:
    board = boards()
    board.wait_for("ready at http://127.0.0.1:")
    assert board.said("ingest   | up")
    kills = ("store", "valkey-server", signal.SIGKILL), ("web", "web.py", signal.SIGKILL), ("ingest", "ingest.py", 15)
    for name, part, number in kills:
        os.kill(board.pid_of(part), number)
        board.wait_for(f"{name} had ended and was started again")
    began = time.monotonic()
    board.process.send_signal(signal.SIGTERM)
    assert board.process.wait(20) == 0
    assert time.monotonic() - began < END_LIMIT_S
    assert board.left() == {}


def test_ctrl_c_ends_even_a_process_that_will_not(boards: Callable[..., RunningBoard]) -> None:
    board = boards("stubborn")
    board.wait_for("ready at")
    began = time.monotonic()
    board.process.send_signal(signal.SIGINT)
    assert board.process.wait(20) == 0
    assert time.monotonic() - began < END_LIMIT_S
    assert board.left() == {}


def test_what_is_wrongly_configured_ends_it_with_its_own_words(boards: Callable[..., RunningBoard]) -> None:
    board = boards("refused")
    assert board.process.wait(30) == 2
    board.wait_for("refused: no symbol XYZ: correct SYMBOLS")
    assert board.left() == {}


def test_a_replay_that_has_ended_stays_ended_and_the_rest_stays(boards: Callable[..., RunningBoard]) -> None:
    board = boards("replay")
    board.wait_for("ingest has done its work")
    board.wait_for("ready at")
    assert sum(line == "ingest   | all played" for line in board.lines) == 1


def test_a_killed_board_leaves_nothing_and_a_new_one_takes_over(boards: Callable[..., RunningBoard]) -> None:
    board = boards()
    board.wait_for("ready at")
    board.process.kill()
    successor = boards()
    assert_nothing_left(board)
    successor.wait_for("ready at")
    os.kill(successor.pid_of("supervisor.supervisord"), signal.SIGKILL)
    successor.wait_for("the supervisor was killed")
    assert successor.process.wait(10) == 1
    assert_nothing_left(successor)


def test_a_second_one_in_the_folder_and_a_taken_port_are_refused(boards: Callable[..., RunningBoard]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = boards(port=taken.getsockname()[1])
        refused.wait_for("cannot listen on 127.0.0.1:")
        assert refused.process.wait(10) == 2
    board = boards()
    until(lambda: bool(board.left()), lambda: board.lines)
    second = boards()
    second.wait_for(f"already runs in this folder (process {board.process.pid})")
    assert second.process.wait(10) == 2
    assert second.left() == {}
    board.process.terminate()
    assert board.process.wait(20) == 0
