"""The half-life against its closed form and statsmodels, and its interval against planted ones."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import signal
from statsmodels.tsa.ar_model import AutoReg

from analytics.errors import (
    Alternating,
    AnalyticsError,
    ConstantSeries,
    Exploding,
    NotFinite,
    NotStationary,
    TooShort,
)
from analytics.reversion import HalfLife, half_life


def deviation(phi: float, bars: int, seed: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    shocks = np.random.default_rng(seed).standard_normal(bars)
    return np.asarray(signal.lfilter([1.0], [1.0, -phi], shocks))


def test_it_is_that_of_the_autoregression_of_statsmodels() -> None:
    values = 4.0 + deviation(0.9, 500, 1)
    phi = AutoReg(values, lags=1).fit().params[1]
    found = half_life(values)
    assert found.phi == pytest.approx(phi, rel=1e-10)
    assert found.bars == pytest.approx(-math.log(2) / math.log(phi), rel=1e-9)
    assert found.n == 500


def test_an_exact_decay_has_an_exact_half_life() -> None:
    found = half_life(7.0 + 0.5 ** np.arange(30))
    assert (found.low, found.bars, found.high) == pytest.approx((1.0, 1.0, 1.0), rel=1e-9)


@pytest.mark.parametrize(("phi", "bars"), [(0.5, 120), (0.9, 300), (0.97, 300)])
def test_the_interval_holds_the_planted_half_life_as_often_as_it_says(phi: float, bars: int) -> None:
    """Nominal 95 %; the band is about three standard errors of 120 trials."""
    truth = -math.log(2) / math.log(phi)
    found = [half_life(deviation(phi, bars, seed)) for seed in range(120)]
    assert np.mean([one.low <= truth <= one.high for one in found]) >= 0.89
    assert all(one.low <= one.bars <= one.high for one in found)


def test_a_random_walk_has_no_upper_bound() -> None:
    def unbounded(seed: int) -> bool:
        try:
            return math.isinf(half_life(deviation(1.0, 300, seed)).high)
        except NotStationary as error:
            return error.phi >= 1.0

    assert np.mean([unbounded(seed) for seed in range(120)]) >= 0.92


def test_the_same_spread_has_the_same_interval() -> None:
    values = deviation(0.9, 200, 3)
    assert half_life(values) == half_life(values.copy())


@pytest.mark.parametrize(("shift", "scale"), [(0.0, 1e-4), (11.0, 1e-3), (0.0, -1.0)])
def test_level_and_scale_do_not_matter(shift: float, scale: float) -> None:
    plain, moved = half_life(deviation(0.9, 200, 3)), half_life(shift + scale * deviation(0.9, 200, 3))
    for name in ("bars", "low", "high"):
        assert getattr(moved, name) == pytest.approx(getattr(plain, name), rel=1e-6), name


def test_noise_is_gone_within_the_bar_and_what_alternates_does_not_return() -> None:
    """A half-life is over when half is left: beyond phi = -1/2 more than that is there a bar later, below zero."""
    for phi in (-0.01, -0.4):
        found = half_life(deviation(phi, 300, 1))
        assert isinstance(found, HalfLife)
        assert (found.low, found.bars) == (0.0, 0.0)
        assert found.high < 1.0
    for alternating in (deviation(-0.8, 300, 1), (-1.0) ** np.arange(300), (-0.6) ** np.arange(60)):
        with pytest.raises(Alternating, match="alternates from bar to bar"):
            half_life(alternating)
    with pytest.raises(Exploding):
        half_life((-1.5) ** np.arange(300))


def test_what_has_no_half_life_is_refused_with_a_reason() -> None:
    with pytest.raises(NotStationary, match="does not revert"):
        half_life(1.05 ** np.arange(50))
    with pytest.raises(TooShort, match="needs 20 bars, has 19"):
        half_life(deviation(0.9, 19, 1))
    with pytest.raises(ConstantSeries):
        half_life(np.full(50, 0.1))
    with pytest.raises(NotFinite):
        half_life(np.r_[np.nan, deviation(0.9, 50, 1)])
    with pytest.raises(AnalyticsError):
        half_life(np.zeros((5, 10)))


@pytest.mark.parametrize("scale", [1e-180, 1e-30, 1e30, 1e180])
def test_the_scale_of_a_spread_does_not_matter(scale: float) -> None:
    values = np.cumsum(np.random.default_rng(1).standard_normal(60)) % 5.0
    assert half_life(scale * values).bars == pytest.approx(half_life(values).bars, rel=1e-9)


def unbounded(spread: NDArray[np.float64], fitted_on: NDArray[np.float64] | None) -> bool:
    try:
        return half_life(spread, fitted_on=fitted_on).high == math.inf
    except NotStationary:
        return True


def test_a_line_that_was_fitted_is_fitted_again_in_the_interval() -> None:
    """Walks without any relation: around a fitted line they seem to return, and the interval has to know that."""
    knowing, not_knowing = 0, 0
    for seed in range(40):
        y, x = np.cumsum(np.random.default_rng(seed).standard_normal((2, 200)), axis=1)
        slope, level = np.polyfit(x, y, 1)
        spread = y - level - slope * x
        knowing += unbounded(spread, x)
        not_knowing += unbounded(spread, None)
    assert knowing >= 34  # 97.5 % of them, but for chance
    assert not_knowing <= knowing - 3


def test_noise_of_single_bars_is_seen_in_the_autocorrelation_of_two() -> None:
    """AR(1) of 0.9 under white noise of the same deviation: phi reads half of it, the lagged one still 0.9."""
    rng = np.random.default_rng(2)
    level = np.zeros(20_000)
    for t in range(1, len(level)):
        level[t] = 0.9 * level[t - 1] + rng.standard_normal()
    found = half_life(level + level.std() * rng.standard_normal(len(level)))
    assert found.phi == pytest.approx(0.45, abs=0.03)
    assert found.phi_lagged == pytest.approx(0.9, abs=0.03)


@pytest.mark.parametrize("level", [0.0, 100.3])
def test_a_spread_that_moved_in_its_last_bar_only_is_constant(level: float) -> None:
    values = np.full(200, level)
    values[-1] += 0.1
    with pytest.raises(ConstantSeries):
        half_life(values)
