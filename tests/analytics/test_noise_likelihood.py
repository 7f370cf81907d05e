"""Noises by likelihood: against a printed case, statsmodels, pykalman's likelihood and its EM, and planted noises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pykalman import KalmanFilter
from statsmodels.datasets import nile
from statsmodels.tsa.statespace.structural import UnobservedComponents

from analytics.errors import Collinear, ConstantSeries, InvalidOption, LengthMismatch, NumericalTrouble, TooShort
from analytics.noise_likelihood import kalman_log_likelihood, kalman_noise

Array = NDArray[np.float64]
NILE = nile.load_pandas().data["volume"].to_numpy(dtype=np.float64)
WIDE = 1e7 * np.eye(2)


def moving_pair(n: int, seed: int, *, noises: tuple[float, float, float] = (0.05, 0.3, 0.5)) -> tuple[Array, Array]:
    """y and a centred x; `noises` are the deviations of a step of beta, of alpha, and of e."""
    rng = np.random.default_rng(seed)
    x = np.cumsum(rng.standard_normal(n))
    x -= x.mean()
    beta, alpha = (np.cumsum(rng.normal(0.0, sd, n)) for sd in noises[:2])
    return (0.8 + beta) * x + alpha + rng.normal(0.0, noises[2], n), x


def peer(x: Array, state_var: tuple[float, float], obs_var: float) -> KalmanFilter:
    return KalmanFilter(
        transition_matrices=np.eye(2),
        transition_covariance=np.diag(state_var),
        observation_matrices=np.stack([x, np.ones_like(x)], axis=1)[:, np.newaxis, :],
        observation_covariance=obs_var,
        initial_state_mean=np.zeros(2),
        initial_state_covariance=WIDE,
        em_vars=["transition_covariance", "observation_covariance"],
    )


def ours_at(y: Array, x: Array, state_var: tuple[float, float], obs_var: float) -> float:
    return kalman_log_likelihood(y, x, state_var=state_var, obs_var=obs_var, initial_state=(0.0, 0.0), initial_cov=WIDE)


def test_the_nile_has_the_noises_that_durbin_and_koopman_print() -> None:
    """Durbin & Koopman 2012, section 2.10: 15099 of the observation and 1469.1 of the level; log L by statsmodels."""
    noise = kalman_noise(NILE)
    assert noise.obs_var == pytest.approx(15_099.0, abs=1.0)
    assert noise.alpha_var == pytest.approx(1_469.1, abs=0.2)
    assert (noise.beta_var, noise.keep, noise.n, noise.at_bound, noise.converged) == (0.0, 1.0, 100, (), True)
    model = UnobservedComponents(NILE, "local level")
    assert noise.log_likelihood == pytest.approx(model.fit(disp=0).llf, abs=1e-2)


def test_a_level_that_returns_is_statsmodels_autoregression_under_noise() -> None:
    """statsmodels starts such a level from its stationary law, ours knows nothing: at 2,000 bars it is all one."""
    rng = np.random.default_rng(2)
    level = np.zeros(2_000)
    for t in range(1, 2_000):
        level[t] = 0.9 * level[t - 1] + rng.standard_normal()
    y = level + rng.normal(0.0, 1.0, 2_000)
    ours = kalman_noise(y, returns=True)
    fit = UnobservedComponents(y - y.mean(), irregular=True, autoregressive=1).fit(disp=0)
    theirs = dict(zip(fit.model.param_names, fit.params, strict=True))
    assert ours.keep == pytest.approx(theirs["ar.L1"], abs=5e-3)
    assert ours.alpha_var == pytest.approx(theirs["sigma2.ar"], rel=0.03)
    assert ours.obs_var == pytest.approx(theirs["sigma2.irregular"], rel=0.03)
    assert ours.keep == pytest.approx(0.9, abs=0.05)


@pytest.mark.parametrize("state_var", [(1e-4, 1e-2), (0.0, 0.3), (1e-2, 0.0)])
def test_the_likelihood_is_that_of_pykalman(state_var: tuple[float, float]) -> None:
    y, x = moving_pair(150, 1)
    y[[10, 70]] = np.nan
    model = peer(x, state_var, 0.2)
    # The wide start costs both some digits.
    assert ours_at(y, x, state_var, 0.2) == pytest.approx(model.loglikelihood(np.ma.masked_invalid(y)), rel=1e-7)


def test_nothing_nearby_is_likelier() -> None:
    """By pykalman's likelihood, around what the search found."""
    y, x = moving_pair(200, 4)
    noise = kalman_noise(y, x)
    assert noise.at_bound == ()
    best = peer(x, noise.state_var, noise.obs_var).loglikelihood(y)
    for factors in ((1.05, 1, 1), (0.95, 1, 1), (1, 1.05, 1), (1, 0.95, 1), (1, 1, 1.05), (1, 1, 0.95)):
        beta_var, alpha_var, obs_var = np.multiply(factors, (*noise.state_var, noise.obs_var)).tolist()
        assert peer(x, (beta_var, alpha_var), obs_var).loglikelihood(y) < best


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_em_of_pykalman_finds_nothing_likelier_from_anywhere(seed: int) -> None:
    """EM lets the steps of beta and alpha correlate, which the filter does not: what it found is taken without that."""
    y, x = moving_pair(100, seed)
    noise = kalman_noise(y, x)
    ours = ours_at(y, x, noise.state_var, noise.obs_var)
    for start in ((1e-3, 1e-3, 1.0), (0.1, 0.1, 0.1), (1e-5, 0.5, 0.5)):
        model = peer(x, start[:2], start[2]).em(y, n_iter=8)
        beta_var, alpha_var = np.diag(np.asarray(model.transition_covariance))
        obs_var = float(np.ravel(model.observation_covariance)[0])
        assert ours_at(y, x, (float(beta_var), float(alpha_var)), obs_var) <= ours + 0.02


