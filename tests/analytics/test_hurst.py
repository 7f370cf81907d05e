"""The Hurst exponent against fractional Brownian motion drawn exactly, and its error bar against covariances.

The motions are drawn by circulant embedding (Davies & Harte 1987), and checked here to have the covariance that
defines them; the estimator knows neither.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import signal

from analytics.errors import ConstantSeries, Exploding, NotFinite, NumericalTrouble, TooShort, WrongShape
from analytics.hurst_exponent import Hurst, hurst, log_covariance

Array = NDArray[np.float64]


def motions(h: float, bars: int, draws: int, seed: int) -> Array:
    """Fractional Brownian motions of shape (draws, bars)."""
    lag = np.arange(bars + 1.0)
    covariance = 0.5 * ((lag + 1.0) ** (2 * h) - 2.0 * lag ** (2 * h) + np.abs(lag - 1.0) ** (2 * h))
    power = np.fft.fft(np.r_[covariance, covariance[1:-1][::-1]]).real
    assert power.min() > -1e-9
    noise = np.random.default_rng(seed).standard_normal((2, draws, len(power)))
    mixed = np.fft.fft((noise[0] + 1j * noise[1]) * np.sqrt(np.maximum(power, 0.0) / len(power)), axis=1)
    return np.asarray(np.cumsum(mixed.real[:, :bars], axis=1))


def test_a_hedge_that_was_fitted_to_walks_lowers_the_exponent_by_less_than_a_hundredth() -> None:
    """Fresh pairs; the lines are numpy's. So it is not among what breaks the method, as it is for variance ratios."""
    random, lowered = np.random.default_rng(5), []
    for _ in range(300):
        y, x = np.cumsum(random.standard_normal((2, 360)), axis=1)
        slope, level = np.polyfit(x, y, 1)
        lowered.append(hurst(y).h - hurst(y - level - slope * x).h)
    assert abs(np.mean(lowered)) < 0.01
    assert np.std(lowered) / math.sqrt(300) < 0.003


def read(values: Array) -> Hurst | None:
    try:
        return hurst(values)
    except NumericalTrouble:
        return None


def motion_covariance(h: float, bars: int) -> Array:
    t = np.arange(1.0, bars + 1.0)
    return 0.5 * (t[:, None] ** (2 * h) + t[None, :] ** (2 * h) - np.abs(t[:, None] - t[None, :]) ** (2 * h))


def test_the_motions_are_what_defines_them() -> None:
    for h in (0.2, 0.8):
        drawn = motions(h, 30, 20_000, 1)
        assert np.cov(drawn.T, bias=True) == pytest.approx(motion_covariance(h, 30), rel=0.08, abs=0.05)


