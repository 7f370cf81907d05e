"""``python -m engine.allinone``: the board in this folder, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from engine.allinone.board import run_board
from engine.allinone.errors import CannotStart
from engine.allinone.precheck import ingest_complaint
from engine.allinone.programs import CONFIGURATION_ERROR, board_programs
from engine.allinone.settings import BoardSettings, read_settings
from store.dotenv import with_dotenv


def main() -> int:
    """Exit code 0 when ended as asked, 2 where it could not start, 1 where it broke down."""
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, end)
    folder = Path.cwd()
    try:
        environ = with_dotenv(os.environ, folder / ".env")
        settings = _checked_settings(environ, folder)
        return run_board(settings, board_programs(settings), environ, stop)
    except CannotStart as error:
        sys.stderr.write(f"spreadboard: {error}\n")
        return CONFIGURATION_ERROR


def _checked_settings(environ: Mapping[str, str], folder: Path) -> BoardSettings:
    """Settings that the board and its ingestor can work with; raises `CannotStart` with all that is wrong."""
    complaint = ingest_complaint(environ)
    try:
        settings = read_settings(environ, folder)
    except CannotStart as error:
        raise CannotStart("\n".join(filter(None, (str(error), complaint)))) from error
    if complaint:
        raise CannotStart(complaint)
    return settings


if __name__ == "__main__":
    sys.exit(main())
