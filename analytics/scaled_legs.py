"""Two legs, checked, centred, and in units of their own deviation: for tests that mind neither level nor unit.

>>> legs = standard_legs([1.0, 3.0, 5.0, 7.0], [2.0, 1.0, 3.0, 2.0], least=4)
>>> legs.x.round(4).tolist()
[0.0, -1.4142, 1.4142, 0.0]
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from analytics.errors import NumericalTrouble
from analytics.series import (
    LEAST_SIZE,
    MOST_SIZE,
    Vector,
    as_vector,
    least_left,
    require_equal_lengths,
    require_finite,
    require_length,
    require_steady,
    require_varying,
)


class CheckedLegs(NamedTuple):
    """`y` and `x` (n,)."""

    y: Vector
    x: Vector


class StandardLegs(NamedTuple):
    """`y` and `x` (n,). Beside the other, what is left of one is rounding if its deviation is `least_left` or less."""

    y: Vector
    x: Vector
    least_left: float


def checked_legs(y: ArrayLike, x: ArrayLike, *, least: int) -> CheckedLegs:
    """Both legs (n,) as they are. Raises `TooShort` (n < `least`), `NotFinite`, `ConstantSeries`, `Exploding`,
    `LengthMismatch`, `WrongShape`, or `NumericalTrouble` (prices or moves beyond 1e±100).
    """
    legs = CheckedLegs(as_vector("y", y), as_vector("x", x))
    require_equal_lengths(*legs)
    require_length(len(legs.y), least)
    for name, leg in zip(("leg y", "leg x"), legs, strict=True):
        require_finite(name, leg)
        require_steady(name, leg)
        if np.max(np.abs(leg)) > MOST_SIZE:
            raise NumericalTrouble(f"{name} goes beyond {MOST_SIZE:.0e}")
        require_varying(name, leg)
        if np.max(leg) - np.min(leg) < LEAST_SIZE:
            raise NumericalTrouble(f"{name} moves by less than {LEAST_SIZE:.0e}")
    return legs


def standard_legs(y: ArrayLike, x: ArrayLike, *, least: int) -> StandardLegs:
    """Both legs (n,) with mean 0 and deviation 1. Raises what `checked_legs` raises."""
    (unit_y, level_y), (unit_x, level_x) = (_standard(leg) for leg in checked_legs(y, x, least=least))
    # In these units the slope is no more than one.
    return StandardLegs(unit_y, unit_x, least_left(1.0, level_y, level_x))


def _standard(leg: Vector) -> tuple[Vector, float]:
    """The leg, and how large it was, in units of its deviation."""
    centred: Vector = leg - leg.mean()
    deviation = float(centred.std())
    return centred / deviation, math.sqrt(float(np.mean(leg * leg))) / deviation
