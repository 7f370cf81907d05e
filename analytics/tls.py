"""Total least squares: the line nearest to the points, with errors in both legs.

Unlike least squares it has no direction: with the legs swapped, beta is inverted. It takes an error of one
unit of y for as large as one of x, so it is for log prices, or for prices of like scale.

>>> import numpy as np
>>> x = np.array([1.0, 2.0, 3.0, 4.0])
>>> fit = tls_hedge(2.0 + 3.0 * x, x)
>>> round(fit.alpha, 6), round(fit.beta, 6), fit.n
(2.0, 3.0, 4)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analytics.errors import NumericalTrouble
from analytics.series import (
    as_vector,
    require_equal_lengths,
    require_finite,
    require_length,
    require_size,
    require_varying,
)

# Directions whose spreads differ by less are as good as each other: the points are a round cloud.
ROUND_CLOUD_SHARE = 1e-9
STEEPEST = 1e9


@dataclass(frozen=True, slots=True)
class TlsHedge:
    """y = alpha + beta · x. `distance_sd` is the deviation across the line, sqrt(sum d² / (n - 2)).

    `along` is the share of all variance that lies along the line: 1 on a line, 0.5 in a round cloud.
    """

    alpha: float
    beta: float
    along: float
    distance_sd: float
    n: int


def tls_hedge(y: ArrayLike, x: ArrayLike) -> TlsHedge:
    """Fit y on x, both (n,), all finite, by the first principal direction of the centred points.

    Raises `TooShort` (n < 3), `NotFinite`, `LengthMismatch`, `WrongShape`, `ConstantSeries` (a leg does not
    move), or `NumericalTrouble` where no direction stands out, the line is vertical, or prices are
    beyond 1e±100.
    """
    ys, xs = as_vector("y", y), as_vector("x", x)
    require_equal_lengths(ys, xs)
    require_length(len(ys), 3)
    for name, leg in (("leg y", ys), ("leg x", xs)):
        require_finite(name, leg)
        require_varying(name, leg)
        require_size(name, leg)
    x_mean, y_mean = float(xs.mean()), float(ys.mean())
    _, (long, short), directions = np.linalg.svd(np.column_stack([xs - x_mean, ys - y_mean]), full_matrices=False)
    if long - short <= ROUND_CLOUD_SHARE * long:
        raise NumericalTrouble("the legs have no common direction")
    run, rise = (float(part) for part in directions[0])
    if abs(rise) > STEEPEST * abs(run):
        raise NumericalTrouble("y moves without x: swap the legs, or look at log prices")
    beta = rise / run
    return TlsHedge(
        alpha=y_mean - beta * x_mean,
        beta=beta,
        along=float(long**2 / (long**2 + short**2)),
        distance_sd=float(short / np.sqrt(len(xs) - 2)),
        n=len(xs),
    )
