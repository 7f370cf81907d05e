"""The position that a z-score asks for: enter far out, leave near the middle.

Short the spread (-1) from z >= entry until z <= exit; long (+1) from z <= -entry until z >= -exit.
The position at a bar follows from the bars up to its close, so it can be taken at the next at the
earliest. There is no profit in it as such: costs and breaks are judged elsewhere.

>>> signal_path([0.0, 2.1, 1.0, 0.4, -2.5], entry=2.0, exit=0.5).tolist()
[0, -1, -1, 0, 1]
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analytics.errors import InvalidOption
from analytics.series import as_vector

Position = Literal[-1, 0, 1]


def signal_step(position: Position, z: float, *, entry: float, exit: float) -> Position:
    """The position after one more z-score; NaN keeps it. Levels are taken as `signal_path` checks them.

    A bar that carries z from one far side to the other closes one position and opens the opposite.
    """
    if z >= entry:
        return -1
    if z <= -entry:
        return 1
    if (position == -1 and z <= exit) or (position == 1 and z >= -exit):
        return 0
    return position


def signal_path(z: ArrayLike, entry: float, exit: float, start: Position = 0) -> NDArray[np.int8]:
    """Positions (n,) of -1, 0 and 1 at the close of each bar, `start` being the one before the first.

    NaN keeps the position. Raises `WrongShape`, and `InvalidOption` unless 0 < entry and |exit| < entry.
    """
    if not 0.0 < entry < np.inf:
        raise InvalidOption("entry", entry, "give a positive level")
    if not -entry < exit < entry:
        raise InvalidOption("exit", exit, f"give a level closer to zero than entry = {entry}")
    if start not in (-1, 0, 1):
        raise InvalidOption("start", start, "use -1, 0 or 1")
    scores = as_vector("z", z)
    entered = np.select([scores >= entry, scores <= -entry], [-1, 1])
    last_entry = _last(entered != 0)
    side = np.where(last_entry < 0, start, entered[last_entry])
    inside = np.where(side < 0, scores <= exit, scores >= -exit) & (entered == 0)
    left = _last(inside) > last_entry
    path: NDArray[np.int8] = np.where(left, 0, side).astype(np.int8)
    return path


def _last(marked: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The place of the last mark at or before each place, -1 before the first."""
    return np.maximum.accumulate(np.where(marked, np.arange(len(marked)), -1))
