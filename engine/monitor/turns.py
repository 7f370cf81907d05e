"""Whose slow tests are next, and when: together they take no more than a share of a core. No thread, clock or store."""

from __future__ import annotations

import math
from typing import Generic, TypeVar

SHARE = 0.35
"""Of a core, that tests made again may take; where pairs need more, each is tested less often."""

FIRST_SHARE = 0.7
"""Of a core, while pairs wait for their first tests, and people for the verdict."""

J = TypeVar("J")


class Turns(Generic[J]):
    """Jobs by key, one of each, first ones before repeated ones. Times in seconds, monotonic."""

    def __init__(self) -> None:
        self._first: dict[str, J] = {}
        self._again: dict[str, J] = {}
        self._ended_s = -math.inf
        self._cost_s = 0.0

    def __len__(self) -> int:
        return len(self._first) + len(self._again)

    def offer(self, key: str, job: J, *, first: bool) -> None:
        """Let it wait for its turn, in the place of an older one of the same key."""
        (self._again if first else self._first).pop(key, None)
        (self._first if first else self._again)[key] = job

    def waiting(self, key: str) -> J | None:
        """What waits under a key."""
        return self._first.get(key, self._again.get(key))

    def due_s(self) -> float:
        """When the next turn may begin; infinite while nothing waits."""
        if not len(self):
            return math.inf
        share = FIRST_SHARE if self._first else SHARE
        return self._ended_s + self._cost_s * (1.0 / share - 1.0)

    def take(self) -> tuple[str, J]:
        """The next, which no longer waits; raises `KeyError` where none does."""
        waiting = self._first or self._again
        key = next(iter(waiting), "")
        return key, waiting.pop(key)

    def ended(self, now_s: float, cost_s: float) -> None:
        """A turn ended now, and took `cost_s` of a core."""
        self._ended_s, self._cost_s = now_s, cost_s
