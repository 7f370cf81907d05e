"""One board per folder, and none before the processes of the last one have ended."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.allinone.errors import AlreadyRunning

_ENDING_S = 12.0  # what a killed board's processes may take to end
_PAUSE_S = 0.1


@contextmanager
def hold(folder: Path) -> Iterator[int]:
    """Hold the folder; yields a descriptor whose lock lasts as long as any process that has it.

    That one is handed to the supervisor: where a board was killed, the next one waits until the
    supervisor has ended what it ran. Raises `AlreadyRunning` where a board is alive.
    """
    own, processes = _open(folder / "lock"), _open(folder / "lock.processes")
    try:
        if not _locked(own):
            raise AlreadyRunning((folder / "lock").read_text() or "unknown")
        os.ftruncate(own, 0)
        os.pwrite(own, str(os.getpid()).encode(), 0)
        give_up = time.monotonic() + _ENDING_S
        while not _locked(processes):
            if time.monotonic() > give_up:
                raise AlreadyRunning("unknown")
            time.sleep(_PAUSE_S)
        yield processes
    finally:
        os.close(own)
        os.close(processes)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
