"""Waiting for a condition, with a generous limit, instead of for a time."""

from __future__ import annotations

import time
from collections.abc import Callable

LIMIT_S = 90.0


def wait_until(condition: Callable[[], object], what: str, *, limit_s: float = LIMIT_S) -> None:
    """Return as soon as `condition` holds; fail saying `what` was waited for."""
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, f"waited {limit_s} s for {what}"
        time.sleep(0.005)
