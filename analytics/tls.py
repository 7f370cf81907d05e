"""Total least squares: the line nearest to the points, with errors in both legs.

Unlike least squares it has no direction: with the legs swapped, beta is inverted. It takes an error of one
unit of y for as large as one of x, so it is for log prices, or for prices of like scale.

Its interval is one of directions. Turned by the right angle, what lies across the line has nothing to do with what
lies along it, so a direction is ruled out where least squares of the one on the other finds a slope that is not 0.
With l1 and l2 the sums of squares along the line and across it, the directions that are not ruled out are

    theta ± d,   sin 2d = 2 · t · sqrt(l1 · l2 / (n - 2)) / (l1 - l2),   beta = tan theta

which is exact for white Gaussian errors of equal variance in both legs (Creasy 1956; Jolicoeur 1973). Here t has the
memory of what lies across the line in it, as `analytics.serial_errors` has for least squares. Where sin 2d would
exceed 1, or the line may be vertical, nothing bounds beta. Errors in y alone are not what it assumes: they draw beta
away from zero, and no interval about it mends that.

>>> import numpy as np
>>> x = np.array([1.0, 2.0, 3.0, 4.0])
>>> fit = tls_hedge(2.0 + 3.0 * x, x)
>>> round(fit.alpha, 6), round(fit.beta, 6), round(fit.beta_low, 6), fit.n
(2.0, 3.0, 3.0, 4)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analytics.errors import NumericalTrouble
from analytics.serial_errors import fit_interval
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

    `along` is the share of all variance that lies along the line: 1 on a line, 0.5 in a round cloud. `beta_stderr` is
    the classical error, for white errors. `beta_low` and `beta_high` bound beta with 95 % confidence though errors
    remember, and are infinite both where nothing bounds it; `effective_n` says how many bars with independent errors
    would tell as much.
    """

    alpha: float
    beta: float
    along: float
    distance_sd: float
    n: int
    beta_stderr: float
    beta_low: float
    beta_high: float
    effective_n: float


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
    places, (long, short), directions = np.linalg.svd(np.column_stack([xs - x_mean, ys - y_mean]), full_matrices=False)
    if long - short <= ROUND_CLOUD_SHARE * long:
        raise NumericalTrouble("the legs have no common direction")
    run, rise = (float(part) for part in directions[0])
    if abs(rise) > STEEPEST * abs(run):
        raise NumericalTrouble("y moves without x: swap the legs, or look at log prices")
    beta, n = rise / run, len(xs)
    distance_sd = float(short / np.sqrt(n - 2))
    along, across = places[:, 0] * long, places[:, 1] * short
    turn_stderr = distance_sd * (long / ((long - short) * (long + short)))
    turn = fit_interval(across, along[:, np.newaxis], stderr=np.array([turn_stderr]), variance=distance_sd**2)
    beta_low, beta_high = _bounds(beta, float(turn.half_width[0]))
    return TlsHedge(
        alpha=y_mean - beta * x_mean,
        beta=beta,
        along=float(long**2 / (long**2 + short**2)),
        distance_sd=distance_sd,
        n=n,
        beta_stderr=float((1.0 + beta * beta) * turn_stderr),
        beta_low=beta_low,
        beta_high=beta_high,
        effective_n=float(turn.effective_n[0]),
    )


def _bounds(beta: float, half_sine: float) -> tuple[float, float]:
    """The slopes of the directions within d of beta's, sin 2d = 2 · `half_sine`."""
    if not 2.0 * half_sine < 1.0:
        return -math.inf, math.inf
    turn = 2.0 * half_sine / (1.0 + math.sqrt(1.0 - 4.0 * half_sine * half_sine))  # tan d
    if abs(beta) * turn >= 1.0:
        return -math.inf, math.inf
    return (beta - turn) / (1.0 + beta * turn), (beta + turn) / (1.0 - beta * turn)
