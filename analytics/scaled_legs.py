"""Two legs, checked, centred, and in units of their own deviation: for tests that mind neither level nor unit.

>>> legs = standard_legs([1.0, 3.0, 5.0], [2.0, 1.0, 3.0], least=3)
>>> legs.x.round(4).tolist()
[0.0, -1.2247, 1.2247]
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from analytics.errors import NumericalTrouble
from analytics.series import (
    LEAST_SIZE,
    MOST_SIZE,
    Vector,
    as_vector,
    require_equal_lengths,
    require_finite,
    require_length,
    require_varying,
)


class StandardLegs(NamedTuple):
    """`y` and `x` (n,)."""

    y: Vector
    x: Vector


def checked_legs(y: ArrayLike, x: ArrayLike, *, least: int) -> StandardLegs:
    """Both legs (n,) as they are. Raises `TooShort` (n < `least`), `NotFinite`, `ConstantSeries`,
    `LengthMismatch`, `WrongShape`, or `NumericalTrouble` (prices or moves beyond 1e±100).
    """
    legs = StandardLegs(as_vector("y", y), as_vector("x", x))
    require_equal_lengths(*legs)
    require_length(len(legs.y), least)
    for name, leg in zip(("leg y", "leg x"), legs, strict=True):
        require_finite(name, leg)
        if np.max(np.abs(leg)) > MOST_SIZE:
            raise NumericalTrouble(f"{name} goes beyond {MOST_SIZE:.0e}")
        require_varying(name, leg)
        if np.max(leg) - np.min(leg) < LEAST_SIZE:
            raise NumericalTrouble(f"{name} moves by less than {LEAST_SIZE:.0e}")
    return legs


def standard_legs(y: ArrayLike, x: ArrayLike, *, least: int) -> StandardLegs:
    """Both legs (n,) with mean 0 and deviation 1. Raises what `checked_legs` raises."""
    return StandardLegs(*(_standard(leg) for leg in checked_legs(y, x, least=least)))


def _standard(leg: Vector) -> Vector:
    centred: Vector = leg - leg.mean()
    # By a power of two first, which rounds nothing, so that no square is too large or too small.
    centred = centred / np.ldexp(1.0, int(np.frexp(np.max(np.abs(centred)))[1]))
    unit: Vector = centred / centred.std()
    return unit
