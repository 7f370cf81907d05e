"""How restless a hedge is, by likelihood: the variances under which the Kalman filter is least surprised.

    y_t = beta_t · x_t + alpha_t + e_t,    log L = -1/2 · sum of (log 2 pi S_t + v_t² / S_t)

v_t is the innovation and S_t its variance, as `analytics.kalman` gives them. The filter starts knowing nothing, so
the first bars, one for each of alpha and beta, say nothing and are left out. The overall size of the noises is
concentrated out: for given ratios its best value is known. The ratios are searched on a coarse grid in logarithms,
and from its best point downhill (Harvey 1989; Durbin & Koopman 2012, ch. 7).

A level that returns, alpha_t = keep · alpha_(t-1) + step, can be asked for where there is no x.

In short samples the most likely variance of a thing that moves is often zero: `at_bound` says so. It does not say
that the thing stands still.

>>> import numpy as np
>>> rng = np.random.default_rng(1)
>>> level = np.cumsum(rng.normal(0.0, 0.1, 2000))
>>> noise = kalman_noise(level + rng.standard_normal(2000))
>>> bool(0.05 < noise.alpha_var ** 0.5 < 0.15), bool(0.95 < noise.obs_var < 1.05)
(True, True)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analytics.errors import Collinear, ConstantSeries, InvalidOption, NumericalTrouble
from analytics.kalman import kalman_hedge
from analytics.noise_search import ODDS, Axes, Sample, deviance_of, likeliest, share_of
from analytics.series import (
    EPSILON,
    ROUNDING_STEPS,
    as_vector,
    is_constant,
    require_equal_lengths,
    require_length,
    require_size,
)

MIN_BARS = 10


@dataclass(frozen=True, slots=True)
class KalmanNoise:
    """Variances of a step of beta and of alpha, and of e, and `keep`, as `kalman_hedge` takes them.

    `at_bound` names those among "beta", "alpha" and "obs" that came out as nothing, and "keep" where a level that was
    asked to return walks; "obs" then is a ten-millionth of alpha's, since no filter runs without. `log_likelihood` is
    that of the n bars less the first ones. `converged`: the search ended at its finest steps.
    """

    beta_var: float
    alpha_var: float
    obs_var: float
    keep: float
    log_likelihood: float
    n: int
    at_bound: tuple[str, ...]
    converged: bool

    @property
    def state_var(self) -> tuple[float, float]:
        return self.beta_var, self.alpha_var


def kalman_noise(y: ArrayLike, x: ArrayLike | None = None, *, returns: bool = False) -> KalmanNoise:
    """The likeliest noises of y on x, both (n,); without x, of a level alone: beta is nothing and stays so.

    A level that `returns` does so to the mean of y, which is to be taken off y before it is filtered.

    Centre x, since the noise of alpha is that of the line at x = 0. Missing and infinite bars are passed over as the
    filter does. It costs some milliseconds a hundred bars: it is for formation windows.
    Raises `TooShort` (fewer than 10 bars), `LengthMismatch`, `WrongShape`, `ConstantSeries`, `Collinear` (y and x
    are one line), `InvalidOption` (a level that returns beside an x), `NumericalTrouble`.
    """
    if returns and x is not None:
        raise InvalidOption("returns", returns, "leave x away: only a level alone can be asked to return")
    for name, leg in (("y", y), ("x", x)):
        if leg is not None:
            require_size(name, as_vector(name, leg))
    sample = _sample(y, x)
    ratios, converged = likeliest(sample, Axes(moves=x is not None, returns=returns))
    deviance, size = deviance_of(sample, ratios)
    if not math.isfinite(deviance):
        raise NumericalTrouble("no noise makes these bars likely: scale the prices first")
    unit = size * sample.scale**2
    counted = sample.n - sample.left_out
    bounds = {
        "beta": x is not None and ratios.beta_var == 0.0,
        "alpha": ratios.share == 0.0,
        "obs": ratios.share >= share_of(ODDS[-1]),
        "keep": returns and ratios.keep == 1.0,
    }
    return KalmanNoise(
        beta_var=ratios.beta_var * unit / sample.x_scale**2,
        alpha_var=ratios.share * unit,
        obs_var=(1.0 - ratios.share) * unit,
        keep=ratios.keep,
        log_likelihood=-0.5 * deviance - counted * math.log(sample.scale),
        n=sample.n,
        at_bound=tuple(name for name, reached in bounds.items() if reached),
        converged=converged,
    )


def kalman_log_likelihood(
    y: ArrayLike,
    x: ArrayLike,
    *,
    state_var: tuple[float, float],
    obs_var: float,
    initial_state: ArrayLike,
    initial_cov: ArrayLike,
) -> float:
    """log L of all bars under given noises and a given start, as `kalman_hedge` takes and refuses them.

    Raises `TooShort` too where no bar has both prices, and `NumericalTrouble` where they are too unlikely for a number.
    """
    path = kalman_hedge(
        y, x, state_var=state_var, obs_var=obs_var, initial_state=initial_state, initial_cov=initial_cov
    )
    seen = np.isfinite(path.innovation)
    require_length(int(seen.sum()), 1)
    variance, innovation = path.innovation_var[seen], path.innovation[seen]
    with np.errstate(over="ignore"):
        found = -0.5 * float(np.sum(np.log(2.0 * math.pi * variance) + innovation * innovation / variance))
    if not math.isfinite(found):
        raise NumericalTrouble("the bars are too unlikely for a number: scale the prices first")
    return found


def _sample(y: ArrayLike, x: ArrayLike | None) -> Sample:
    """What least squares leave of y: the likelihood of a filter that starts with nothing is the same."""
    ys = as_vector("y", y)
    xs = np.zeros_like(ys) if x is None else as_vector("x", x)
    require_equal_lengths(ys, xs)
    seen = np.isfinite(ys) & np.isfinite(xs)
    require_length(int(seen.sum()), MIN_BARS)
    for name, leg in (("y", ys[seen]), ("x", xs[seen])):
        if (name == "y" or x is not None) and is_constant(leg):
            raise ConstantSeries(name)
    rest, x_scale = np.full_like(ys, np.nan), 1.0
    dy, dx = ys[seen] - ys[seen].mean(), xs[seen] - xs[seen].mean()
    with np.errstate(over="ignore", invalid="ignore"):
        left = dy - (dx @ dy) / (dx @ dx) * dx if x is not None else dy
        scale = math.sqrt(float(left @ left) / len(left))
        if x is not None:
            x_scale = math.sqrt(float(xs[seen] @ xs[seen]) / len(left))
    if not (math.isfinite(scale) and math.isfinite(x_scale)):
        raise NumericalTrouble("the squares of the prices overflow: scale them first")
    if scale <= ROUNDING_STEPS * EPSILON * float(np.max(np.abs(ys[seen]))):
        raise Collinear("y and x lie on one line")
    rest[seen] = left / scale
    regressor = np.where(seen, xs, np.nan) / x_scale
    return Sample(rest.tolist(), regressor.tolist(), scale, x_scale, int(seen.sum()), 1 if x is None else 2)
