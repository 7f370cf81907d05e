"""A Kalman hedge that does not know how restless beta is: filters side by side, weighed by how likely the bars are.

    weight_i ∝ exp(l_i),   l_i(t) = memory · l_i(t-1) + word · log N(v_i(t); 0, S_i(t) - obs_var + fit_var),
    word = fit_var / obs_var

v_i and S_i are the innovation of filter i and its variance, as `analytics.kalman` gives them. Beta and alpha are the
weighted means; their variance is what the filters say on average and how far they stand apart: that of a mixture
(Magill 1965; Harrison & Stevens 1976). With `memory` below 1 old bars are forgotten (Raftery, Kárný & Ettler 2010).

Where residuals have a memory, a bar says less of the line than its own deviation claims: `obs_var` is the larger
variance under which errors come out honest, `fit_var` that of the residuals as they are; a bar then counts for
fit_var / obs_var of one. With both equal, and a memory of 1, this is Bayes' rule.

>>> import numpy as np
>>> from analytics.kalman import kalman_start
>>> rng = np.random.default_rng(1)
>>> x = np.cumsum(rng.standard_normal(400))
>>> start = mixture_start(kalman_start(), 2)
>>> still = kalman_mixture(0.8 * x + rng.standard_normal(400), x, state_vars=((0.0, 0.0), (0.01, 0.0)), obs_var=1.0,
...     resume=start)
>>> bool(still.weights[-1, 0] > 0.9)
True
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analytics.errors import InvalidOption, NumericalTrouble
from analytics.kalman import KalmanHedge, KalmanState, kalman_hedge
from analytics.series import Vector

Matrix = NDArray[np.float64]


class MixtureState(NamedTuple):
    """All that the next bar needs: each filter's state, and how likely it found the bars so far (l_i)."""

    filters: tuple[KalmanState, ...]
    likelihoods: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class KalmanMixture:
    """The path, arrays (n,), as of the end of each bar; the innovation is against what was known before it.

    `p_beta` is the variance of beta, `weights` (n, k) those of the k filters. NaN innovations mark missing prices.
    """

    alpha: Vector
    beta: Vector
    p_beta: Vector
    innovation: Vector
    weights: Matrix
    filters: tuple[KalmanHedge, ...]
    likelihoods: Matrix

    @property
    def last(self) -> MixtureState:
        """The state to go on from with the next bar."""
        return MixtureState(tuple(each.last for each in self.filters), tuple(self.likelihoods[-1].tolist()))


def mixture_start(state: KalmanState, filters: int) -> MixtureState:
    """So many filters in one state, none likelier than another."""
    if filters < 1:
        raise InvalidOption("filters", filters, "give at least one")
    return MixtureState((state,) * filters, (0.0,) * filters)


def kalman_mixture(
    y: ArrayLike,
    x: ArrayLike,
    *,
    state_vars: Sequence[tuple[float, float]],
    obs_var: float,
    resume: MixtureState,
    fit_var: float | None = None,
    memory: float = 1.0,
) -> KalmanMixture:
    """Filter y on x, both (n,), by one filter for each of `state_vars`, variances of a step of (beta, alpha).

    `fit_var` is `obs_var` where it is not given. A bar with a missing price changes no weight. Raises what
    `kalman_hedge` does, and `InvalidOption` for a memory or `fit_var` out of bounds, or another number of filters than
    the state has.
    """
    fit_var = obs_var if fit_var is None else fit_var
    if not 0.0 < memory <= 1.0:
        raise InvalidOption("memory", memory, "give a share above 0, at most 1")
    if not 0.0 < fit_var <= obs_var:
        raise InvalidOption("fit_var", fit_var, "give a positive variance, at most obs_var")
    if len(state_vars) != len(resume.filters):
        raise InvalidOption("state_vars", len(state_vars), f"give one for each of the {len(resume.filters)} filters")
    filters = tuple(
        kalman_hedge(y, x, state_var=state_var, obs_var=obs_var, resume=state)
        for state_var, state in zip(state_vars, resume.filters, strict=True)
    )
    innovations = np.column_stack([each.innovation for each in filters])
    variances = np.column_stack([each.innovation_var for each in filters]) - (obs_var - fit_var)
    likelihoods = _likelihoods(innovations, variances, resume.likelihoods, fit_var / obs_var, memory)
    if not all(map(math.isfinite, likelihoods[-1])):
        raise NumericalTrouble("the bars are too unlikely for a number: scale the prices first")
    weights = np.array([mixture_weights(row) for row in (resume.likelihoods, *likelihoods)])
    after = weights[1:]
    betas, alphas, p_betas = (
        np.column_stack([getattr(each, name) for each in filters]) for name in ("beta", "alpha", "p_beta")
    )
    beta = weighted_mean(after, betas)
    return KalmanMixture(
        alpha=weighted_mean(after, alphas),
        beta=beta,
        p_beta=weighted_mean(after, p_betas + (betas - beta[:, np.newaxis]) ** 2),
        innovation=weighted_mean(weights[:-1], innovations),
        weights=after,
        filters=filters,
        likelihoods=np.array(likelihoods),
    )


def _likelihoods(
    innovations: Matrix, variances: Matrix, before: tuple[float, ...], word: float, memory: float
) -> list[tuple[float, ...]]:
    """l of each filter after each bar. By the bar, so that a path in parts is the path in one, to the bit."""
    path, current = [], before
    for bar, spreads in zip(innovations.tolist(), variances.tolist(), strict=True):
        if not math.isnan(bar[0]):
            current = tuple(
                memory * found - 0.5 * word * (math.log(2.0 * math.pi * variance) + innovation * innovation / variance)
                for found, innovation, variance in zip(current, bar, spreads, strict=True)
            )
        path.append(current)
    return path


def mixture_weights(likelihoods: Sequence[float]) -> list[float]:
    """Of the filters, from how likely each found the bars: they add up to one."""
    best = max(likelihoods)
    odds = [math.exp(each - best) for each in likelihoods]
    total = sum(odds)
    return [each / total for each in odds]


def weighted_mean(weights: Matrix, values: Matrix) -> Vector:
    """Row by row, filter after filter: a sum whose bits do not hang on how many bars there are."""
    total: Vector = weights[:, 0] * values[:, 0]
    for number in range(1, weights.shape[1]):
        total = total + weights[:, number] * values[:, number]
    return total
