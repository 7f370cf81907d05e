"""Valkey servers of a test's own, to be ill-treated."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from engine.allinone.settings import free_port
from store.client import connect_reader
from store.embedded import server_command
from tests.tools.waiting import until


@dataclass
class StoreServer:
    """One server on a port of loopback, without a file: what it held is gone with it."""

    directory: Path
    memory_mb: int | None = None
    options: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def netloc(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"redis://{self.netloc}/0"

    def start(self) -> None:
        socket = self.directory / "s"
        command = server_command(self.directory, socket, persist=False, memory_mb=self.memory_mb)
        listen = ("--port", str(self.port), "--bind", "127.0.0.1", "--protected-mode", "no", *self.options)
        self.process = subprocess.Popen([*command, *listen])
        with self.client() as client:
            until(lambda: _answers(client), "the store")

    @contextmanager
    def client(self) -> Iterator[Redis]:
        """A client of this server, whatever address others reach it by."""
        client = connect_reader(self.url)
        try:
            yield client
        finally:
            client.close()

    def send(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It keeps its connections and does nothing while the block runs."""
        self.send(signal.SIGSTOP)
        try:
            yield
        finally:
            self.send(signal.SIGCONT)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(5)


def _answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False


@contextmanager
def store_server(*options: str, memory_mb: int | None = None) -> Iterator[StoreServer]:
    """A running server."""
    directory = Path(tempfile.mkdtemp(prefix="sb-", dir="/tmp"))
    server = StoreServer(directory, memory_mb, options)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(directory, ignore_errors=True)
