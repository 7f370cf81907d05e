"""What the ingestor's processes share: exit codes, signals, logs."""

from __future__ import annotations

import logging
import signal
import sys
from threading import Event
from types import FrameType

EXIT_FAILED = 1
"""Something gave way: start it again."""

EXIT_CONFIGURATION = 2
"""It cannot work as it was asked to: starting it again changes nothing."""


def stop_on_signals() -> Event:
    """An event that SIGTERM and SIGINT set, however often they come."""
    stop = Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)
    return stop


def configure_logging(level: str) -> None:
    """Few, calm lines on standard error."""
    logging.basicConfig(stream=sys.stderr, level=level, format="%(asctime)s %(levelname)s %(message)s", force=True)
    logging.getLogger("urllib3").setLevel(logging.WARNING)
