"""Waiting for a condition, with a generous limit, instead of for a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

T = TypeVar("T")
LIMIT_S = 90.0
_FIRST_S, _GROWTH, _LONGEST_S = 0.005, 1.2, 0.05


def until(condition: Callable[[], T], what: str | Callable[[], object], *, limit_s: float = LIMIT_S) -> T:
    """The first true answer of `condition`; fails saying `what` was waited for."""
    for pause_s in pauses(limit_s):
        if found := condition():
            return found
        time.sleep(pause_s)
    raise AssertionError(f"waited {limit_s:g} s for {what() if callable(what) else what}")


def pauses(limit_s: float) -> Iterator[float]:
    """Seconds between two looks until `limit_s` have passed: longer by and by, as who looks takes from who works."""
    deadline, pause_s = time.monotonic() + limit_s, _FIRST_S
    while time.monotonic() < deadline:
        yield pause_s
        pause_s = min(_LONGEST_S, pause_s * _GROWTH)
