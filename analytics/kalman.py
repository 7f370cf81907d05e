"""A hedge that moves: the Kalman filter of y_t = beta_t · x_t + alpha_t + e_t.

beta and alpha are random walks with independent steps: of variance delta / (1 - delta) both, or of a variance each,
`state_var`; e has variance `obs_var`. With `keep` below 1 alpha does not walk but returns to zero: so much of it
stays from bar to bar. The signal is the innovation: y less what was expected of it before it was seen, and its own
variance S. Nothing here looks ahead or smooths (Elliott, van der Hoek & Malcolm 2005; Durbin & Koopman 2012; Chan
2013). Needs numpy alone.

>>> import numpy as np
>>> x = np.array([1.0, 2.0, 3.0, 4.0])
>>> path = kalman_hedge(2.0 * x, x, delta=1e-5, obs_var=1e-6)
>>> path.beta.round(3).tolist()
[1.0, 2.0, 2.0, 2.0]
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from analytics.errors import InvalidOption, NumericalTrouble
from analytics.series import Vector, as_vector, require_equal_lengths, require_length


class KalmanState(NamedTuple):
    """All that the next bar needs: estimates, their covariance, and whether a bar came before.

    The first bar of a path is met by the initial state as it is; every later one by a prediction.
    """

    beta: float
    alpha: float
    p_beta: float
    p_cross: float
    p_alpha: float
    started: bool = True


class _Moves(NamedTuple):
    beta_var: float
    alpha_var: float
    keep: float


class KalmanBar(NamedTuple):
    """One bar of the path: `innovation` and `innovation_var` are NaN where a price is missing."""

    state: KalmanState
    innovation: float
    innovation_var: float


@dataclass(frozen=True, slots=True)
class KalmanHedge:
    """The filtered path, arrays (n,). alpha, beta and their covariance are as of the end of each bar; the innovation
    is against what was known before it. NaN innovations mark missing prices."""

    alpha: Vector
    beta: Vector
    innovation: Vector
    innovation_var: Vector
    p_beta: Vector
    p_cross: Vector
    p_alpha: Vector

    @property
    def z(self) -> Vector:
        """The innovation in its own standard deviations: mean 0 and variance 1 if the model holds."""
        z: Vector = self.innovation / np.sqrt(self.innovation_var)
        return z

    @property
    def last(self) -> KalmanState:
        """The state to go on from with the next bar."""
        columns = (self.beta, self.alpha, self.p_beta, self.p_cross, self.p_alpha)
        beta, alpha, p_beta, p_cross, p_alpha = (float(column[-1]) for column in columns)
        return KalmanState(beta, alpha, p_beta, p_cross, p_alpha)


def kalman_start(
    initial_state: ArrayLike = (0.0, 0.0),
    initial_cov: ArrayLike = ((1.0, 0.0), (0.0, 1.0)),
) -> KalmanState:
    """The state before the first bar, from the mean (beta, alpha) and its 2 × 2 covariance.

    Raises `InvalidOption` unless the mean is finite and the covariance symmetric and not negative.
    """
    mean, cov = np.asarray(initial_state, dtype=np.float64), np.asarray(initial_cov, dtype=np.float64)
    if mean.shape != (2,) or not np.isfinite(mean).all():
        raise InvalidOption("initial_state", initial_state, "give (beta, alpha), both finite")
    if cov.shape != (2, 2) or not np.isfinite(cov).all() or not _is_covariance(cov):
        raise InvalidOption("initial_cov", initial_cov, "give a symmetric 2 × 2 matrix without negative eigenvalues")
    return KalmanState(
        float(mean[0]), float(mean[1]), float(cov[0, 0]), float(cov[0, 1]), float(cov[1, 1]), started=False
    )


def kalman_hedge(
    y: ArrayLike,
    x: ArrayLike,
    *,
    obs_var: float,
    delta: float | None = None,
    state_var: tuple[float, float] | None = None,
    keep: float = 1.0,
    initial_state: ArrayLike = (0.0, 0.0),
    initial_cov: ArrayLike = ((1.0, 0.0), (0.0, 1.0)),
    resume: KalmanState | None = None,
) -> KalmanHedge:
    """Filter y on x, both (n,), from the initial mean and covariance of (beta, alpha).

    Give either `delta` or the variances of a step of beta and of alpha, `state_var`: those under which bars are
    likeliest are found by `analytics.noise_likelihood`. The defaults of the start know nothing: start from a formation
    window's fit where there is one. With `resume` the path goes on from that state, as if it had never stopped. A bar
    with a missing or infinite price adds the state noise and updates nothing. Raises `TooShort` (n = 0),
    `LengthMismatch`, `WrongShape`, `InvalidOption`, and `NumericalTrouble` where the path overflows or its covariance
    is lost to rounding.
    """
    ys, xs = as_vector("y", y), as_vector("x", x)
    require_equal_lengths(ys, xs)
    require_length(len(ys), 1)
    state = kalman_start(initial_state, initial_cov) if resume is None else resume
    moves = _checked_moves(delta, state_var, keep, obs_var)
    path = np.array(_filter(state, ys.tolist(), xs.tolist(), moves, obs_var))
    hedge = KalmanHedge(*(np.ascontiguousarray(column) for column in path.T))
    if np.isinf(hedge.innovation_var).any() or not all(map(math.isfinite, hedge.last)):
        raise NumericalTrouble("the filter overflowed: scale the prices first")
    # In exact arithmetic no innovation varies less than the observation noise alone.
    if np.nanmin(hedge.innovation_var, initial=obs_var) < 0.5 * obs_var:
        raise NumericalTrouble("the covariance drowned in rounding: centre x, or start from a smaller covariance")
    return hedge


def kalman_step(
    state: KalmanState,
    y: float,
    x: float,
    *,
    obs_var: float,
    delta: float | None = None,
    state_var: tuple[float, float] | None = None,
    keep: float = 1.0,
) -> KalmanBar:
    """One bar more, in microseconds: the very bits that `kalman_hedge` gives for the longer series."""
    ((alpha, beta, innovation, innovation_var, p_beta, p_cross, p_alpha),) = _filter(
        state, (float(y),), (float(x),), _checked_moves(delta, state_var, keep, obs_var), obs_var
    )
    return KalmanBar(KalmanState(beta, alpha, p_beta, p_cross, p_alpha), innovation, innovation_var)


def _filter(
    state: KalmanState, ys: Sequence[float], xs: Sequence[float], moves: _Moves, obs_var: float
) -> list[tuple[float, ...]]:
    """The recursion, in local floats, since an array per bar would cost fifty times as much."""
    beta, alpha, p_beta, p_cross, p_alpha, started = state
    beta_var, alpha_var, keep = moves
    path: list[tuple[float, ...]] = []
    infinity, nan = math.inf, math.nan
    for y, x in zip(ys, xs, strict=True):
        if started:
            alpha *= keep
            p_cross *= keep
            p_beta += beta_var
            p_alpha = p_alpha * keep * keep + alpha_var
        started = True
        if -infinity < y < infinity and -infinity < x < infinity:
            cov_beta = x * p_beta + p_cross
            cov_alpha = x * p_cross + p_alpha
            variance = x * cov_beta + cov_alpha + obs_var
            innovation = y - x * beta - alpha
            gain_beta = cov_beta / variance
            gain_alpha = cov_alpha / variance
            beta += gain_beta * innovation
            alpha += gain_alpha * innovation
            p_beta -= gain_beta * cov_beta
            p_cross -= gain_beta * cov_alpha
            p_alpha -= gain_alpha * cov_alpha
        else:
            innovation = variance = nan
        path.append((alpha, beta, innovation, variance, p_beta, p_cross, p_alpha))
    return path


def _checked_moves(delta: float | None, state_var: tuple[float, float] | None, keep: float, obs_var: float) -> _Moves:
    if not 0.0 < obs_var < math.inf:
        raise InvalidOption("obs_var", obs_var, "give a positive variance")
    if not 0.0 <= keep <= 1.0:
        raise InvalidOption("keep", keep, "give a share from 0 to 1")
    if (delta is None) == (state_var is None):
        raise InvalidOption("delta", delta, "give either delta, or state_var for beta and alpha apart")
    if state_var is None:
        if delta is None or not 0.0 <= delta < 1.0:
            raise InvalidOption("delta", delta, "give a number from 0 to below 1")
        state_var = delta / (1.0 - delta), delta / (1.0 - delta)
    if len(state_var) != 2 or not all(0.0 <= variance < math.inf for variance in state_var):
        raise InvalidOption("state_var", state_var, "give two variances, of a step of beta and of alpha")
    return _Moves(float(state_var[0]), float(state_var[1]), float(keep))


def _is_covariance(cov: Vector) -> bool:
    a, b, c, d = (float(entry) for entry in cov.ravel())
    return b == c and a >= 0.0 and d >= 0.0 and b * b <= a * d * (1.0 + 1e-12)
