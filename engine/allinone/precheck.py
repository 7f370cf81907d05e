"""Asks the ingestor, before anything starts, whether it can work with this environment and this recording."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

from engine.allinone.programs import CONFIGURATION_ERROR
from engine.allinone.settings import SOURCE

_ANY_STORE = "redis://embedded"  # stands in where the board brings its own
_PATIENCE_S = 30


def ingest_complaint(environ: Mapping[str, str]) -> str:
    """What the ingestor finds wrong with its settings or at the beginning of its recording, in its own words.

    Empty where nothing is, and where it takes too long to see: it then says so itself, later.
    """
    path = os.pathsep.join(filter(None, (str(SOURCE), environ.get("PYTHONPATH"))))
    try:
        asked = subprocess.run(
            [sys.executable, "-m", "ingest", "--check"],
            env={**environ, "REDIS_URL": environ.get("REDIS_URL") or _ANY_STORE, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return ""
    return asked.stderr.strip() if asked.returncode == CONFIGURATION_ERROR else ""
