"""What a process and its descendants cost, read from /proc: CPU time and resident memory."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Process:
    """One process as it is now. `cpu_s` is user and system time since its start, `resident_mb` in 10⁶ bytes."""

    pid: int
    parent: int
    command: str
    cpu_s: float
    resident_mb: float


def process_tree(root: int) -> tuple[Process, ...]:
    """`root` and all its descendants, parents before children. Needs Linux's /proc."""
    found = {process.pid: process for process in map(_read, _pids()) if process is not None}
    tree = [found[root]] if root in found else []
    for parent in tree:  # grows while it is walked
        tree += [process for process in found.values() if process.parent == parent.pid]
    return tuple(tree)


def cpu_s(root: int) -> float:
    """CPU time of a process and its descendants."""
    return sum(process.cpu_s for process in process_tree(root))


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _read(pid: int) -> Process | None:
    """None where it ended meanwhile."""
    folder = Path(f"/proc/{pid}")
    try:
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except (FileNotFoundError, ProcessLookupError):
        return None
    spent = (int(fields[11]) + int(fields[12])) / _TICKS_PER_S
    return Process(pid, int(fields[1]), command, spent, int(fields[21]) * _PAGE_BYTES / 1e6)
