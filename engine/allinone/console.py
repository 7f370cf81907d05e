"""What the processes log, followed from their files and written to one console."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

_WIDTH = 8


class LogFollower:
    """Writes each line that appears in ``<name>.log`` as ``name | line``. Follows a file that was renamed away."""

    def __init__(self, logs: Path, names: Sequence[str], console: TextIO) -> None:
        self._paths = {name: logs / f"{name}.log" for name in names}
        self._files: dict[str, TextIO] = {}
        self._begun: dict[str, str] = {}
        self._console = console
        self.last_line: dict[str, str] = {}

    def update(self) -> None:
        """Write what has appeared since the last call."""
        for name in self._paths:
            self._follow(name)
        self._console.flush()

    def silence(self) -> None:
        """Write nothing more: why it ends has been said, and how the others end would bury it."""
        self._paths = {}
        self._begun = {}

    def close(self) -> None:
        """Write what is left, also a line that was never ended."""
        self.update()
        for name, line in self._begun.items():
            if line:
                self._write(name, line)
        for file in self._files.values():
            file.close()
        self._files.clear()
        self._console.flush()

    def _follow(self, name: str) -> None:
        path = self._paths[name]
        while True:
            file = self._files.get(name)
            if file is None:
                if not path.exists():
                    return
                file = self._files[name] = path.open(encoding="utf-8", errors="replace")
            *lines, self._begun[name] = (self._begun.get(name, "") + file.read()).split("\n")
            for line in lines:
                self._write(name, line)
            if not path.exists() or os.path.samestat(path.stat(), os.fstat(file.fileno())):
                return
            self._files.pop(name).close()

    def _write(self, name: str, line: str) -> None:
        if line.strip():
            self.last_line[name] = line.strip()
        self._console.write(f"{name:<{_WIDTH}} | {line}\n")
