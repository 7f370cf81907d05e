"""How many viewers hold: a staircase up to the first number that does not, then halving between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar


class Holding(Protocol):
    """What a trial with some number of viewers showed."""

    @property
    def held(self) -> bool: ...


T = TypeVar("T", bound=Holding)

GROWTH = 1.35
PRECISION = 1.08  # between the last number that held and the first that did not
FEWEST = 10


def most_held(trial: Callable[[int], T], *, first: int, limit: int, trials: int) -> tuple[int, T] | None:
    """The largest number found to hold within `trials`, with its trial; None where none of those tried held.

    A number counts as too many when it fails twice in a row: another process on the machine may
    spoil one trial.
    """
    best: tuple[int, T] | None = None
    number, too_many, failed = first, limit + 1, False
    for _ in range(trials):
        found = trial(number)
        if found.held:
            best = (number, found)
        elif not failed:
            failed = True
            continue
        else:
            too_many = number
        failed = False
        held = best[0] if best else 0
        if held == limit or held * PRECISION >= too_many or too_many <= FEWEST:
            break
        number = _next(held, too_many, limit)
    return best


def _next(held: int, too_many: int, limit: int) -> int:
    if too_many > limit:
        return min(int(held * GROWTH), limit)
    return max((held + too_many) // 2, FEWEST)
