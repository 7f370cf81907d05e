"""The mixture against Bayes' rule on joint Gaussians (scipy), against one filter, in parts, and on betas that move."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import multivariate_normal

from analytics.errors import InvalidOption
from analytics.filter_mixture import MixtureState, kalman_mixture, mixture_start
from analytics.kalman import KalmanState, kalman_hedge, kalman_start

Array = NDArray[np.float64]

STEPS = ((0.0, 0.0), (1e-3, 1e-4), (0.1, 1e-2))
START = kalman_start((0.5, 0.0), ((0.4, 0.05), (0.05, 0.3)))


def legs(n: int, seed: int, *, step: float = 0.0) -> tuple[Array, Array, Array]:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(n)
    beta = 0.7 + np.cumsum(rng.normal(0.0, step, n))
    return beta * x + rng.standard_normal(n), x, beta


def joint_log_density(y: Array, x: Array, step: tuple[float, float]) -> float:
    """Of all bars at once, from the covariance that the walk of (beta, alpha) gives them."""
    n = len(y)
    h = np.column_stack([x, np.ones(n)])
    shared = np.minimum.outer(np.arange(n), np.arange(n))  # steps both bars have behind them: none before the first
    mean, cov = (
        np.array([START.beta, START.alpha]),
        np.array([[START.p_beta, START.p_cross], [START.p_cross, START.p_alpha]]),
    )
    total = h @ cov @ h.T + shared * (h @ np.diag(step) @ h.T) + np.eye(n)
    return float(multivariate_normal(h @ mean, total).logpdf(y))


def test_weights_are_those_of_bayes_rule_on_the_joint_density() -> None:
    y, x, _ = legs(30, 1, step=0.2)
    path = kalman_mixture(y, x, state_vars=STEPS, obs_var=1.0, resume=mixture_start(START, 3))
    joint = np.array([joint_log_density(y, x, step) for step in STEPS])
    np.testing.assert_allclose(path.likelihoods[-1], joint, rtol=1e-10)
    expected = np.exp(joint - joint.max())
    np.testing.assert_allclose(path.weights[-1], expected / expected.sum(), rtol=1e-9)


def test_mean_and_variance_are_those_of_a_mixture_of_normals() -> None:
    """By draws: a filter with its weight, then a beta from it."""
    y, x, _ = legs(40, 2, step=0.1)
    path = kalman_mixture(y, x, state_vars=STEPS, obs_var=1.0, resume=mixture_start(START, 3))
    rng = np.random.default_rng(0)
    which = rng.choice(3, size=400_000, p=path.weights[-1])
    betas = np.array([each.beta[-1] for each in path.filters])[which]
    sds = np.sqrt([each.p_beta[-1] for each in path.filters])[which]
    draws = rng.normal(betas, sds)
    assert path.beta[-1] == pytest.approx(draws.mean(), abs=3e-3)
    assert path.p_beta[-1] == pytest.approx(draws.var(), rel=2e-2)


def test_equal_filters_are_one_filter() -> None:
    y, x, _ = legs(50, 3)
    one = kalman_hedge(y, x, state_var=STEPS[1], obs_var=2.0, resume=START)
    path = kalman_mixture(y, x, state_vars=STEPS[1:2] * 2, obs_var=2.0, fit_var=1.0, resume=mixture_start(START, 2))
    for name in ("alpha", "beta", "innovation", "p_beta"):
        np.testing.assert_allclose(getattr(path, name), getattr(one, name), rtol=1e-12, atol=1e-14)
    np.testing.assert_array_equal(path.weights, 0.5)


def test_a_path_in_parts_is_the_path_in_one_to_the_bit() -> None:
    y, x, _ = legs(60, 4, step=0.05)
    y[[7, 30]] = np.nan
    how = {"state_vars": STEPS, "obs_var": 5.0, "fit_var": 1.0, "memory": 0.99}
    whole = kalman_mixture(y, x, resume=mixture_start(START, 3), **how)  # type: ignore[arg-type]
    state: MixtureState = mixture_start(START, 3)
    for first, end in ((0, 7), (7, 8), (8, 31), (31, 60)):
        part = kalman_mixture(y[first:end], x[first:end], resume=state, **how)  # type: ignore[arg-type]
        for name in ("alpha", "beta", "p_beta", "innovation", "weights", "likelihoods"):
            np.testing.assert_array_equal(getattr(part, name), getattr(whole, name)[first:end])
        state = part.last
    assert state == whole.last


def test_a_missing_bar_changes_no_weight() -> None:
    y, x, _ = legs(20, 5)
    y[10] = np.nan
    path = kalman_mixture(y, x, state_vars=STEPS, obs_var=1.0, memory=0.9, resume=mixture_start(START, 3))
    np.testing.assert_array_equal(path.weights[10], path.weights[9])
    assert np.isnan(path.innovation[10])


@pytest.mark.parametrize(("step", "likeliest"), [(0.0, 0), (0.3, 2)])
def test_the_bars_tell_how_restless_beta_is(step: float, likeliest: int) -> None:
    y, x, _ = legs(1_000, 6, step=step)
    path = kalman_mixture(y, x, state_vars=STEPS, obs_var=1.0, resume=mixture_start(START, 3))
    assert path.weights[-1, likeliest] > 0.9


def test_a_beta_that_begins_to_move_is_found_out_sooner_with_less_memory() -> None:
    still, moving = legs(3_000, 7), legs(300, 8, step=0.3)
    y, x = (np.concatenate([a, b]) for a, b in zip(still[:2], moving[:2], strict=True))
    start = mixture_start(START, 3)
    until = {}
    for memory in (1.0, 0.99):
        path = kalman_mixture(y, x, state_vars=STEPS, obs_var=1.0, memory=memory, resume=start)
        found = np.flatnonzero(path.weights[3_000:, 2] > 0.5)
        until[memory] = int(found[0]) if len(found) else 300
    assert 0 < until[0.99] < until[1.0]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"memory": 0.0}, "memory"),
        ({"memory": float("nan")}, "memory"),
        ({"memory": 1.1}, "memory"),
        ({"fit_var": 0.0}, "fit_var"),
        ({"fit_var": 2.0}, "fit_var"),
        ({"state_vars": STEPS[:2]}, "state_vars"),
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, object], says: str) -> None:
    y, x, _ = legs(20, 9)
    options = {"state_vars": STEPS, "obs_var": 1.0, "resume": mixture_start(START, 3), **wrong}
    with pytest.raises(InvalidOption, match=says):
        kalman_mixture(y, x, **options)  # type: ignore[arg-type]


def test_a_start_needs_a_filter() -> None:
    with pytest.raises(InvalidOption, match="filters"):
        mixture_start(KalmanState(0.0, 0.0, 1.0, 0.0, 1.0), 0)
