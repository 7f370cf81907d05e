"""Waiting for a condition, with a generous limit, instead of for a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
LIMIT_S = 60.0


def until(condition: Callable[[], T], what: str | Callable[[], object], *, limit_s: float = LIMIT_S) -> T:
    """The first true answer of `condition`; fails saying `what` was waited for."""
    deadline = time.monotonic() + limit_s
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited {limit_s:g} s for {what() if callable(what) else what}"
        time.sleep(0.02)
    return found
