"""The variance-ratio test against arch, a closed form, a slow loop, and noise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from arch.unitroot import VarianceRatio as ArchVarianceRatio
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import signal, stats

from analytics.errors import (
    ConstantSeries,
    Exploding,
    InvalidOption,
    NotFinite,
    NumericalTrouble,
    TooShort,
    WrongShape,
)
from analytics.variance import variance_ratio, variance_ratios

Array = NDArray[np.float64]


def shocks(bars: int, seed: int) -> Array:
    return np.random.default_rng([seed, bars]).standard_normal(bars)


def restless_walk(bars: int, seed: int) -> Array:
    """A walk with drift and a volatility that comes and goes, at the level of log prices."""
    return 11.0 + 1e-3 * np.cumsum(0.1 + shocks(bars, seed) * np.exp(np.sin(np.arange(bars) / 20.0)))


@pytest.mark.parametrize("robust", [True, False])
@pytest.mark.parametrize("q", [2, 5, 14])
@pytest.mark.parametrize("bars", [30, 120, 720])
def test_it_is_that_of_arch(q: int, robust: bool, bars: int) -> None:
    for seed in range(3):
        values = restless_walk(bars, seed)
        ours = variance_ratio(values, q=q, robust=robust)
        theirs = ArchVarianceRatio(values, lags=q, trend="c", overlap=True, robust=robust, debiased=True)
        assert ours.ratio == pytest.approx(theirs.vr, rel=1e-9)
        assert ours.stat == pytest.approx(theirs.stat, abs=1e-8)
        assert ours.p_value == pytest.approx(theirs.pvalue, abs=1e-9)
        assert (ours.n, ours.q, ours.robust) == (bars - 1, q, robust)


def test_it_is_the_formula_written_out() -> None:
    """Lo & MacKinlay (1988), equations 12a, 12b, 14 and 15c, bar by bar."""
    values, q = restless_walk(60, 4), 6
    n = 59
    drift = (values[-1] - values[0]) / n
    one = sum((values[t] - values[t - 1] - drift) ** 2 for t in range(1, 60)) / (n - 1)
    m = q * (n - q + 1) * (1 - q / n)
    many = sum((values[t] - values[t - q] - q * drift) ** 2 for t in range(q, 60)) / m
    square = [(values[t] - values[t - 1] - drift) ** 2 for t in range(1, 60)]
    theta = sum(
        (2 * (q - j) / q) ** 2 * n * sum(square[k] * square[k - j] for k in range(j, n)) / sum(square) ** 2
        for j in range(1, q)
    )
    found = variance_ratio(values, q=q)
    assert found.ratio == pytest.approx(many / one, rel=1e-9)
    assert found.stat == pytest.approx(math.sqrt(n / theta) * (many / one - 1.0), rel=1e-9)
    assert found.p_value == pytest.approx(2.0 * stats.norm.sf(abs(found.stat)), rel=1e-9)


def test_the_ratio_is_that_of_the_autocorrelations() -> None:
    """The closed form of the limit, from the variance of an AR(1)'s change over q bars: 2 s² (1 - phi^q)."""
    phi, q = 0.8, 5
    values = np.asarray(signal.lfilter([1.0], [1.0, -phi], shocks(200_000, 1)))
    expected = (1.0 - phi**q) / (q * (1.0 - phi))
    assert variance_ratio(values, q=q).ratio == pytest.approx(expected, rel=0.01)
    moving = np.cumsum(np.convolve(shocks(200_001, 2), [1.0, 0.5], mode="valid"))
    # Changes with a first autocorrelation of 0.4 and no other: 1 + 2 (1 - 1/q) 0.4.
    assert variance_ratio(moving, q=4).ratio == pytest.approx(1.0 + 2.0 * 0.75 * 0.4, rel=0.01)


def share_rejected(series: list[Array], *, q: int, robust: bool = True) -> float:
    return float(np.mean([variance_ratio(one, q=q, robust=robust).p_value < 0.05 for one in series]))


def clustered(bars: int, seed: int) -> Array:
    """A walk whose squared changes are correlated: GARCH(1, 1) with 0.2 and 0.75."""
    noise, variance = shocks(bars, seed), 1.0
    change = np.empty(bars)
    for t in range(bars):
        change[t] = math.sqrt(variance) * noise[t]
        variance = 0.05 + 0.2 * change[t] ** 2 + 0.75 * variance
    return np.cumsum(change)


