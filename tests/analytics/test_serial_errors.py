"""Intervals of beta under residuals that remember: how often they hold what is planted, beside classical ones, an
exact formula, and a bootstrap; and their parts against slow loops.
"""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.linalg import toeplitz

from analytics.lagged import lagged_steps
from analytics.ols import OlsHedge, ols_hedge
from analytics.rolling import rolling_ols_hedge
from analytics.serial_errors import doubling_lags
from analytics.student import t_975

Array = NDArray[np.float64]
BETA = 0.8


def remembering(rng: np.random.Generator, phi: float, draws: int, n: int) -> Array:
    """AR(1) of unit shocks; a walk for phi = 1."""
    shocks = rng.standard_normal((draws, n))
    values = np.empty((draws, n))
    values[:, 0] = shocks[:, 0] / np.sqrt(1.0 - phi * phi) if phi < 1.0 else 0.0
    for t in range(1, n):
        values[:, t] = phi * values[:, t - 1] + shocks[:, t]
    return values


def held(fits: list[OlsHedge[float]]) -> float:
    return float(np.mean([fit.beta_low <= BETA <= fit.beta_high for fit in fits]))


def held_classically(fits: list[OlsHedge[float]]) -> float:
    return float(np.mean([abs(fit.beta - BETA) <= float(t_975(fit.n - 2)) * fit.beta_stderr for fit in fits]))


@pytest.mark.parametrize("noise", [0.0, 0.7])
@pytest.mark.parametrize(("phi", "window"), [(0.0, 60), (0.5, 60), (0.8, 120), (0.9, 120), (0.95, 240), (1.0, 120)])
def test_the_planted_beta_is_held_by_95_of_100_where_the_classical_interval_fails(
    phi: float, window: int, noise: float
) -> None:
    """x is a walk; the spread an AR(1), up to a walk itself, with and without the white noise of ticks on top."""
    rng = np.random.default_rng(int(1000 * phi) + window)
    x = np.cumsum(rng.standard_normal((400, window)), axis=1)
    y = BETA * x + remembering(rng, phi, 400, window) + noise * rng.standard_normal((400, window))
    fits = [ols_hedge(*pair) for pair in zip(y, x, strict=True)]
    assert 0.90 <= held(fits) <= 0.985
    if phi >= 0.8:
        assert held_classically(fits) < 0.7


def test_white_residuals_cost_no_width() -> None:
    rng = np.random.default_rng(3)
    ratios = []
    for _ in range(100):
        x = np.cumsum(rng.standard_normal(240))
        fit = ols_hedge(BETA * x + rng.standard_normal(240), x)
        ratios.append((fit.beta_high - fit.beta) / (float(t_975(238)) * fit.beta_stderr))
        assert 1.0 < ratios[-1] < 2.0
        assert 50 < fit.effective_n < 240
    assert np.median(ratios) < 1.06


def test_a_long_sample_finds_the_exact_error() -> None:
    """Given x and phi, var(beta) is dx' G dx / (dx' dx)², G the Toeplitz matrix of the autocovariances."""
    rng = np.random.default_rng(5)
    phi, n = 0.8, 4_000
    x = remembering(rng, 0.9, 1, n)[0]
    fit = ols_hedge(BETA * x + remembering(rng, phi, 1, n)[0], x)
    dx = x - x.mean()
    exact = np.sqrt(dx @ toeplitz(phi ** np.arange(n)) @ dx / (1.0 - phi * phi)) / (dx @ dx)
    assert (fit.beta_high - fit.beta) / float(t_975(fit.effective_n / 2)) == pytest.approx(exact, rel=0.15)
    assert fit.effective_n == pytest.approx(n * (1 - 0.8 * 0.9) / (1 + 0.8 * 0.9), rel=0.3)


def test_a_sieve_bootstrap_finds_the_same_error() -> None:
    """Residuals drawn anew from an AR(1) fitted to them, x as it was: the deviation of beta over 600 draws."""
    rng = np.random.default_rng(11)
    n = 720
    x = np.cumsum(rng.standard_normal(n))
    y = BETA * x + remembering(rng, 0.9, 1, n)[0]
    fit = ols_hedge(y, x)
    residual = y - fit.alpha - fit.beta * x
    phi = float(residual[1:] @ residual[:-1] / (residual[:-1] @ residual[:-1]))
    phi = (n * phi + 2.0) / (n - 4.0)
    shocks = residual[1:] - phi * residual[:-1]
    draws = np.empty((600, n))
    draws[:, 0] = rng.choice(residual, 600)
    for t in range(1, n):
        draws[:, t] = phi * draws[:, t - 1] + rng.choice(shocks - shocks.mean(), 600)
    betas = [ols_hedge(draw, x).beta for draw in draws]
    ours = (fit.beta_high - fit.beta) / float(t_975(fit.effective_n / 2))
    assert ours == pytest.approx(float(np.std(betas)), rel=0.25)
    assert fit.beta_stderr < 0.5 * ours


def test_several_legs_have_an_interval_each() -> None:
    rng = np.random.default_rng(7)
    inside, narrow = [], []
    for _ in range(200):
        x = np.cumsum(rng.standard_normal((240, 2)), axis=0) @ np.array([[1.0, 0.5], [0.0, 1.0]])
        y = x @ np.array([0.8, -0.3]) + remembering(rng, 0.9, 1, 240)[0]
        fit = ols_hedge(y, x)
        assert fit.beta_low.shape == fit.beta_high.shape == fit.effective_n.shape == (2,)
        inside.append((fit.beta_low <= [0.8, -0.3]) & (fit.beta_high >= [0.8, -0.3]))
        narrow.append(np.abs(fit.beta - [0.8, -0.3]) <= 1.97 * fit.beta_stderr)
    assert 0.92 < np.mean(inside) < 0.99
    assert np.mean(narrow) < 0.6


