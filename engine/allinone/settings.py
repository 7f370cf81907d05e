"""What the environment asks of the board as a whole, and what it hands on to its processes."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.allinone.errors import CannotStart, PortInUse
from store.embedded import MAX_SOCKET_PATH

SOURCE = Path(__file__).resolve().parents[2]
MAX_WEB_PROCESSES = 64
_LONGEST_SOCKET_NAME = "supervisor.sock.99999"
_ENVIRON = {
    "OPENBLAS_NUM_THREADS": "1",  # threads on small matrices wait for each other; and one sum has one order of adding
    "MALLOC_ARENA_MAX": "1",  # glibc gives threads heaps of their own, each of which keeps what was freed in it
    "MALLOC_MMAP_THRESHOLD_": "131072",  # else it rises with the first large array, and no later one is given back
}


@dataclass(frozen=True, slots=True)
class BoardSettings:
    """Frozen settings of one board. `var` holds all it writes, `sockets` its private sockets.

    `redis_url` and `database_url` are what its processes use, the embedded store's included.
    `simulated_port` is where its own simulated exchange listens, None where it needs none.
    """

    var: Path
    sockets: Path
    host: str
    port: int
    redis_url: str
    database_url: str
    embedded_store: bool
    simulated_port: int | None
    replay_only: bool
    archives_ticks: bool = False

    @property
    def local_host(self) -> str:
        """Where the web server is reached from this machine."""
        return "127.0.0.1" if self.host in ("", "0.0.0.0", "::") else self.host  # noqa: S104  # compared, not bound

    @property
    def address(self) -> str:
        """Where a browser on this machine finds the board."""
        host = self.local_host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def store_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    def environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The environment of the board's processes."""
        own = {
            "REDIS_URL": self.redis_url,
            "DATABASE_URL": self.database_url,
            "HOST": self.host,
            "PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": os.pathsep.join(filter(None, (str(SOURCE), environ.get("PYTHONPATH")))),
        }
        if self.simulated_port is not None:
            own["SIM_URL"] = f"http://127.0.0.1:{self.simulated_port}"
        return {**_ENVIRON, **environ, **own}


def read_settings(environ: Mapping[str, str], folder: Path) -> BoardSettings:
    """Settings for a board in `folder`; raises `CannotStart`. What each process alone needs, it checks itself."""
    var = folder.resolve() / "var"
    sockets = socket_directory(var)
    feeds = {part.strip() for part in (environ.get("FEED") or "sim").split(",")}
    port = environ.get("PORT") or "8050"
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise CannotStart(f"PORT={port[:80]!r} is not possible: use a number from 1 to 65535")
    workers = environ.get("WEB_CONCURRENCY") or "2"
    if not (workers.isascii() and workers.isdigit() and 0 < int(workers) <= MAX_WEB_PROCESSES):
        raise CannotStart(f"WEB_CONCURRENCY={workers[:80]!r} is not possible: use 1 to {MAX_WEB_PROCESSES} processes")
    redis_url = environ.get("REDIS_URL")
    return BoardSettings(
        var=var,
        sockets=sockets,
        host=environ.get("HOST") or "127.0.0.1",
        port=int(port),
        redis_url=redis_url or f"unix://{sockets / 'valkey.sock'}",
        database_url=environ.get("DATABASE_URL") or f"sqlite:///{var / 'spreadboard.sqlite'}",
        embedded_store=not redis_url,
        simulated_port=free_port() if "sim" in feeds and not environ.get("SIM_URL") else None,
        replay_only=feeds == {"replay"},
        archives_ticks=bool(environ.get("TICK_ARCHIVE")),
    )


def socket_directory(var: Path) -> Path:
    """`var/run`, or where its path is too long for a socket, a short one that belongs to it alone."""
    run = var / "run"
    if len(os.fsencode(run / _LONGEST_SOCKET_NAME)) <= MAX_SOCKET_PATH:
        return run
    name = hashlib.sha256(os.fsencode(var)).hexdigest()[:12]
    return Path(f"/tmp/spreadboard-{os.getuid()}-{name}")  # noqa: S108  # private_directory refuses another's


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def require_port(host: str, port: int) -> None:
    """Raise `PortInUse` unless the web server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except socket.gaierror as error:
            raise CannotStart(f"HOST={host[:80]!r} is no address of this machine: use one of its own") from error
        except OSError as error:
            raise PortInUse(host, port, error.strerror or str(error)) from error
