"""One bar of many paths of `analytics.filter_mixture` at once, each to the bits that it has alone.

What a path does at a bar is a few dozen operations on numbers, so that k paths side by side cost little more than one.

>>> import numpy as np
>>> from analytics.filter_mixture import kalman_mixture, mixture_start
>>> from analytics.kalman import kalman_start
>>> start = mixture_start(kalman_start(), 1)
>>> alone = kalman_mixture([0.5, 0.9], [1.0, 2.0], state_vars=[(0.1, 0.0)], obs_var=2.0, resume=start)
>>> first = alone.filters[0]
>>> states = FilterStates(*(getattr(first, name)[:1, None] for name in FilterStates._fields))
>>> noises = MixtureNoises(np.array([[0.1]]), np.zeros((1, 1)), np.array([2.0]), 2.0, np.ones(1))
>>> step = mixture_step(np.array([0.9]), np.array([2.0]), states, alone.likelihoods[:1], noises)
>>> bool(step.beta[0] == alone.beta[1])
True
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics.filter_mixture import mixture_weights, weighted_mean
from analytics.series import Vector

Matrix = NDArray[np.float64]


class FilterStates(NamedTuple):
    """States of filters that have met a bar before, as `analytics.kalman.KalmanState`: arrays of one shape."""

    beta: Matrix
    alpha: Matrix
    p_beta: Matrix
    p_cross: Matrix
    p_alpha: Matrix


class FilterStep(NamedTuple):
    """Arrays of the states' shape; innovation and its variance are NaN where a price is missing.

    `sound`: neither overflowed nor drowned in rounding. Elsewhere `analytics.kalman.kalman_hedge` raises.
    """

    states: FilterStates
    innovation: Matrix
    innovation_var: Matrix
    sound: NDArray[np.bool_]


class MixtureNoises(NamedTuple):
    """Of k paths of f filters: variances of a step of beta and of alpha (k, f), what `kalman_mixture` takes (k,)."""

    beta_var: Matrix
    alpha_var: Matrix
    obs_var: Vector
    fit_var: float
    memory: Vector


class MixtureStep(NamedTuple):
    """Arrays (k,) as of `analytics.filter_mixture.KalmanMixture`; states and likelihoods (k, f) after the bar.

    `sound` (k,): where `kalman_mixture` raises, it is False, and the numbers are nothing.
    """

    alpha: Vector
    beta: Vector
    p_beta: Vector
    innovation: Vector
    states: FilterStates
    likelihoods: Matrix
    sound: NDArray[np.bool_]


def filter_step(
    y: Matrix, x: Matrix, states: FilterStates, *, beta_var: Matrix, alpha_var: Matrix, obs_var: Matrix, keep: Matrix
) -> FilterStep:
    """What `analytics.kalman.kalman_step` gives for each; all arrays of one shape, or such as numpy makes it."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        before = FilterStates(
            states.beta,
            states.alpha * keep,
            states.p_beta + beta_var,
            states.p_cross * keep,
            states.p_alpha * keep * keep + alpha_var,
        )
        beta, alpha, p_beta, p_cross, p_alpha = before
        cov_beta = x * p_beta + p_cross
        cov_alpha = x * p_cross + p_alpha
        variance = x * cov_beta + cov_alpha + obs_var
        innovation = y - x * beta - alpha
        gain_beta, gain_alpha = cov_beta / variance, cov_alpha / variance
        met = FilterStates(
            beta + gain_beta * innovation,
            alpha + gain_alpha * innovation,
            p_beta - gain_beta * cov_beta,
            p_cross - gain_beta * cov_alpha,
            p_alpha - gain_alpha * cov_alpha,
        )
    there = np.isfinite(y) & np.isfinite(x)
    after = FilterStates(*(np.where(there, new, old) for new, old in zip(met, before, strict=True)))
    sound: NDArray[np.bool_] = np.isfinite(after).all(axis=0) & ~(
        there & ~((variance >= 0.5 * obs_var) & (variance < np.inf))
    )
    return FilterStep(after, np.where(there, innovation, np.nan), np.where(there, variance, np.nan), sound)


def mixture_step(y: Vector, x: Vector, states: FilterStates, likelihoods: Matrix, noises: MixtureNoises) -> MixtureStep:
    """The next bar of k paths at prices y and x (k,), from states and likelihoods (k, f)."""
    step = filter_step(
        y[:, np.newaxis],
        x[:, np.newaxis],
        states,
        beta_var=noises.beta_var,
        alpha_var=noises.alpha_var,
        obs_var=noises.obs_var[:, np.newaxis],
        keep=np.ones((1, 1)),
    )
    after, likely = _likelihoods(step, likelihoods, noises)
    sound: NDArray[np.bool_] = np.logical_and.reduce(step.sound & likely, axis=1)
    after = np.where(sound[:, np.newaxis], after, 0.0)
    weights, weights_before = _weights(after), _weights(likelihoods)
    with np.errstate(over="ignore", invalid="ignore"):  # of what is not sound
        beta = weighted_mean(weights, step.states.beta)
        return MixtureStep(
            alpha=weighted_mean(weights, step.states.alpha),
            beta=beta,
            p_beta=weighted_mean(weights, step.states.p_beta + (step.states.beta - beta[:, np.newaxis]) ** 2),
            innovation=weighted_mean(weights_before, step.innovation),
            states=step.states,
            likelihoods=after,
            sound=sound,
        )


def _likelihoods(step: FilterStep, before: Matrix, noises: MixtureNoises) -> tuple[Matrix, NDArray[np.bool_]]:
    """l of each filter after the bar, and where that is a number. Logarithms one by one: numpy's may be others."""
    word = (0.5 * (noises.fit_var / noises.obs_var))[:, np.newaxis]
    variance = step.innovation_var - (noises.obs_var - noises.fit_var)[:, np.newaxis]
    there = ~np.isnan(step.innovation)
    positive = variance > 0.0
    known = np.where(positive, 2.0 * math.pi * variance, 1.0)
    logs = np.array([math.log(each) for each in known.ravel().tolist()]).reshape(known.shape)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        met = noises.memory[:, np.newaxis] * before - word * (logs + step.innovation * step.innovation / variance)
    after = np.where(there, met, before)
    return after, np.isfinite(after) & (positive | ~there)


def _weights(likelihoods: Matrix) -> Matrix:
    return np.array([mixture_weights(row) for row in likelihoods.tolist()])
