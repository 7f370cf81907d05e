"""A simulated exchange as a child process, for a feed that names none."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ingest.errors import SimulatorEnded

STOP_LIMIT_S = 3.0


@dataclass(frozen=True, slots=True)
class Simulator:
    """A running simulated exchange and where it answers."""

    process: subprocess.Popen[str]
    address: str

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None


@contextmanager
def simulated_exchange() -> Iterator[Simulator]:
    """Start ``python -m ingest.sim`` on a free port; it ends with this process, however that ends."""
    command = [sys.executable, "-m", "store.parent_death", "--", sys.executable, "-m", "ingest.sim"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Simulator(process, _announced_address(process))
        finally:
            _end(process)


def _announced_address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None  # noqa: S101  # it is a pipe
    words = process.stdout.readline().split()
    addresses = [word for word in words if word.startswith("http://")]
    if not addresses:
        raise SimulatorEnded(f"the simulated exchange did not start: exit code {process.wait(STOP_LIMIT_S)}")
    return addresses[0]


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