def test_a_memory_of_x_alone_does_no_harm_and_a_white_leg_hardly_widens() -> None:
    rng = np.random.default_rng(9)
    x = rng.standard_normal(400)
    fit = ols_hedge(BETA * x + remembering(rng, 0.9, 1, 400)[0], x)
    assert fit.beta_high - fit.beta < 3.0 * float(t_975(398)) * fit.beta_stderr


@given(seed=st.integers(0, 10_000), shift=st.floats(-100.0, 100.0), factor=st.floats(1e-3, 1e3))
def test_shift_and_scale_only_scale_the_interval(seed: int, shift: float, factor: float) -> None:
    rng = np.random.default_rng(seed)
    x = np.cumsum(rng.standard_normal(90))
    y = BETA * x + remembering(rng, 0.8, 1, 90)[0]
    plain, moved = ols_hedge(y, x), ols_hedge(factor * y + shift, x - shift)
    assert moved.beta_low == pytest.approx(factor * plain.beta_low, rel=1e-6, abs=1e-6 * factor)
    assert moved.beta_high == pytest.approx(factor * plain.beta_high, rel=1e-6, abs=1e-6 * factor)
    assert moved.effective_n == pytest.approx(plain.effective_n, rel=1e-6)


@pytest.mark.parametrize("window", [3, 5, 12, 60, 200])
def test_each_rolling_interval_is_that_of_its_window(window: int) -> None:
    rng = np.random.default_rng(window)
    x = np.cumsum(rng.standard_normal(300))
    y = BETA * x + remembering(rng, 0.8, 1, 300)[0]
    rolled = rolling_ols_hedge(y, x, window=window, origin=12_345)
    for end in range(window, 301, 7):
        fit = ols_hedge(y[end - window : end], x[end - window : end])
        for name in ("beta_low", "beta_high", "effective_n"):
            assert getattr(rolled, name)[end - 1] == pytest.approx(getattr(fit, name), rel=1e-6), (name, end)


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000), last=st.integers(0, 130), missing=st.sampled_from([0.0, 0.1]))
def test_the_last_intervals_alone_have_the_bits_of_all(seed: int, last: int, missing: float) -> None:
    rng = np.random.default_rng(seed)
    x = np.cumsum(rng.standard_normal(120))
    y = BETA * x + rng.standard_normal(120)
    y[rng.random(120) < missing] = np.nan
    options = {"window": 30, "min_count": 20, "origin": seed}
    whole, part = rolling_ols_hedge(y, x, **options), rolling_ols_hedge(y, x, **options, last_intervals=last)
    for field in fields(whole):
        a, b = getattr(whole, field.name), getattr(part, field.name)
        first = max(120 - last, 0) if field.name in ("beta_low", "beta_high", "effective_n") else 0
        assert a[first:].tobytes() == b[first:].tobytes(), field.name
        assert np.isnan(b[:first]).all()


def test_lagged_steps_are_those_of_a_slow_loop_and_keep_to_pairs_that_are_there() -> None:
    rng = np.random.default_rng(2)
    y, x = rng.standard_normal((2, 90))
    y[[20, 21, 50]], x[60] = np.nan, np.inf
    window, lags = 30, (1, 2, 4)
    with np.errstate(invalid="ignore"):
        steps = lagged_steps(y, x, lags=lags, window=window, origin=7)
    beta = rng.standard_normal(61)
    of_residual = steps.of_residual(beta)
    for place, lag in enumerate(lags):
        for window_number in range(61):
            end = window_number + window - 1
            ends = range(end - (window - 4) + 1, end + 1)
            pairs = [(t, t - lag) for t in ends if np.isfinite([y[t], x[t], y[t - lag], x[t - lag]]).all()]
            dy, dx = (np.array([leg[t] - leg[s] for t, s in pairs]) for leg in (y, x))
            assert steps.yy[place, window_number] == pytest.approx(np.mean(dy * dy), rel=1e-12)
            assert steps.xy[place, window_number] == pytest.approx(np.mean(dy * dx), rel=1e-10, abs=1e-12)
            residual_steps = np.mean((dy - beta[window_number] * dx) ** 2)
            assert of_residual[place, window_number] == pytest.approx(residual_steps, rel=1e-9)


def test_without_two_neighbouring_bars_the_interval_is_unknown() -> None:
    rng = np.random.default_rng(4)
    x = np.cumsum(rng.standard_normal(80))
    y = BETA * x + rng.standard_normal(80)
    y[::2] = np.nan
    fit = rolling_ols_hedge(y, x, window=40, min_count=10)
    assert np.isfinite(fit.beta[39:]).all()
    assert np.isnan(fit.beta_low[39:]).all()
    assert np.isnan(fit.effective_n[39:]).all()


def test_legs_on_one_line_have_an_interval_of_nothing() -> None:
    x = np.arange(50.0)
    fit = ols_hedge(2.0 + 3.0 * x, x)
    assert fit.beta_low == fit.beta == fit.beta_high == 3.0


def test_lags_double_as_far_as_the_window_can_tell() -> None:
    assert [doubling_lags(bars) for bars in (3, 11, 12, 60, 120)] == [
        (1,),
        (1,),
        (1, 2),
        (1, 2, 4, 8),
        (1, 2, 4, 8, 16),
    ]
    assert doubling_lags(5_000)[-1] == 32
