"""Errors of the all-in-one board.

CannotStart               said in one sentence, exit code 2
├── AlreadyRunning        another one runs in this folder
└── PortInUse             something else listens where the web server should
"""

from __future__ import annotations

from engine.errors import EngineError


class CannotStart(EngineError):
    """The board cannot start here as it was asked to; the message is one sentence for a person."""


class AlreadyRunning(CannotStart):
    """Another board runs in this folder."""

    def __init__(self, holder: str) -> None:
        super().__init__(f"a board already runs in this folder (process {holder}): end it first, or use another folder")
        self.holder = holder


class PortInUse(CannotStart):
    """Something else listens where the web server should."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"cannot listen on {host}:{port} ({reason}): choose another with PORT=…")
        self.host = host
        self.port = port
