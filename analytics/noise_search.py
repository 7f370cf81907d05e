"""The search for the likeliest noises of a Kalman filter: `analytics.noise_likelihood` says what it is for.

>>> sample = Sample([0.5, -1.0, 0.3, 0.9, -0.7], [0.0] * 5, scale=1.0, x_scale=1.0, n=5, left_out=1)
>>> ratios, converged = likeliest(sample, Axes(moves=False, returns=False))
>>> ratios.share, converged
(0.0, True)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product

import numpy as np

from analytics.downhill import lowest_point
from analytics.series import Vector

DIFFUSE = 1e7  # variance of what is not known at the start, in units of the residuals' and of x's own mean square
# The axes of the search: alpha's share in the variance of a step of alpha plus that of e, as the logarithm of its
# odds; the variance of a step of beta over that sum, in units of x's root mean square, and 1 - keep, as powers of ten.
ODDS = np.linspace(-16.0, 16.0, 9)
POWERS = np.linspace(-9.0, 1.0, 9)
LOSSES = np.linspace(-4.0, -0.05, 7)
AS_LIKELY = 1e-6  # of the deviance: a variance of nothing that is as likely as a tiny one is taken instead


@dataclass(frozen=True, slots=True)
class Sample:
    """Residuals and regressor scaled to about one; `left_out` bars say nothing."""

    y: list[float]
    x: list[float]
    scale: float
    x_scale: float
    n: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Ratios:
    """Of the noises to the sum of alpha's and e's."""

    share: float
    beta_var: float
    keep: float


@dataclass(frozen=True, slots=True)
class Axes:
    """What is searched along, besides the odds."""

    moves: bool
    returns: bool

    @property
    def grids(self) -> list[Vector]:
        return [ODDS, *([POWERS] if self.moves else []), *([LOSSES] if self.returns else [])]

    def ratios(self, at: Vector) -> Ratios:
        beta_var = 10.0 ** float(at[1]) if self.moves else 0.0
        return Ratios(share_of(float(at[0])), beta_var, 1.0 - 10.0 ** float(at[-1]) if self.returns else 1.0)


def share_of(odds: float) -> float:
    """From the logarithm of the odds."""
    return 1.0 / (1.0 + math.exp(-odds))


def likeliest(sample: Sample, axes: Axes) -> tuple[Ratios, bool]:
    """The likeliest ratios, and whether the search came to its end."""

    def deviance(at: Vector) -> float:
        return deviance_of(sample, axes.ratios(at))[0]

    grids = axes.grids
    coarse = np.array([*product(*grids)])
    at, converged = coarse[int(np.argmin([deviance(point) for point in coarse]))], False
    for part in (0.5, 0.05):  # the second search is for one that was squeezed against a bound
        steps = [part * float(grid[1] - grid[0]) for grid in grids]
        found = lowest_point(
            deviance, at.tolist(), steps, least=[grid[0] for grid in grids], most=[grid[-1] for grid in grids]
        )
        at, converged = found.at, found.converged
    return _nothing_if_as_likely(sample, axes.ratios(at)), converged


def _nothing_if_as_likely(sample: Sample, found: Ratios) -> Ratios:
    """A variance found near its least is nothing, and what hardly returns walks, unless that is less likely."""
    lowest = deviance_of(sample, found)[0]
    for share, beta_var, keep in product((0.0, found.share), (0.0, found.beta_var), (1.0, found.keep)):
        candidate = Ratios(share, beta_var, keep)
        if deviance_of(sample, candidate)[0] <= lowest + AS_LIKELY:
            return candidate
    return found


def deviance_of(sample: Sample, ratios: Ratios) -> tuple[float, float]:
    """-2 log L of the scaled sample, inf where the filter's digits are lost, and the size of the noises best for it.

    The recursion of `analytics.kalman`, without a path.
    """
    alpha_var, beta_var, keep = ratios.share, ratios.beta_var, ratios.keep
    obs_var, keep_square = 1.0 - alpha_var, keep * keep
    beta = alpha = p_cross = squares = logs = 0.0
    p_alpha, p_beta = DIFFUSE, DIFFUSE if sample.left_out == 2 else 0.0
    left_out, least, log = sample.left_out, -0.5 * obs_var, math.log
    for y, x in zip(sample.y, sample.x, strict=True):
        cov_beta = x * p_beta + p_cross
        cov_alpha = x * p_cross + p_alpha
        rest = x * cov_beta + cov_alpha  # not a number, and so neither of the two below, where a bar is missing
        if rest >= least:
            variance = rest + obs_var
            innovation = y - x * beta - alpha
            gain_beta = cov_beta / variance
            gain_alpha = cov_alpha / variance
            beta += gain_beta * innovation
            alpha += gain_alpha * innovation
            p_beta -= gain_beta * cov_beta
            p_cross -= gain_beta * cov_alpha
            p_alpha -= gain_alpha * cov_alpha
            if left_out:
                left_out -= 1
            else:
                squares += innovation * innovation / variance
                logs += log(variance)
        elif rest < least:
            return math.inf, math.nan
        alpha *= keep
        p_cross *= keep
        p_beta += beta_var
        p_alpha = p_alpha * keep_square + alpha_var
    counted = sample.n - sample.left_out
    size = squares / counted
    return (logs + counted * (log(2.0 * math.pi * size) + 1.0), size) if 0.0 < size < math.inf else (math.inf, size)
