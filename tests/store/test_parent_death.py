"""What was started ends with whoever started it, even when that was killed."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from store.client import connect_reader
from tests.tools.waiting import until

_STARTER = """
import subprocess, sys, time
child = subprocess.Popen(sys.argv[1:])
print(child.pid, flush=True)
time.sleep(60)
"""
_WATCHING = """
import os, sys
from store.parent_death import watch_parent
sys.exit(watch_parent(sys.argv[1:], os.getppid()))
"""
_SLEEPER = [sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(60)"]


def gone(pid: int) -> bool:
    """Whether a process has ended (a zombie that nobody reaps has)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False


@pytest.mark.parametrize(
    "wrapper",
    [
        pytest.param([sys.executable, "-m", "store.parent_death", "--"], id="kernel"),
        pytest.param([sys.executable, "-c", _WATCHING], id="watching"),
    ],
)
def test_a_killed_parent_takes_its_child_along(wrapper: list[str]) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _STARTER, *wrapper, *_SLEEPER], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pids = [int(parent.stdout.readline()), int(parent.stdout.readline())]
        assert not any(map(gone, pids))
        parent.kill()
        until(lambda: all(map(gone, pids)), "the child outlived its parent")


def test_the_command_keeps_its_exit_code_and_its_signals() -> None:
    wrapper = [sys.executable, "-m", "store.parent_death", "--"]
    assert subprocess.run([*wrapper, sys.executable, "-c", "raise SystemExit(7)"], check=False).returncode == 7
    with subprocess.Popen([*wrapper, *_SLEEPER], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert int(child.stdout.readline()) == child.pid
        child.terminate()
        assert child.wait(10) == -signal.SIGTERM
    assert subprocess.run([sys.executable, "-m", "store.parent_death"], check=False).returncode == 2


@pytest.fixture
def short_directory() -> Iterator[Path]:
    """A directory whose path leaves room for a socket's name."""
    directory = tempfile.mkdtemp(prefix="sb-", dir="/tmp")
    yield Path(directory)
    shutil.rmtree(directory)


def test_an_embedded_store_is_private_and_what_it_holds_outlives_a_kill_of_its_owner(short_directory: Path) -> None:
    directory = short_directory / "store"
    command = [sys.executable, "-m", "store.embedded", str(directory)]
    client = connect_reader(f"unix://{directory}/valkey.sock")
    try:
        with subprocess.Popen([sys.executable, "-c", _STARTER, *command], stdout=subprocess.PIPE, text=True) as owner:
            assert owner.stdout is not None
            pid = int(owner.stdout.readline())
            until(lambda: answers(client), "the store does not answer")
            assert directory.stat().st_mode & 0o077 == 0
            assert client.config_get("port")["port"] == "0"
            client.set("kept", "yes")
            owner.kill()
            until(lambda: gone(pid), "the store outlived its owner")
        with subprocess.Popen(command) as store:
            until(lambda: answers(client), "the store does not come back")
            assert client.get("kept") == b"yes"
            store.terminate()
            assert store.wait(10) == 0
    finally:
        client.close()


def test_a_second_store_waits_until_the_first_has_left_its_files(short_directory: Path) -> None:
    first = subprocess.Popen([sys.executable, "-m", "store.embedded", str(short_directory)])
    client = connect_reader(f"unix://{short_directory}/valkey.sock")
    other = connect_reader(f"unix://{short_directory}/other.sock")
    try:
        until(lambda: answers(client), "the store does not answer")
        client.set("kept", "yes")
        with subprocess.Popen(
            [sys.executable, "-m", "store.embedded", str(short_directory), "--socket", f"{short_directory}/other.sock"]
        ) as second:
            first.terminate()
            first.wait(10)
            until(lambda: answers(other), "the second store does not start")
            assert other.get("kept") == b"yes"
            second.terminate()
    finally:
        first.kill()
        first.wait()
        client.close()
        other.close()


def test_a_socket_path_that_is_too_long_is_said(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "store.embedded", str(tmp_path / ("x" * 100))]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "longer than 100 bytes" in ended.stderr
