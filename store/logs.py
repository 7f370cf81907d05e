"""How every process of ours says what happens."""

from __future__ import annotations

import logging
import sys


def configure_logging(level: str) -> None:
    """Few, calm lines on standard error, each with its time."""
    logging.basicConfig(stream=sys.stderr, level=level, format="%(asctime)s %(levelname)s %(message)s", force=True)
    logging.getLogger("urllib3").setLevel(logging.WARNING)
