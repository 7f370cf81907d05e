"""Series as the statistics want them: contiguous float64 vectors, checked before anything is computed."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analytics.errors import (
    ConstantSeries,
    Exploding,
    LengthMismatch,
    NotFinite,
    NumericalTrouble,
    TooShort,
    WrongShape,
)

Vector = NDArray[np.float64]

# A series whose deviations are this many rounding errors of its own level carries no information.
ROUNDING_STEPS = 8.0
# What is left of a leg beside another is no spread below this share of its moves: logarithms of prices near one keep
# the rounding of the price, up to 4e-10 of moves of a millionth.
SAME_LINE_SHARE = 1e-9
# A series explodes whose every quarter ranges over so many times as much as the one before: of four million walks and
# noises of 20 to 720 bars, as wild as Cauchy's, one did.
EXPLODING_QUARTER = 10.0
# Beyond these sizes the squares of prices overflow, or those of their moves vanish.
LEAST_SIZE, MOST_SIZE = 1e-100, 1e100
EPSILON = float(np.finfo(np.float64).eps)


def as_vector(name: str, values: ArrayLike) -> Vector:
    """`values` as a contiguous float64 vector; raises `WrongShape` for other dimensions."""
    vector = np.ascontiguousarray(values, dtype=np.float64)
    if vector.ndim != 1 or np.ndim(values) != 1:
        raise WrongShape(name, np.shape(values), "one value per bar")
    return vector


def as_squarable(name: str, values: ArrayLike, *, many: bool = False) -> Vector:
    """The same, with NaN for what is infinite, or whose square would overflow or vanish: beyond 1e±100.

    With `many` it may be several vectors of equal length, (k, n).
    """
    stacked = many and np.ndim(values) == 2
    vector = np.ascontiguousarray(values, dtype=np.float64) if stacked else as_vector(name, values)
    size = np.abs(vector)
    lost = (size > MOST_SIZE) | ((size < LEAST_SIZE) & (size > 0.0))
    return np.where(lost, np.nan, vector) if lost.any() else vector


def require_equal_lengths(*series: Vector) -> None:
    """Raise `LengthMismatch` unless all have as many bars."""
    lengths = tuple(len(one) for one in series)
    if len(set(lengths)) > 1:
        raise LengthMismatch(lengths)


def require_length(have: int, need: int) -> None:
    """Raise `TooShort` when there are fewer bars than needed."""
    if have < need:
        raise TooShort(need, have)


def require_finite(name: str, values: Vector) -> None:
    """Raise `NotFinite` when a value is missing or infinite."""
    bad = int(np.count_nonzero(~np.isfinite(values)))
    if bad:
        raise NotFinite(name, bad)


def require_size(name: str, values: Vector) -> None:
    """Raise `NumericalTrouble` for values whose squares would overflow or vanish; missing ones are passed over."""
    size = float(np.max(np.abs(values), where=np.isfinite(values), initial=0.0))
    if size and not LEAST_SIZE <= size <= MOST_SIZE:
        raise NumericalTrouble(f"{name} is of size {size:.0e}: scale it to within 1e±100 first")


def is_constant(values: Vector) -> bool:
    """Whether a non-empty vector moves by no more than the rounding of its own level."""
    level = float(np.max(np.abs(values)))
    spread = float(np.max(values)) - float(np.min(values))
    return spread <= ROUNDING_STEPS * EPSILON * level


def require_varying(name: str, values: Vector) -> None:
    """Raise `ConstantSeries` for a vector without variation."""
    if is_constant(values):
        raise ConstantSeries(name)


def to_unit(values: Vector) -> Vector:
    """By the power of two that takes the largest of a finite vector to between 0.5 and 1: it rounds nothing."""
    scaled: Vector = np.ldexp(values, -int(np.frexp(np.max(np.abs(values)))[1]))
    return scaled


def least_left(moves: float, *levels: float) -> float:
    """What must be left of a leg beside others, at least, in order not to be their rounding; deviations all.

    `moves` is the leg's own; `levels` the root mean squares of the leg and of what is taken off it, level and all.
    """
    return max(SAME_LINE_SHARE * moves, ROUNDING_STEPS * EPSILON * sum(levels))


def explodes(values: Vector) -> bool:
    """Whether a finite vector grows so fast that its end is all that counts: quarter by quarter, tenfold and more."""
    ranges = [float(part.max()) / 2.0 - float(part.min()) / 2.0 for part in np.array_split(values, 4)]
    return ranges[-1] > 0.0 and all(before < after / EXPLODING_QUARTER for before, after in pairwise(ranges))


def require_steady(name: str, values: Vector) -> None:
    """Raise `Exploding` for a finite vector of 4 values or more that explodes."""
    if explodes(values):
        raise Exploding(name)
