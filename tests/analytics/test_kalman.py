"""The filter against pykalman, against least squares in its limits, against the joint Gaussian, and against itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pykalman import KalmanFilter

from analytics.errors import InvalidOption, LengthMismatch, NumericalTrouble, TooShort
from analytics.kalman import KalmanHedge, KalmanState, kalman_hedge, kalman_start, kalman_step
from analytics.ols import ols_hedge

Array = NDArray[np.float64]
PATHS = ("alpha", "beta", "innovation", "innovation_var", "p_beta", "p_cross", "p_alpha")


def moving_pair(bars: int, seed: int = 0, *, step: float = 1e-3, noise: float = 1e-3) -> tuple[Array, Array, Array]:
    """y, x and the path of beta that made y."""
    rng = np.random.default_rng(seed)
    x = 11.0 + np.cumsum(rng.normal(0.0, 1e-2, bars))
    beta = 0.8 + np.cumsum(rng.normal(0.0, step, bars))
    return 2.0 + beta * x + rng.normal(0.0, noise, bars), x, beta


def peer(y: Array, x: Array, *, delta: float, obs_var: float, mean: Array, cov: Array) -> tuple[Array, Array]:
    """Filtered means and covariances by pykalman; a masked y is a missing bar."""
    model = KalmanFilter(
        n_dim_obs=1,
        n_dim_state=2,
        transition_matrices=np.eye(2),
        transition_covariance=delta / (1 - delta) * np.eye(2),
        observation_matrices=np.stack([x, np.ones_like(x)], axis=1)[:, np.newaxis, :],
        observation_covariance=obs_var,
        initial_state_mean=mean,
        initial_state_covariance=cov,
    )
    means, covs = model.filter(np.ma.masked_invalid(y))
    return np.asarray(means), np.asarray(covs)


def assert_same_path(path: KalmanHedge, means: Array, covs: Array) -> None:
    np.testing.assert_allclose(path.beta, means[:, 0], atol=1e-10, rtol=0)
    np.testing.assert_allclose(path.alpha, means[:, 1], atol=1e-10, rtol=0)
    np.testing.assert_allclose(path.p_beta, covs[:, 0, 0], atol=1e-10, rtol=0)
    np.testing.assert_allclose(path.p_cross, covs[:, 0, 1], atol=1e-10, rtol=0)
    np.testing.assert_allclose(path.p_alpha, covs[:, 1, 1], atol=1e-10, rtol=0)


@pytest.mark.parametrize("delta", [1e-6, 1e-4, 1e-2])
def test_the_filter_is_that_of_pykalman(delta: float) -> None:
    y, x, _ = moving_pair(300)
    mean, cov = np.array([0.5, 1.0]), np.array([[0.3, 0.1], [0.1, 0.5]])
    path = kalman_hedge(y, x, delta=delta, obs_var=1e-3, initial_state=mean, initial_cov=cov)
    assert_same_path(path, *peer(y, x, delta=delta, obs_var=1e-3, mean=mean, cov=cov))


@pytest.mark.parametrize("missing", [[0], [0, 1, 2], [5, 6], [299]])
def test_a_missing_bar_adds_noise_and_updates_nothing_as_in_pykalman(missing: list[int]) -> None:
    y, x, _ = moving_pair(300)
    y[missing] = np.nan
    path = kalman_hedge(y, x, delta=1e-4, obs_var=1e-3)
    assert_same_path(path, *peer(y, x, delta=1e-4, obs_var=1e-3, mean=np.zeros(2), cov=np.eye(2)))
    assert np.isnan(path.innovation[missing]).all()
    assert np.isnan(path.z).sum() == len(missing)


@pytest.mark.parametrize("gone", [np.nan, np.inf, -np.inf])
def test_either_leg_may_be_missing(gone: float) -> None:
    y, x, _ = moving_pair(50)
    other = x.copy()
    y[20], other[20] = np.nan, gone
    without_y = kalman_hedge(y, x, delta=1e-4, obs_var=1e-3)
    y[20] = 9.0
    without_x = kalman_hedge(y, other, delta=1e-4, obs_var=1e-3)
    assert without_y.beta.tobytes() == without_x.beta.tobytes()


def test_innovations_are_those_of_the_joint_gaussian() -> None:
    """Brute force: all y of a path are one Gaussian vector; each is conditioned on those before it."""
    y, x, _ = moving_pair(12)
    delta, obs_var = 1e-2, 1e-2
    q = delta / (1 - delta)
    regressors = np.stack([x, np.ones(12)], axis=1)
    steps = np.minimum.outer(np.arange(12), np.arange(12))
    cov = (regressors @ regressors.T) * (1.0 + q * steps) + obs_var * np.eye(12)
    path = kalman_hedge(y, x, delta=delta, obs_var=obs_var)
    for t in range(12):
        weights = np.linalg.solve(cov[:t, :t], cov[:t, t])
        assert path.innovation[t] == pytest.approx(y[t] - weights @ y[:t], rel=1e-7)
        assert path.innovation_var[t] == pytest.approx(cov[t, t] - weights @ cov[:t, t], rel=1e-7)


def test_noises_of_beta_and_alpha_may_differ_and_alpha_may_return_as_in_pykalman() -> None:
    y, x, _ = moving_pair(300)
    x, y = x - x.mean(), y - y.mean()
    y[[40, 41]] = np.nan
    mean, cov = np.array([0.5, 1.0]), np.array([[0.3, 0.1], [0.1, 0.5]])
    for keep in (1.0, 0.8, 0.0):
        path = kalman_hedge(y, x, state_var=(1e-4, 3e-3), keep=keep, obs_var=1e-3, initial_state=mean, initial_cov=cov)
        model = KalmanFilter(
            transition_matrices=np.diag([1.0, keep]),
            transition_covariance=np.diag([1e-4, 3e-3]),
            observation_matrices=np.stack([x, np.ones_like(x)], axis=1)[:, np.newaxis, :],
            observation_covariance=1e-3,
            initial_state_mean=mean,
            initial_state_covariance=cov,
        )
        means, covs = model.filter(np.ma.masked_invalid(y))
        assert_same_path(path, np.asarray(means), np.asarray(covs))


def test_delta_is_a_name_for_equal_noises() -> None:
    y, x, _ = moving_pair(80)
    named = kalman_hedge(y, x, delta=0.01, obs_var=1e-3)
    told = kalman_hedge(y, x, state_var=(0.01 / 0.99, 0.01 / 0.99), keep=1.0, obs_var=1e-3)
    for name in PATHS:
        assert getattr(named, name).tobytes() == getattr(told, name).tobytes(), name


def test_without_process_noise_it_ends_at_least_squares() -> None:
    rng = np.random.default_rng(2)
    x = rng.standard_normal(500)
    y = 1.0 + 2.0 * x + rng.standard_normal(500)
    path = kalman_hedge(y, x, delta=0.0, obs_var=1.0, initial_cov=1e8 * np.eye(2))
    for n in (50, 500):
        fit = ols_hedge(y[:n], x[:n])
        assert path.beta[n - 1] == pytest.approx(fit.beta, abs=1e-6)
        assert path.alpha[n - 1] == pytest.approx(fit.alpha, abs=1e-6)
        assert path.p_beta[n - 1] == pytest.approx((fit.beta_stderr / fit.residual_sd) ** 2, rel=1e-6)


@given(seed=st.integers(0, 10_000), cut=st.integers(1, 59), holes=st.sets(st.integers(0, 59), max_size=8))
def test_one_bar_more_and_a_resumed_path_have_the_bits_of_the_batch(seed: int, cut: int, holes: set[int]) -> None:
    y, x, _ = moving_pair(60, seed)
    y[list(holes)] = np.nan
    options = (
        {"state_var": (1e-4, 2e-3), "keep": 0.9, "obs_var": 1e-3} if seed % 2 else {"delta": 1e-4, "obs_var": 1e-3}
    )
    whole = kalman_hedge(y, x, **options)
    head = kalman_hedge(y[:cut], x[:cut], **options)
    tail = kalman_hedge(y[cut:], x[cut:], resume=head.last, **options)
    for name in PATHS:
        both = np.concatenate([getattr(head, name), getattr(tail, name)])
        assert both.tobytes() == getattr(whole, name).tobytes(), name
    state = kalman_start()
    for t in range(60):
        state, innovation, innovation_var = kalman_step(state, y[t], x[t], **options)
        assert state == KalmanState(*(float(getattr(whole, field)[t]) for field in KalmanState._fields[:-1]))
        assert innovation == whole.innovation[t] or t in holes
        assert innovation_var == whole.innovation_var[t] or t in holes


def test_a_planted_beta_path_is_within_its_own_interval() -> None:
    """x is centred and varied, so that beta is seen; the noise the filter is told is that of the world."""
    inside = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        x = rng.standard_normal(500)
        beta, alpha = (start + np.cumsum(rng.normal(0.0, 0.01, 500)) for start in (0.8, 0.0))
        y = alpha + beta * x + rng.normal(0.0, 0.1, 500)
        path = kalman_hedge(y, x, delta=1e-4 / (1 + 1e-4), obs_var=0.01)
        inside.append(np.abs(path.beta - beta) <= 1.96 * np.sqrt(path.p_beta))
        assert abs(path.z[20:].mean()) < 0.2
        assert path.z[20:].var() == pytest.approx(1.0, abs=0.25)
    assert np.mean(inside) == pytest.approx(0.95, abs=0.03)


def test_the_innovation_is_larger_than_what_the_update_leaves() -> None:
    y, x, _ = moving_pair(300)
    path = kalman_hedge(y, x, delta=1e-4, obs_var=1e-3)
    left = y - path.alpha - path.beta * x
    assert (np.abs(left) < np.abs(path.innovation)).all()


def test_impossible_options_are_refused() -> None:
    y, x, _ = moving_pair(10)
    for delta in (-0.1, 1.0, np.nan):
        with pytest.raises(InvalidOption, match="delta"):
            kalman_hedge(y, x, delta=delta, obs_var=1.0)
    for obs_var in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(InvalidOption, match="obs_var"):
            kalman_hedge(y, x, delta=0.1, obs_var=obs_var)
    with pytest.raises(InvalidOption, match="either delta"):
        kalman_hedge(y, x, delta=0.1, state_var=(0.1, 0.1), obs_var=1.0)
    with pytest.raises(InvalidOption, match="either delta"):
        kalman_step(kalman_start(), 1.0, 1.0, obs_var=1.0)
    for state_var in ((-0.1, 0.1), (0.1, np.nan), (0.1, np.inf), (0.1,)):
        with pytest.raises(InvalidOption, match="state_var"):
            kalman_hedge(y, x, state_var=state_var, obs_var=1.0)  # type: ignore[arg-type]
    for keep in (-0.1, 1.1, np.nan):
        with pytest.raises(InvalidOption, match="keep"):
            kalman_hedge(y, x, delta=0.1, keep=keep, obs_var=1.0)
    with pytest.raises(InvalidOption, match="initial_state"):
        kalman_start((0.0,))
    for cov in (np.zeros(3), [[1.0, 2.0], [2.0, 1.0]], [[-1.0, 0.0], [0.0, 1.0]], [[1.0, 0.5], [0.4, 1.0]]):
        with pytest.raises(InvalidOption, match="initial_cov"):
            kalman_start(initial_cov=cov)
    with pytest.raises(LengthMismatch):
        kalman_hedge(y, x[1:], delta=0.1, obs_var=1.0)
    with pytest.raises(TooShort):
        kalman_hedge([], [], delta=0.1, obs_var=1.0)


def test_lost_digits_are_said_and_not_shown() -> None:
    y, x, _ = moving_pair(400)
    with pytest.raises(NumericalTrouble, match="rounding"):
        kalman_hedge(y, x, delta=0.0, obs_var=1e-12, initial_cov=1e8 * np.eye(2))
    with pytest.raises(NumericalTrouble, match="overflow"):
        kalman_hedge([1e200, 1e200], [1e200, 2e200], delta=0.1, obs_var=1.0)
