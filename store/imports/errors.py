"""Errors of imports.

StoreError
└── BrokenImport      a file that cannot be taken, and where and why (also a ValueError)
"""

from __future__ import annotations

from pathlib import Path

from store.errors import StoreError


class BrokenImport(StoreError, ValueError):
    """A file that cannot be taken; nothing of it was stored. `line` None where it is the file as a whole."""

    def __init__(self, path: Path, line: int | None, reason: str) -> None:
        where = path.name if line is None else f"{path.name}, line {line:,}"
        super().__init__(f"{where}: {reason}")
        self.path = path
        self.line = line
        self.reason = reason
