"""What a measurement needs running: a whole board, an exchange, a web server. Each ends with its `with` block."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOST = "127.0.0.1"
GUNICORN_CONF = str(ROOT / "dash_app" / "gunicorn_conf.py")
_START_LIMIT_S = 60.0
_STOP_LIMIT_S = 12.0
_INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "WEB_CONCURRENCY")  # no setting of a board that happens to be exported


class ServerFailedError(Exception):
    """A server of the measurement did not come up; its last words are in the message."""


@dataclass(frozen=True, slots=True)
class Server:
    """A process that answers HTTP at `port` of this machine; `folder` is where it works."""

    pid: int
    port: int
    folder: Path

    @property
    def redis_url(self) -> str:
        """The embedded store of a board; a long folder name would put its sockets elsewhere."""
        return f"unix://{self.folder}/var/run/valkey.sock"


@contextmanager
def running_board(*, exchange_port: int | None = None, retention_mb: int | None = None) -> Iterator[Server]:
    """The processes of `make run` over an embedded store, warmed up, against a simulated exchange."""
    port = free_port()
    address = {} if exchange_port is None else {"SIM_URL": f"http://{HOST}:{exchange_port}"}
    retention = {} if retention_mb is None else {"RETENTION_MB": str(retention_mb)}
    settings = {"FEED": "sim", "HOST": HOST, "PORT": str(port), "LOG_LEVEL": "warning", **address, **retention}
    with _running(("-m", "engine.allinone"), port, settings, lambda: answers(port, "/api/v1/health")) as server:
        yield server


@contextmanager
def running_exchange() -> Iterator[Server]:
    """The simulated exchange alone: streams and REST on one port."""
    port = free_port()
    command = ("-m", "ingest.sim", "--port", str(port))
    with _running(command, port, {}, lambda: answers(port, "/fapi/v1/time")) as server:
        yield server


@contextmanager
def running_web(application: str) -> Iterator[Server]:
    """`application` (``module:name``) under gunicorn with the project's own configuration."""
    port = free_port()
    command = ("-m", "gunicorn", "-c", GUNICORN_CONF, application)
    with _running(command, port, {"HOST": HOST, "PORT": str(port)}, lambda: answers(port, "/")) as server:
        yield server


@contextmanager
def _running(
    arguments: tuple[str, ...], port: int, settings: Mapping[str, str], ready: Callable[[], bool]
) -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="sb-", dir="/tmp") as name:
        folder = Path(name)
        said = folder / "said.txt"
        inherited = {key: os.environ[key] for key in _INHERITED if key in os.environ}
        with said.open("wb") as file:
            process = subprocess.Popen(
                (sys.executable, "-m", "store.parent_death", "--", sys.executable, *arguments),
                cwd=folder,
                env={**inherited, "PYTHONPATH": str(ROOT), **settings},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        try:
            _wait_ready(process, ready, said)
            yield Server(process.pid, port, folder)
        finally:
            _end(process)


def _wait_ready(process: subprocess.Popen[bytes], ready: Callable[[], bool], said: Path) -> None:
    give_up = time.monotonic() + _START_LIMIT_S
    while not ready():
        if process.poll() is not None or time.monotonic() > give_up:
            words = said.read_text(encoding="utf-8", errors="replace").strip()
            raise ServerFailedError(f"not ready within {_START_LIMIT_S:.0f} s or ended; it said:\n{words[-2000:]}")
        time.sleep(0.1)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def fetch(port: int, path: str) -> tuple[int, bytes]:
    """Status and body of a GET; status 0 where nothing answers."""
    connection = HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, HTTPException):
        return 0, b""
    finally:
        connection.close()


def answers(port: int, path: str) -> bool:
    return fetch(port, path)[0] == 200


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
