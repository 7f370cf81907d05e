"""A Kalman path over the bars of a pair: how it begins, and how it goes on.

Two filters, one behind the other. The first moves the line of the hedge: it starts from least squares over the
formation window with their honest interval, and takes a bar for as little as the memory of the spread leaves of it.
The spread is y less what that line expected. Since spreads return slowly, most of one can be foretold from the last:
the second filter follows its level, which returns as the formation's did, and z is what neither expected, in its own
deviation. Both run in the formation's units: x in its deviations, y in deviations of the fit's residual. The
formation is also the burn-in: it has no rows of its own.

How restless beta is, is not known: the line has three filters, from one that hardly lets beta move to one that lets it
swing, and goes by each as far as it found the bars likely (`analytics.filter_mixture`).

One filter for both would let alpha chase the spread, and learn beta from what the legs do within a bar: at
a second that is a fraction of the hedge ratio, since they do not trade at the same instant (Epps 1979).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.errors import AnalyticsError
from analytics.filter_mixture import KalmanMixture, MixtureState, kalman_mixture, mixture_start
from analytics.kalman import KalmanHedge, KalmanState, kalman_hedge, kalman_start
from analytics.noise_likelihood import kalman_noise
from analytics.rolling import rolling_ols_hedge
from analytics.student import NORMAL_975
from engine.snapshots.pair_bars import PairPrices, Vector

WANDERS = (0.1, 2.0, 40.0)
"""How far beta may walk over one window, as a multiple of the variance of that window's fit: hardly at all, as far as
the fits of two windows differ by chance, and far. No formation can tell which; the bars after it can."""

FIT_VAR = 1.0
"""The variance of the residuals as they are, in the path's own units."""

REMEMBERED_WINDOWS = 10.0
"""Over how many windows the bars' word on that is forgotten: a beta may stand still and then swing."""

FEW_INDEPENDENT = 2.0
"""A window with no more independent bars than this cannot tell a spread that returns from one that walks: alpha then
walks as the spread's level does, and the less so the more such bars there are."""

KEEP_BIAS = 2.0
"""Residuals of a fit to n bars seem to return faster than they do: what stays is found too small by (2 + 4 · keep) / n,
as least squares find it (see `analytics.serial_errors`)."""

DEFAULT_LEVEL = (1e-4, 1.0, 1.0)
"""Variance of a step of the spread's level, of what comes on top, and what of the level stays: where the formation's
likelihood cannot be had. It is a level that walks by 1 % of the spread's deviation a bar."""


@dataclass(frozen=True, slots=True)
class KalmanNoises:
    """Variances: of a step of beta that walks as far in a window as its fit is unsure (see `WANDERS`), of a step of
    alpha, of one bar's word on the line, of a step of the spread's level, of what comes on top of it. What of that
    level stays from bar to bar, and what stays of the line's weights."""

    beta_var: float
    alpha_var: float
    line_var: float
    level_var: float
    level_obs_var: float
    level_keep: float
    memory: float


@dataclass(frozen=True, slots=True)
class KalmanPath:
    """Where a path stands after a bar: the line, the spread's level; its noises, and the units it runs in."""

    line: MixtureState
    level: KalmanState
    noises: KalmanNoises
    y_centre: float
    y_scale: float
    x_centre: float
    x_scale: float

    @property
    def slope(self) -> float:
        """Turns beta in the path's units into beta."""
        return self.y_scale / self.x_scale


@dataclass(frozen=True, slots=True)
class KalmanRun:
    """The two filters over some bars: the line, and the level of what it leaves."""

    line: KalmanMixture
    level: KalmanHedge


def begin_path(y: Vector, x: Vector) -> KalmanPath:
    """The path after its formation window: the least-squares line, as sure as it is."""
    window = len(y)
    fit = rolling_ols_hedge(y, x, window=window)
    beta, half_width = float(fit.beta[-1]), float(fit.beta_high[-1] - fit.beta[-1])
    y_centre, x_centre = float(y.mean()), float(x.mean())
    y_scale, x_scale = float(fit.residual_sd[-1]), float(x.std(ddof=1))
    sureness = (half_width / NORMAL_975 * x_scale / y_scale) ** 2  # the variance of beta, and by the units of alpha
    residual = ((y - y_centre) - beta * (x - x_centre)) / y_scale
    level_var, level_obs_var, level_keep = _level_noise(residual)
    noises = KalmanNoises(
        beta_var=sureness / window,
        alpha_var=level_var * min(1.0, FEW_INDEPENDENT / float(fit.effective_n[-1])),
        line_var=max(sureness * window, 1.0),
        level_var=level_var,
        level_obs_var=level_obs_var,
        level_keep=level_keep,
        memory=1.0 - 1.0 / (REMEMBERED_WINDOWS * window),
    )
    line = kalman_start((beta * x_scale / y_scale, 0.0), ((sureness, 0.0), (0.0, sureness)))
    level = _follow(kalman_start((0.0, 0.0), ((0.0, 0.0), (0.0, 1.0))), residual, noises).last
    return KalmanPath(mixture_start(line, len(WANDERS)), level, noises, y_centre, y_scale, x_centre, x_scale)


def _level_noise(residual: Vector) -> tuple[float, float, float]:
    """What is likeliest in the formation alone, as in `DEFAULT_LEVEL`."""
    try:
        noise = kalman_noise(residual, returns=True)
    except AnalyticsError:
        return DEFAULT_LEVEL
    n = len(residual)
    return noise.alpha_var, noise.obs_var, min((n * noise.keep + KEEP_BIAS) / (n - 2.0 * KEEP_BIAS), 1.0)


def _follow(level: KalmanState, spreads: Vector, noises: KalmanNoises) -> KalmanHedge:
    """The level of the spreads alone: a hedge of nothing."""
    return kalman_hedge(
        spreads,
        np.zeros_like(spreads),
        state_var=(0.0, noises.level_var),
        obs_var=noises.level_obs_var,
        keep=noises.level_keep,
        resume=level,
    )


def run_path(path: KalmanPath, prices: PairPrices) -> KalmanRun:
    """The path's next bars."""
    noises = path.noises
    line = kalman_mixture(
        (prices.y - path.y_centre) / path.y_scale,
        (prices.x - path.x_centre) / path.x_scale,
        state_vars=[(wander * noises.beta_var, noises.alpha_var) for wander in WANDERS],
        obs_var=noises.line_var,
        fit_var=FIT_VAR,
        memory=noises.memory,
        resume=path.line,
    )
    return KalmanRun(line, _follow(path.level, line.innovation, noises))
