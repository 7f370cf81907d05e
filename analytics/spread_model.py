"""A spread that keeps reverting, as a model: its long-run deviation, and draws of what it might have been.

    s_t = phi · s_(t-1) + c_1 · ds_(t-1) + … + c_(p-1) · ds_(t-p+1) + d · dx_t + e_t

The change of x is in it because a spread often answers to the same news as the leg. The sum of a long stretch of
such a spread has the deviation sd(e) / (1 - phi) per square root of a bar: its long-run deviation.

>>> import numpy as np
>>> noise = np.random.default_rng(2).standard_normal((2, 5000))
>>> fit = ar_spread(noise[0][:, np.newaxis], noise[1], lags=1)
>>> bool(0.95 < fit.long_run_sd[0] < 1.05)
True
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.errors import NumericalTrouble
from analytics.series import Vector

Matrix = NDArray[np.float64]
# What remains of a spread that its own past does not foretell, at least, as a share of its deviation.
EXACT_SHARE = 1e-9
# Least squares finds phi too small by (2 + 4 phi) / n, in the residuals of a hedge fitted on the same n bars:
# measured on random walks with phi from 0 to 0.98, where the known (1 + 3 phi) / n of one mean is too little.
BIAS_CONSTANT, BIAS_SLOPE = 2.0, 4.0
# A model beyond this is taken back to it: the draws are of a spread that does revert.
LARGEST_ROOT_BARS = 0.5


@dataclass(frozen=True, slots=True)
class ArSpread:
    """Fits of `draws` spreads side by side. `coefficients` (draws, p + 1): phi as found, c_1 …, d.

    `phi`, `sd`, `long_run_sd` (draws,): phi with its bias taken out, and kept below 1 - 1 / n; the deviation of e;
    and the long-run deviation. `shocks` (n - p, draws) are e.
    """

    coefficients: Matrix
    phi: Vector
    sd: Vector
    long_run_sd: Vector
    shocks: Matrix


def hedge_residuals(series: Matrix, x: Vector) -> Matrix:
    """Residuals (n, draws) of each column of `series` regressed on a constant and x (n,)."""
    dx = x - x.mean()
    centred = series - series.mean(axis=0)
    rest: Matrix = centred - np.outer(dx, (dx @ centred) / (dx @ dx))
    return rest


def ar_spread(spreads: Matrix, x: Vector, *, lags: int) -> ArSpread:
    """Fit the model of order `lags` to each column of `spreads` (n, draws), with x (n,).

    Raises `NumericalTrouble` where the past foretells a spread exactly, or nothing moves.
    """
    change, n = np.diff(spreads, axis=0), len(spreads) - lags
    past = [spreads[lags - 1 : -1], *(change[lags - 1 - i : len(change) - i] for i in range(1, lags))]
    push = np.broadcast_to(np.diff(x)[lags - 1 :, np.newaxis], past[0].shape)
    columns, target = np.stack([*past, push]), spreads[lags:]
    size = np.sqrt(np.einsum("itb,itb->ib", columns, columns))
    if not size.all():
        raise NumericalTrouble("the spread does not move, or x stands still")
    columns = columns / size[:, np.newaxis, :]
    products = np.einsum("itb,jtb->bij", columns, columns)
    try:
        found = np.linalg.solve(products, np.einsum("itb,tb->bi", columns, target)[:, :, np.newaxis])[:, :, 0]
    except np.linalg.LinAlgError as error:
        raise NumericalTrouble("the spread is an exact recursion of its own past") from error
    shocks = target - np.einsum("itb,bi->tb", columns, found)
    # Two more parameters, of the hedge, stand behind every spread.
    sd = np.sqrt(np.einsum("tb,tb->b", shocks, shocks) / (n - len(columns) - 2))
    if not np.all(sd > EXACT_SHARE * np.sqrt(np.mean(target * target, axis=0))):
        raise NumericalTrouble("the spread is an exact recursion of its own past")
    coefficients = found / size.T
    phi = _unbiased(coefficients[:, 0], len(spreads))
    return ArSpread(coefficients, phi, sd, sd / (1.0 - phi), shocks)


def _unbiased(phi: Vector, n: int) -> Vector:
    corrected: Vector = np.clip((phi * n + BIAS_CONSTANT) / (n - BIAS_SLOPE), -1.0, 1.0 - 1.0 / n)
    return corrected


def simulated_spreads(fit: ArSpread, start: Vector, x: Vector, *, draws: int, seed: int) -> Matrix:
    """Spreads (n, draws) under the model of the first fit, with x (n,) as it was and its shocks drawn anew.

    All begin with the values `start` (p,), and revert, whatever the fit: its roots are kept inside the circle.
    """
    levels = _levels(fit, len(x))
    shocks = fit.shocks[:, 0] - fit.shocks[:, 0].mean()
    shocks *= fit.sd[0] / shocks.std()
    chosen = np.random.default_rng(seed).integers(len(shocks), size=(len(x), draws))
    spreads: Matrix = shocks[chosen] + fit.coefficients[0, -1] * np.diff(x, prepend=x[0])[:, np.newaxis]
    lags = len(levels)
    spreads[:lags] = start[:, np.newaxis]
    for t in range(lags, len(x)):
        spreads[t] += levels @ spreads[t - lags : t]
    return spreads


def _levels(fit: ArSpread, n: int) -> Vector:
    """The model as weights of the last p levels, the oldest first."""
    change = fit.coefficients[0, 1:-1]
    weights = np.zeros(len(change) + 1)
    weights[0] = fit.phi[0]
    weights[:-1] += change
    weights[1:] -= change
    roots = np.abs(np.linalg.eigvals(np.vstack([weights, np.eye(len(weights))[:-1]])))
    largest, allowed = float(roots.max()), 1.0 - LARGEST_ROOT_BARS / n
    if largest > allowed:
        weights *= (allowed / largest) ** np.arange(1, len(weights) + 1)
    return weights[::-1].copy()
