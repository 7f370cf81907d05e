"""Series as the statistics want them: contiguous float64 vectors, checked before anything is computed."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analytics.errors import ConstantSeries, LengthMismatch, NotFinite, NumericalTrouble, TooShort, WrongShape

Vector = NDArray[np.float64]

# A series whose deviations are this many rounding errors of its own level carries no information.
ROUNDING_STEPS = 8.0
# Beyond these sizes the squares of prices overflow, or those of their moves vanish.
LEAST_SIZE, MOST_SIZE = 1e-100, 1e100
EPSILON = float(np.finfo(np.float64).eps)


def as_vector(name: str, values: ArrayLike) -> Vector:
    """`values` as a contiguous float64 vector; raises `WrongShape` for other dimensions."""
    vector = np.ascontiguousarray(values, dtype=np.float64)
    if vector.ndim != 1 or np.ndim(values) != 1:
        raise WrongShape(name, np.shape(values), "one value per bar")
    return vector


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