def test_em_of_a_level_alone_climbs_to_the_same_top() -> None:
    noise = kalman_noise(NILE)
    start = KalmanFilter(
        transition_matrices=[[1.0]],
        observation_matrices=[[1.0]],
        transition_covariance=[[2_000.0]],
        observation_covariance=[[14_000.0]],
        initial_state_mean=[0.0],
        initial_state_covariance=[[1e9]],
        em_vars=["transition_covariance", "observation_covariance"],
    )
    found = start.em(NILE, n_iter=50)
    zeros = np.zeros_like(NILE)
    cov = np.diag([0.0, 1e9])

    def likelihood(alpha_var: float, obs_var: float) -> float:
        state_var = (0.0, alpha_var)
        return kalman_log_likelihood(
            NILE, zeros, state_var=state_var, obs_var=obs_var, initial_state=(0.0, 0.0), initial_cov=cov
        )

    theirs = likelihood(float(found.transition_covariance[0, 0]), float(found.observation_covariance[0, 0]))
    ours = likelihood(noise.alpha_var, noise.obs_var)
    assert theirs <= ours + 1e-3
    assert theirs == pytest.approx(ours, abs=0.05)


def test_planted_noises_are_found_again() -> None:
    found = [kalman_noise(*moving_pair(1_000, seed)) for seed in range(6)]
    for name, planted in (("beta_var", 0.05**2), ("alpha_var", 0.3**2), ("obs_var", 0.5**2)):
        assert np.median([getattr(noise, name) for noise in found]) == pytest.approx(planted, rel=0.3), name


def test_what_stands_still_is_found_to_have_no_noise() -> None:
    rng = np.random.default_rng(8)
    x = np.cumsum(rng.standard_normal(300))
    noise = np.diff(rng.standard_normal(301))  # its every move is taken back
    still = kalman_noise(1.0 + 0.8 * x + noise, x)
    assert still.at_bound == ("beta", "alpha")
    assert still.state_var == (0.0, 0.0)
    steps = rng.standard_normal(301)
    walk = kalman_noise(np.cumsum(steps[1:] + 0.7 * steps[:-1]))  # its every move goes on
    assert walk.at_bound == ("obs",)
    assert 0.0 < walk.obs_var < 1e-6 * walk.alpha_var
    assert "keep" in kalman_noise(2.0 ** np.arange(12.0), returns=True).at_bound  # it never comes back


@settings(max_examples=8)
@given(seed=st.integers(0, 1_000), shift=st.floats(-50.0, 50.0), factor=st.floats(0.01, 100.0))
def test_shift_scales_nothing_and_scale_scales_squares(seed: int, shift: float, factor: float) -> None:
    y, x = moving_pair(60, seed)
    plain, moved = kalman_noise(y, x), kalman_noise(factor * y + shift, x)
    unit = plain.alpha_var + plain.obs_var
    for name in ("beta_var", "alpha_var", "obs_var"):
        assert getattr(moved, name) / factor**2 == pytest.approx(getattr(plain, name), rel=0.01, abs=1e-3 * unit)
    assert moved.log_likelihood == pytest.approx(plain.log_likelihood - 58 * np.log(factor), abs=1e-3)


def test_missing_bars_are_passed_over() -> None:
    y, x = moving_pair(120, 3)
    y[[0, 50, 51]], x[90] = np.nan, np.inf
    noise = kalman_noise(y, x)
    assert noise.n == 116
    x[90], y[90] = 1.0, np.nan
    assert kalman_noise(y, x) == noise


def test_refusals() -> None:
    y, x = moving_pair(40, 3)
    with pytest.raises(TooShort, match="needs 10 bars, has 9"):
        kalman_noise(y[:9], x[:9])
    with pytest.raises(TooShort):
        kalman_noise(np.full(40, np.nan))
    with pytest.raises(LengthMismatch):
        kalman_noise(y, x[1:])
    with pytest.raises(ConstantSeries, match="y"):
        kalman_noise(np.ones(40), x)
    with pytest.raises(ConstantSeries, match="x"):
        kalman_noise(y, np.ones(40))
    with pytest.raises(Collinear):
        kalman_noise(1.0 + 2.0 * x, x)
    with pytest.raises(InvalidOption, match="returns"):
        kalman_noise(y, x, returns=True)
    for huge in (y * 1e200, np.exp(np.arange(40.0) * 17.0)):
        with pytest.raises(NumericalTrouble):
            kalman_noise(huge, x)
