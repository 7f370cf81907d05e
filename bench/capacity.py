"""How many viewers hold: a staircase up to the first number that does not, then halving between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar


class Holding(Protocol):
    """What a trial with some number of viewers showed."""

    @property
    def held(self) -> bool: ...


T = TypeVar("T", bound=Holding)

GROWTH = 1.3
PRECISION = 1.08  # between the last number that held and the first that did not
FEWEST = 10


def most_held(trial: Callable[[int], T], *, first: int, limit: int) -> tuple[int, T] | None:
    """The largest number found to hold, with its trial; None where not even `FEWEST` held.

    A number counts as too many when it fails twice in a row: another process on the machine may
    spoil one trial.
    """

    def twice(number: int) -> T:
        found = trial(number)
        return found if found.held else trial(number)

    best: tuple[int, T] | None = None
    number, too_many = first, limit + 1
    while best is None or (best[0] < limit and best[0] * PRECISION < too_many):
        found = twice(number)
        if found.held:
            best = (number, found)
        elif number <= FEWEST:
            return None
        else:
            too_many = number
        number = _next(best[0] if best else 0, too_many, limit)
    return best


def _next(held: int, too_many: int, limit: int) -> int:
    if too_many > limit:
        return min(int(held * GROWTH), limit)
    return max((held + too_many) // 2, FEWEST)
