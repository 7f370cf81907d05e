"""A Kalman path on spreads that return slowly, on a beta that swings, and on legs that do not trade at one instant."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from analytics.innovations import kalman_health
from analytics.kalman import kalman_hedge
from analytics.noise_likelihood import kalman_noise
from engine.snapshots.kalman_path import KalmanPath, begin_path, run_path
from engine.snapshots.pair_bars import PairPrices

Array = NDArray[np.float64]
WINDOW, BARS = 120, 900


def legs(phi: float, seed: int, *, swing: float = 0.0) -> tuple[Array, Array, Array]:
    """Log prices of y and x, as those of the simulated exchange in minutes, and the planted beta."""
    rng = np.random.default_rng(seed)
    n = WINDOW + BARS
    x = np.cumsum(rng.normal(0.0, 9e-4, n))
    spread, shocks = np.zeros(n), rng.normal(0.0, 1.2e-3 * np.sqrt(1.0 - phi * phi), n)
    spread[0] = rng.normal(0.0, 1.2e-3)
    for t in range(1, n):
        spread[t] = phi * spread[t - 1] + shocks[t]
    beta = 0.8 + swing * np.sin(2.0 * np.pi * (np.arange(n) / 720.0 + rng.random()))
    return 2.0 + beta * x + spread, x, beta


def run(y: Array, x: Array) -> tuple[KalmanPath, Array, Array, Array]:
    """The path, and its beta, half-width of its band, and z after the formation."""
    path = begin_path(y[:WINDOW], x[:WINDOW])
    ran = run_path(path, PairPrices(WINDOW, y[WINDOW:], x[WINDOW:], np.zeros(len(y) - WINDOW, dtype=np.bool_)))
    return path, ran.line.beta * path.slope, 1.96 * np.sqrt(ran.line.p_beta) * path.slope, ran.level.z


@pytest.mark.parametrize(("phi", "swing"), [(0.0, 0.0), (0.85, 0.0), (0.95, 0.0), (0.998, 0.0), (0.95, 0.25)])
def test_the_band_holds_the_planted_beta_and_z_is_a_white_score(phi: float, swing: float) -> None:
    inside, variances, memories, healthy = [], [], [], []
    for seed in range(20):
        y, x, beta = legs(phi, seed, swing=swing)
        _, found, half_width, z = run(y, x)
        inside.append(np.mean(np.abs(found - beta[WINDOW:]) <= half_width))
        health = kalman_health(z[:240])
        variances.append(health.variance)
        memories.append(health.autocorrelation)
        healthy.append(health.healthy)
    assert np.mean(inside) > 0.9
    assert np.median(variances) == pytest.approx(1.0, abs=0.2)
    assert abs(np.median(memories)) < 0.1
    assert np.mean(healthy) > 0.5


def test_legs_that_trade_apart_do_not_take_beta_down() -> None:
    """In every second bar y shows its price of the bar before: what the legs do within a bar is a fraction of the hedge
    ratio (Epps 1979). One filter with the likeliest noises believes that fraction; the path's band holds the ratio."""
    ours, one_filter = [], []
    for seed in range(20):
        y, x, _ = legs(0.99, seed)
        late = np.random.default_rng(seed).integers(0, 2, len(y))
        y = y[np.maximum(np.arange(len(y)) - late, 0)]
        path, beta, half_width, _ = run(y, x)
        ours.append(np.mean(np.abs(beta - 0.8) <= half_width))
        u, v = (x - path.x_centre) / path.x_scale, (y - path.y_centre) / path.y_scale
        noise = kalman_noise(v[:WINDOW], u[:WINDOW])
        single = kalman_hedge(v, u, state_var=noise.state_var, obs_var=noise.obs_var, initial_cov=1e6 * np.eye(2))
        off = np.abs(single.beta * path.slope - 0.8)[WINDOW:]
        one_filter.append(np.mean(off <= 1.96 * np.sqrt(single.p_beta[WINDOW:]) * path.slope))
    assert np.mean(ours) > 0.9
    assert np.mean(one_filter) < 0.5


def test_noises_come_from_the_formation_alone() -> None:
    y, x, _ = legs(0.9, 3)
    path = begin_path(y[:WINDOW], x[:WINDOW])
    y[WINDOW:] *= 10.0
    assert begin_path(y[:WINDOW], x[:WINDOW]) == path


def test_scale_and_shift_of_the_legs_change_no_score() -> None:
    y, x, _ = legs(0.9, 4)
    _, beta, half_width, z = run(y, x)
    _, scaled, scaled_width, same = run(7.0 + 3.0 * y, 2.0 * x - 5.0)
    np.testing.assert_allclose(same, z, atol=2e-3)
    np.testing.assert_allclose(scaled, 1.5 * beta, rtol=1e-4)
    np.testing.assert_allclose(scaled_width, 1.5 * half_width, rtol=1e-3)
