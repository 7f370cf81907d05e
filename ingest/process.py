"""What the ingestor's processes share: exit codes and logs."""

from __future__ import annotations

import logging
import sys

EXIT_FAILED = 1
"""Something gave way: start it again."""

EXIT_CONFIGURATION = 2
"""It cannot work as it was asked to: starting it again changes nothing."""


def configure_logging(level: str) -> None:
    """Few, calm lines on standard error."""
    logging.basicConfig(stream=sys.stderr, level=level, format="%(asctime)s %(levelname)s %(message)s", force=True)
    logging.getLogger("urllib3").setLevel(logging.WARNING)
