"""A store that is reached by TCP, so that a proxy can stand before it."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from bench.servers import free_port
from store.client import connect_reader
from store.embedded import server_command
from tests.tools.waiting import until


@contextmanager
def tcp_store() -> Iterator[str]:
    """A server of the test's own; gives ``host:port``."""
    directory, port = Path(tempfile.mkdtemp(prefix="sb-", dir="/tmp")), free_port()
    command = server_command(directory, directory / "s", persist=False)
    command[command.index("--port") + 1] = str(port)
    server = subprocess.Popen(command)
    probe = connect_reader(f"redis://127.0.0.1:{port}")
    try:
        until(lambda: _answers(probe), "the store")
        yield f"127.0.0.1:{port}"
    finally:
        probe.close()
        server.kill()
        server.wait(10)
        shutil.rmtree(directory, ignore_errors=True)


def _answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False
