"""Distance correlation: 0 if and only if two variables are independent, so it sees what correlation does not.

    dCor² = dCov²(a, b) / sqrt(dVar²(a) · dVar²(b)),    dCov² = mean of A · B

with A, B the distances between all pairs of values, centred by rows and columns (Székely, Rizzo & Bakirov 2007).

>>> import numpy as np
>>> a = np.random.default_rng(1).standard_normal(300)
>>> round(distance_correlation(a, 2.0 - 3.0 * a).value, 6), distance_correlation(a, a * a).value > 0.4
(1.0, True)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analytics.errors import InvalidOption
from analytics.series import (
    Vector,
    as_vector,
    require_equal_lengths,
    require_finite,
    require_length,
    require_steady,
    require_varying,
)

MIN_BARS = 20
MAX_BARS = 5_000  # the distances of all pairs are held: 200 MB a matrix


@dataclass(frozen=True, slots=True)
class DistanceCorrelation:
    """`value` lies between 0 and 1; even of independent variables it is above 0, by about 1 / sqrt(`n`)."""

    value: float
    n: int


def distance_correlation(a: ArrayLike, b: ArrayLike) -> DistanceCorrelation:
    """Of a and b (n,), all finite: take returns, since levels of walks depend on each other by chance.

    Needs n² numbers of memory. Raises `TooShort` (n < 20), `NotFinite`, `ConstantSeries`, `Exploding`,
    `LengthMismatch`, `WrongShape`, `InvalidOption` (n > 5,000).
    """
    one, other = as_vector("a", a), as_vector("b", b)
    require_equal_lengths(one, other)
    require_length(len(one), MIN_BARS)
    if len(one) > MAX_BARS:
        raise InvalidOption("bars", len(one), f"give at most {MAX_BARS}")
    for name, values in (("a", one), ("b", other)):
        require_finite(name, values)
        require_varying(name, values)
        require_steady(name, values)
    first, second = _centred_distances(one), _centred_distances(other)
    # Sums over the matrices, on a scale on which they neither overflow nor vanish.
    covariance = float(np.mean(first * second))
    size = np.sqrt(float(np.mean(first * first)) * float(np.mean(second * second)))
    return DistanceCorrelation(float(np.sqrt(max(covariance / size, 0.0))), len(one))


def _centred_distances(values: Vector) -> NDArray[np.float64]:
    scaled = values / np.max(np.abs(values))
    scaled = (scaled - scaled.mean()) / scaled.std()
    distance = np.abs(scaled[:, np.newaxis] - scaled)
    by_row = distance.mean(axis=0)
    centred: NDArray[np.float64] = distance - by_row - by_row[:, np.newaxis] + by_row.mean()
    return centred
