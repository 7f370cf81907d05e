"""What followed an alert: how far the spread went for it and against it, whether and when z came back, and how often.

>>> rate = hit_rate(8, 10)
>>> rate.share, round(rate.low, 2), round(rate.high, 2)
(0.8, 0.49, 0.94)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from analytics.errors import InvalidOption
from analytics.series import as_vector, require_equal_lengths

_NORMAL_975 = 1.959963984540054
"""The 97.5 % point of the standard normal distribution."""


class Ending(StrEnum):
    """z came back; it did not within the horizon; neither is known yet."""

    REVERTED = "reverted"
    NOT_REVERTED = "not reverted"
    UNDER_WAY = "under way"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Moves are in units of the spread, positive where they favour a position that waits for z to come back.

    `favourable` and `adverse` are the largest moves for and against it up to the end, never negative; `move` is the one
    at the end: the bar at which z came back, else the last one seen, `bars` after the alert. NaN where no spread is
    known after the alert.
    """

    ending: Ending
    bars: int
    favourable: float
    adverse: float
    move: float


def outcome(z: ArrayLike, spread: ArrayLike, *, side: Literal[-1, 1], clear: float, horizon: int) -> Outcome:
    """What followed an alert at the first bar of `z` (n,) and `spread` (n,), the spread by the hedge of that bar.

    `side` is 1 where z was high (the position is short the spread), -1 where it was low. z has come back at the first
    later bar at which side · z <= `clear`; bars of NaN count as time and as nothing else. At most `horizon` bars are
    looked at; where fewer are there, and z has not come back, it is under way. Raises `InvalidOption` and
    `LengthMismatch`.
    """
    if side not in (-1, 1):
        raise InvalidOption("side", side, "give 1 for a high z, -1 for a low one")
    if horizon < 1:
        raise InvalidOption("horizon", horizon, "give at least one bar")
    scores, values = as_vector("z", z), as_vector("spread", spread)
    require_equal_lengths(scores, values)
    later = side * scores[1 : horizon + 1]
    back = np.flatnonzero(later <= clear)
    last = int(back[0]) + 1 if len(back) else len(later)
    moves = -side * (values[1 : last + 1] - values[0]) + 0.0 if len(values) else values
    known = moves[np.isfinite(moves)]
    ending = Ending.REVERTED if len(back) else Ending.NOT_REVERTED if last >= horizon else Ending.UNDER_WAY
    if not len(known):
        return Outcome(ending, last, math.nan, math.nan, math.nan)
    return Outcome(ending, last, max(0.0, float(known.max())), max(0.0, -float(known.min())), float(known[-1]))


@dataclass(frozen=True, slots=True)
class HitRate:
    """The share of hits with its 95 % interval; NaN where there was nothing to hit."""

    share: float
    low: float
    high: float
    hits: int
    n: int


def hit_rate(hits: int, n: int) -> HitRate:
    """How often, with Wilson's score interval (Wilson 1927), which holds for few and for extreme counts.

    Raises `InvalidOption` unless 0 <= hits <= n, both finite.
    """
    if not 0 <= hits <= n < math.inf:
        raise InvalidOption("hits", hits, f"give 0 to n = {n}")
    if n == 0:
        return HitRate(math.nan, math.nan, math.nan, 0, 0)
    share, square = hits / n, _NORMAL_975**2
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = _NORMAL_975 / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    low = 0.0 if hits == 0 else middle - half
    high = 1.0 if hits == n else middle + half
    return HitRate(share, low, high, hits, n)
