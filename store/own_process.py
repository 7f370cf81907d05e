"""What a process can find out about itself: memory, share of a core, open files, versions of what it loaded."""

from __future__ import annotations

import os
import platform
import sys
import time

from store.version import VERSION

LIBRARIES = (
    "numpy", "redis", "hiredis", "orjson", "sqlalchemy", "psycopg", "dash", "plotly", "gunicorn", "websocket",
    "requests", "pyarrow", "duckdb",
)  # fmt: skip
_MB = 1_000_000


def memory_mb() -> float | None:
    """Resident memory in 10⁶ bytes, None where the system does not tell it as Linux does."""
    try:
        with open("/proc/self/statm", "rb") as statm:  # a path object costs more than the reading
            pages = int(statm.read().split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return round(pages * os.sysconf("SC_PAGE_SIZE") / _MB, 1)


def open_files() -> int | None:
    """File descriptors in use, None where the system does not list them."""
    try:
        return len(os.listdir("/dev/fd")) - 1  # less the one that lists them
    except OSError:
        return None


def loaded_versions() -> dict[str, str]:
    """Versions of Python, of this project and of the larger libraries that are loaded here."""
    versions = {"python": platform.python_version(), "spreadboard": VERSION}
    for name in LIBRARIES:
        version = getattr(sys.modules.get(name), "__version__", None)
        if isinstance(version, str):
            versions[name] = version
    return versions


class CpuShare:
    """The share of one core that this process took since it was last asked; above 1 where it kept several busy."""

    def __init__(self) -> None:
        self._wall_s, self._cpu_s = time.monotonic(), time.process_time()

    def get(self) -> float:
        wall_s, cpu_s = time.monotonic(), time.process_time()
        took_s, spent_s = wall_s - self._wall_s, cpu_s - self._cpu_s
        self._wall_s, self._cpu_s = wall_s, cpu_s
        return round(spent_s / took_s, 3) if took_s > 0 else 0.0
