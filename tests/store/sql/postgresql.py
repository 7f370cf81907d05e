"""A real PostgreSQL server of the machine's own installation, for as long as the tests need it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

INSTALLATIONS = Path("/usr/lib/postgresql")
OWNER = "postgres"


def server_programs() -> Path | None:
    """The newest installation's programs, None where there is none, or no user that may run it."""
    found = sorted(INSTALLATIONS.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if not found or (os.geteuid() == 0 and OWNER not in {entry.pw_name for entry in pwd.getpwall()}):
        return None
    return found[-1].parent


@contextmanager
def running_server(programs: Path) -> Iterator[str]:
    """The address of a server on a private socket; it refuses to run as root, so root lends it another user."""
    directory = Path(tempfile.mkdtemp(prefix="sb-pg-", dir="/tmp"))
    user = OWNER if os.geteuid() == 0 else None
    if user:
        shutil.chown(directory, user)
    data = directory / "data"
    initdb = [programs / "initdb", "-D", data, "-U", OWNER, "--auth=trust", "--no-sync", "--encoding=UTF8"]
    subprocess.run(initdb, check=True, capture_output=True, user=user, cwd=directory)
    command = [programs / "postgres", "-D", data, "-k", directory, "-c", "listen_addresses=", "-c", "fsync=off"]
    server = subprocess.Popen(command, user=user, cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _await(programs, directory, server)
        yield f"postgres://{OWNER}@/postgres?host={directory}"
    finally:
        server.terminate()
        server.wait(20)
        shutil.rmtree(directory, ignore_errors=True)


def _await(programs: Path, directory: Path, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while subprocess.run([programs / "pg_isready", "-q", "-h", directory], check=False).returncode != 0:
        assert server.poll() is None, f"the server ended with {server.returncode}"
        assert time.monotonic() < deadline, "the server does not answer"
        time.sleep(0.02)