@pytest.mark.parametrize("bars", [120, 600])
@pytest.mark.parametrize("h", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_the_interval_holds_the_exponent_as_often_as_it_says(h: float, bars: int) -> None:
    """Nominal 95 %; the band is about three standard errors of 300 trials. A refusal is a miss."""
    found = [one for one in map(read, motions(h, bars, 300, 2)) if one]
    assert 0.91 <= sum(one.low <= h <= one.high for one in found) / 300 <= 0.985
    assert np.median([one.h for one in found]) == pytest.approx(h, abs=0.02)
    assert all(one.low <= one.h <= one.high for one in found)


def test_half_of_all_random_walks_read_below_one_half() -> None:
    """Where the usual rescaled or regression methods read 72 %, and call it reversion."""
    found = [hurst(np.cumsum(np.random.default_rng(seed).standard_normal(600))) for seed in range(300)]
    # Three standard errors of a half in 300 trials are 0.087.
    assert 0.413 < np.mean([one.h < 0.5 for one in found]) < 0.587
    assert np.mean([one.low <= 0.5 <= one.high for one in found]) >= 0.90
    assert all(0.1 < one.high - one.low < 0.25 for one in found)


def test_fat_tails_leave_the_confidence_and_clusters_take_a_little() -> None:
    """The docstring's numbers: Student's t of four degrees, and GARCH(1, 1) of 0.1 and 0.88."""
    tailed = np.cumsum(np.random.default_rng(1).standard_t(4, (300, 600)), axis=1)
    assert np.mean([one.low <= 0.5 <= one.high for one in map(hurst, tailed)]) >= 0.91
    noise = np.random.default_rng(2).standard_normal((600, 300))
    variance, changes = np.ones(300), []
    for shock in noise:
        changes.append(np.sqrt(variance) * shock)
        variance = 0.02 + 0.1 * changes[-1] ** 2 + 0.88 * variance
    clustered = np.cumsum(np.array(changes).T, axis=1)
    assert 0.84 <= np.mean([one.low <= 0.5 <= one.high for one in map(hurst, clustered)]) <= 0.95


@pytest.mark.parametrize("h", [0.05, 0.3, 0.5, 0.8, 0.95])
def test_the_covariance_is_that_of_quadratic_forms(h: float) -> None:
    """Cov(v'Av, v'Bv) = 2 tr(A S B S) for a Gaussian v of covariance S: slow, and exact."""
    bars, scales = 40, (1, 2, 4)
    own = motion_covariance(h, bars)
    forms = []
    for s in scales:
        rows = np.zeros((bars - 2 * s, bars))
        for t in range(len(rows)):
            rows[t, [t, t + s, t + 2 * s]] = 1.0, -2.0, 1.0
        forms.append(rows.T @ rows / len(rows) @ own)
    means = [np.trace(form) for form in forms]
    expected = [[2.0 * np.trace(a @ b) / (m * k) for b, k in zip(forms, means, strict=True)]
                for a, m in zip(forms, means, strict=True)]  # fmt: skip
    assert log_covariance(h, bars, scales) == pytest.approx(np.array(expected), rel=1e-9)


def test_it_is_half_the_slope_less_its_bias() -> None:
    """The slope by a slow loop and numpy's polyfit; the correction from the covariance checked above."""
    values, scales = np.cumsum(np.random.default_rng(3).standard_normal(60)), (1, 2, 3, 4, 6)
    logs = []
    for s in scales:
        squares = [(values[t] - 2.0 * values[t - s] + values[t - 2 * s]) ** 2 for t in range(2 * s, 60)]
        logs.append(math.log(sum(squares) / len(squares)))
    slope = np.polyfit(np.log(scales), logs, 1)[0]
    covariance = log_covariance(slope / 2.0, 60, scales)
    corrected = np.polyfit(np.log(scales), np.array(logs) + np.diag(covariance) / 2.0, 1)[0]
    found = hurst(values + 5.0)
    assert (found.scales, found.n) == (scales, 60)
    assert found.h == pytest.approx(corrected / 2.0, rel=1e-9)


def test_a_stationary_series_reads_low_once_scales_outlast_its_memory() -> None:
    quick = np.asarray(signal.lfilter([1.0], [1.0, -0.5], np.random.default_rng(1).standard_normal(2_000)))
    slow = np.asarray(signal.lfilter([1.0], [1.0, -0.99], np.random.default_rng(1).standard_normal(2_000)))
    white = np.random.default_rng(2).standard_normal(2_000)
    assert hurst(white).h < 0.03
    assert hurst(white).h < hurst(quick).h < 0.25 < hurst(slow).h
    assert hurst(quick).high < 0.5
    assert hurst(white).low == 0.0


@given(shift=st.floats(-1e3, 1e3), scale=st.floats(1e-3, 1e3), drift=st.floats(-10, 10), seed=st.integers(0, 100))
def test_level_scale_drift_and_direction_of_time_do_not_matter(
    shift: float, scale: float, drift: float, seed: int
) -> None:
    values = np.cumsum(np.random.default_rng(seed).standard_normal(80))
    plain = hurst(values)
    for other in (shift + scale * values, -values, values[::-1], values + drift * np.arange(80.0)):
        found = hurst(other)
        assert (found.h, found.low, found.high) == pytest.approx((plain.h, plain.low, plain.high), abs=1e-7)


def test_a_longer_sample_has_a_shorter_error_bar() -> None:
    def width(bars: int) -> float:
        found = hurst(np.cumsum(np.random.default_rng(4).standard_normal(bars)))
        return found.high - found.low

    assert width(120) > width(600) > width(3_000)


def test_very_large_and_very_small_values_are_the_same_data() -> None:
    values = np.cumsum(np.random.default_rng(5).standard_normal(100))
    for scale in (1e-300, 1e300):
        assert hurst(values * scale).h == pytest.approx(hurst(values).h, rel=1e-9)


def test_unusable_series_are_refused() -> None:
    values = np.cumsum(np.random.default_rng(6).standard_normal(100))
    with pytest.raises(TooShort, match="needs 50 bars, has 49"):
        hurst(values[:49])
    with pytest.raises(NotFinite):
        hurst(np.r_[values, np.nan])
    with pytest.raises(ConstantSeries):
        hurst(np.full(100, 11.3))
    with pytest.raises(WrongShape):
        hurst(values.reshape(10, 10))
    for exact in (7.0 + 0.1 * np.arange(100.0), np.tile([1.0, -1.0], 50)):
        with pytest.raises(NumericalTrouble, match="straight line, or repeats"):
            hurst(exact)
    for smooth in (np.arange(300.0) ** 2, np.cumsum(np.cumsum(np.random.default_rng(7).standard_normal(2_000)))):
        with pytest.raises(NumericalTrouble, match="smoother"):
            hurst(smooth)


def test_exact_series_are_refused_or_read_but_never_warn() -> None:
    time = np.arange(100.0)
    for exact in (1.05**time, 0.9**time, 2.0 ** (10 * time), (time > 50).astype(float)):
        try:
            assert isinstance(hurst(exact), Hurst)
        except (NumericalTrouble, Exploding):
            continue
