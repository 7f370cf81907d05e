"""Least squares, and total least squares, against statsmodels, scipy and exact lines."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from analytics.errors import AnalyticsError, Collinear, ConstantSeries, LengthMismatch, NotFinite, TooShort, WrongShape
from analytics.ols import ols_hedge
from analytics.tls import tls_hedge


def test_one_leg_is_the_fit_of_statsmodels() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal(200).cumsum()
    y = 1.0 + 2.0 * x + rng.standard_normal(200)
    ours, peer = ols_hedge(y, x), sm.OLS(y, sm.add_constant(x)).fit()
    assert ours.alpha == pytest.approx(peer.params[0], rel=1e-10)
    assert ours.beta == pytest.approx(peer.params[1], rel=1e-10)
    assert ours.beta_stderr == pytest.approx(peer.bse[1], rel=1e-10)
    assert ours.r_squared == pytest.approx(peer.rsquared, rel=1e-10)
    assert ours.residual_sd == pytest.approx(np.sqrt(peer.mse_resid), rel=1e-10)
    assert ours.n == 200
    assert isinstance(ours.beta, float)


@pytest.mark.parametrize("legs", [1, 3])
def test_several_legs_are_the_fit_of_statsmodels(legs: int) -> None:
    rng = np.random.default_rng(1)
    x = rng.standard_normal((300, legs)) * np.logspace(-4, 4, legs)
    y = 5.0 + x @ np.arange(1.0, legs + 1) + rng.standard_normal(300)
    ours, peer = ols_hedge(y, x), sm.OLS(y, sm.add_constant(x)).fit()
    assert ours.beta.shape == ours.beta_stderr.shape == (legs,)
    np.testing.assert_allclose(ours.beta, peer.params[1:], rtol=1e-8)
    np.testing.assert_allclose(ours.beta_stderr, peer.bse[1:], rtol=1e-8)
    assert ours.alpha == pytest.approx(peer.params[0], rel=1e-8)
    assert ours.r_squared == pytest.approx(peer.rsquared, rel=1e-10)


@given(alpha=st.floats(-100, 100), beta=st.floats(0.01, 100), seed=st.integers(0, 1_000))
def test_an_exact_line_is_found_and_swapping_the_legs_inverts_it(alpha: float, beta: float, seed: int) -> None:
    x = np.random.default_rng(seed).standard_normal(50)
    y = alpha + beta * x
    for estimator in (ols_hedge, tls_hedge):
        forth, back = estimator(y, x), estimator(x, y)
        assert forth.beta == pytest.approx(beta, rel=1e-8)
        assert forth.alpha == pytest.approx(alpha, abs=1e-8 * (1 + abs(alpha)))
        assert forth.beta * back.beta == pytest.approx(1.0, rel=1e-8)


@given(seed=st.integers(0, 1_000))
def test_total_least_squares_has_no_direction_and_lies_between_the_two_fits(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(100)
    y = 0.5 + 1.5 * x + rng.normal(0, 0.5, 100)
    line = tls_hedge(y, x)
    assert line.beta * tls_hedge(x, y).beta == pytest.approx(1.0, rel=1e-10)
    assert ols_hedge(y, x).beta < line.beta < 1.0 / ols_hedge(x, y).beta


def test_total_least_squares_has_the_least_distance_that_scipy_finds() -> None:
    rng = np.random.default_rng(5)
    x = rng.standard_normal(300)
    y = 1.0 - 0.7 * x + rng.normal(0, 0.2, 300)

    def squared_distance(line: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
        return float(((y - line[0] - line[1] * x) ** 2).sum() / (1.0 + line[1] ** 2))

    peer = minimize(squared_distance, x0=[0.9, -0.6], tol=1e-12)
    line = tls_hedge(y, x)
    assert (line.alpha, line.beta) == pytest.approx(tuple(peer.x), rel=1e-5)
    assert line.distance_sd == pytest.approx(np.sqrt(peer.fun / 298), rel=1e-9)


def test_a_vertical_line_and_a_round_cloud_are_no_hedge() -> None:
    with pytest.raises(AnalyticsError, match="swap the legs"):
        tls_hedge(np.arange(10.0) * 1e6, np.tile([1e-6, -1e-6], 5))
    with pytest.raises(AnalyticsError, match="common direction"):
        tls_hedge([1.0, 0.0, -1.0, 0.0], [0.0, 1.0, 0.0, -1.0])


@pytest.mark.parametrize("estimator", [ols_hedge, tls_hedge])
def test_unusable_legs_are_refused_by_name(estimator: object) -> None:
    assert callable(estimator)
    x = np.arange(10.0)
    with pytest.raises(TooShort, match="needs 3 bars, has 2"):
        estimator(x[:2], x[:2])
    with pytest.raises(LengthMismatch):
        estimator(x, x[1:])
    with pytest.raises(ConstantSeries, match="leg x is constant"):
        estimator(x, np.full(10, 11.1))
    with pytest.raises(ConstantSeries, match="leg y"):
        estimator(np.full(10, 11.1), x)
    for gone in (np.nan, np.inf):
        with pytest.raises(NotFinite, match="leg y has 1"):
            estimator(np.r_[gone, x[1:]], x)
    with pytest.raises(WrongShape):
        estimator(x[:, np.newaxis], x)


def test_legs_that_are_one_line_are_refused() -> None:
    x = np.random.default_rng(0).standard_normal(50)
    with pytest.raises(Collinear):
        ols_hedge(x, np.column_stack([x, 3.0 - 2.0 * x]))
    with pytest.raises(WrongShape):
        ols_hedge(x, np.empty((50, 0)))
