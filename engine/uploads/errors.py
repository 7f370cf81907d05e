"""Errors of uploads.

EngineError
└── UploadRefused     a file, or a name for it, that cannot be taken, and where and why (also a ValueError)
"""

from __future__ import annotations

from engine.errors import EngineError


class UploadRefused(EngineError, ValueError):
    """What cannot be taken; nothing of it was stored. `line` counts from 1, None where it is the file as a whole."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason if line is None else f"line {line:,}: {reason}")
        self.reason = reason
        self.line = line