def test_walks_are_rejected_as_often_as_the_level_says() -> None:
    """The bands are three standard errors of a share of 5 % in 1,000 trials; the joint test is on the safe side."""
    series = [np.cumsum(0.05 + shocks(400, seed)) for seed in range(1_000)]
    for q in (2, 8, 16):
        assert 0.029 < share_rejected(series, q=q) < 0.071
    together = np.mean([variance_ratios(one).p_value < 0.05 for one in series])
    assert 0.015 < together < 0.06


def test_only_the_robust_error_holds_under_clustered_volatility() -> None:
    series = [clustered(400, seed) for seed in range(400)]
    assert share_rejected(series, q=4) < 0.09
    assert share_rejected(series, q=4, robust=False) > 0.10


def test_reversion_and_trend_are_told_apart() -> None:
    reverting = np.asarray(signal.lfilter([1.0], [1.0, -0.9], shocks(1_000, 1)))
    trending = np.cumsum(np.asarray(signal.lfilter([1.0], [1.0, -0.3], shocks(1_000, 2))))
    down, up = variance_ratio(reverting, q=16), variance_ratio(trending, q=16)
    assert down.ratio < 1.0 < up.ratio
    assert down.stat < 0.0 < up.stat
    assert max(down.p_value, up.p_value) < 0.01


@given(shift=st.floats(-1e3, 1e3), scale=st.floats(1e-3, 1e3), drift=st.floats(-10, 10), q=st.integers(2, 20))
def test_level_scale_drift_and_direction_of_time_do_not_matter(
    shift: float, scale: float, drift: float, q: int
) -> None:
    values = np.cumsum(shocks(100, 3))
    plain = variance_ratio(values, q=q)
    for other in (shift + scale * values, -values, values[::-1], values + drift * np.arange(100.0)):
        found = variance_ratio(other, q=q)
        assert found.ratio == pytest.approx(plain.ratio, rel=1e-7)
        assert found.stat == pytest.approx(plain.stat, abs=1e-6)


def test_many_horizons_have_the_least_p_for_having_looked_at_all() -> None:
    """Chow & Denning (1993): at 5 % over four horizons the largest score must exceed 2.491."""
    values = restless_walk(300, 5)
    found = variance_ratios(values, qs=(2, 4, 8, 16))
    assert found.each == tuple(variance_ratio(values, q=q) for q in (2, 4, 8, 16))
    assert found.stat == max(abs(one.stat) for one in found.each)
    assert found.p_value == pytest.approx(1.0 - (2.0 * stats.norm.cdf(found.stat) - 1.0) ** 4, rel=1e-9)
    assert 1.0 - (2.0 * stats.norm.cdf(2.491) - 1.0) ** 4 == pytest.approx(0.05, abs=1e-4)
    alone = variance_ratios(values, qs=[8])
    assert alone.p_value == pytest.approx(variance_ratio(values, q=8).p_value, rel=1e-12)


def test_very_large_and_very_small_values_are_the_same_data() -> None:
    values = np.cumsum(shocks(100, 6))
    for scale in (1e-300, 1e300):
        assert variance_ratio(values * scale, q=4).stat == pytest.approx(variance_ratio(values, q=4).stat, rel=1e-9)


def test_unusable_series_are_refused() -> None:
    values = np.cumsum(shocks(100, 1))
    with pytest.raises(TooShort, match="needs 30 bars, has 29"):
        variance_ratio(values[:29], q=2)
    with pytest.raises(NotFinite):
        variance_ratios(np.r_[values, np.inf])
    with pytest.raises(ConstantSeries):
        variance_ratio(np.full(100, 11.3), q=2)
    with pytest.raises(ConstantSeries, match="change of values"):
        variance_ratio(0.1 * np.arange(100.0) + 7.0, q=2)
    with pytest.raises(WrongShape):
        variance_ratio(values.reshape(10, 10), q=2)
    stuck = np.where(np.arange(100) < 50, 3.0, 4.0)
    stuck_found = variance_ratio(stuck, q=2)
    assert math.isfinite(stuck_found.stat)


def test_exact_series_are_refused_or_read_but_never_warn() -> None:
    time = np.arange(100.0)
    for exact in (time**2, 1.05**time, 0.9**time, np.tile([1.0, -1.0], 50), 2.0 ** (time * 10)):
        try:
            assert math.isfinite(variance_ratio(exact, q=2).stat)
        except (NumericalTrouble, ConstantSeries, Exploding):
            continue


def test_impossible_horizons_are_refused() -> None:
    values = np.cumsum(shocks(101, 1))
    for q in (1, 0, -3, 51, 2.5):
        with pytest.raises(InvalidOption, match="q ="):
            variance_ratio(values, q=q)  # type: ignore[arg-type]
    for qs in ((), (2, 2)):
        with pytest.raises(InvalidOption, match="qs"):
            variance_ratios(values, qs=qs)
