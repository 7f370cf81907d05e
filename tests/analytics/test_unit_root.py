"""The tests of a unit root and of cointegration against statsmodels, MacKinnon's tables, and noise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import signal
from statsmodels.tsa.adfvalues import mackinnoncrit, mackinnonp
from statsmodels.tsa.stattools import adfuller, coint

from analytics.cointegration import CointegrationTrend, engle_granger
from analytics.errors import (
    AnalyticsError,
    Collinear,
    ConstantSeries,
    InvalidOption,
    LengthMismatch,
    NotFinite,
    NumericalTrouble,
    TooShort,
    WrongShape,
)
from analytics.mackinnon import MAX_SERIES, Trend, mackinnon_critical, mackinnon_p
from analytics.unit_root import adf

Array = NDArray[np.float64]
WITH_CONSTANT: tuple[CointegrationTrend, ...] = ("c", "ct", "ctt")


def autoregression(phi: float, bars: int, seed: int) -> Array:
    shocks = np.random.default_rng(seed).standard_normal(bars)
    return np.asarray(signal.lfilter([1.0], [1.0, -phi], shocks))


def walk(bars: int, seed: int) -> Array:
    return autoregression(1.0, bars, seed)


@pytest.mark.parametrize("trend", ["n", *WITH_CONSTANT])
@pytest.mark.parametrize("max_lags", [None, 0, 1, 7])
@pytest.mark.parametrize("bars", [30, 120, 720])
def test_adf_is_that_of_statsmodels(trend: Trend, max_lags: int | None, bars: int) -> None:
    for phi, seed in ((1.0, 1), (0.9, 2), (0.2, 3)):
        values = 5.0 + autoregression(phi, bars, seed)
        ours = adf(values, trend=trend, max_lags=max_lags)
        stat, p_value, lags, n, critical, _ = adfuller(
            values, maxlag=max_lags, regression=trend, autolag="AIC", result_object=False
        )
        assert (ours.lags, ours.n) == (lags, n)
        assert ours.stat == pytest.approx(stat, abs=1e-8)
        assert ours.p_value == pytest.approx(p_value, abs=1e-8)
        assert dict(ours.critical_values) == pytest.approx(critical, abs=1e-12)


@pytest.mark.parametrize("trend", WITH_CONSTANT)
@pytest.mark.parametrize("max_lags", [None, 0, 3])
@pytest.mark.parametrize("legs", [1, 2])
def test_engle_granger_is_coint_of_statsmodels(trend: CointegrationTrend, max_lags: int | None, legs: int) -> None:
    for phi, seed in ((1.0, 1), (0.8, 2)):
        x = np.column_stack([walk(400, 10 + seed + leg) for leg in range(legs)])
        y = 3.0 + x.sum(axis=1) + autoregression(phi, 400, seed)
        regressor = x[:, 0] if legs == 1 else x
        ours = engle_granger(y, regressor, trend=trend, max_lags=max_lags)
        stat, p_value, critical = coint(y, regressor, trend=trend, maxlag=max_lags, return_results=False)
        assert ours.stat == pytest.approx(stat, abs=1e-8)
        assert ours.p_value == pytest.approx(p_value, abs=1e-8)
        assert list(ours.critical_values.values()) == pytest.approx(list(critical), abs=1e-12)
        assert len(ours.trend_slopes) == len(trend) - 1
        assert np.shape(ours.hedge.beta) == (() if legs == 1 else (legs,))


def test_log_prices_lose_no_digits() -> None:
    """Level and scale mean nothing to the test: the same data, raised to 11 and shrunk to a ten-thousandth."""
    x, e = walk(720, 1), autoregression(0.8, 720, 2)
    plain = engle_granger(x + e, x)
    small = engle_granger(11.0 + 1e-4 * (x + e), 11.0 + 1e-4 * x)
    assert small.stat == pytest.approx(plain.stat, rel=1e-8)
    assert adf(11.0 + 1e-4 * x).stat == pytest.approx(adf(x).stat, rel=1e-8)


@given(stat=st.floats(-35, 5), trend=st.sampled_from(WITH_CONSTANT), series=st.integers(1, MAX_SERIES))
def test_p_values_and_critical_values_are_those_of_the_tables(
    stat: float, trend: CointegrationTrend, series: int
) -> None:
    assert mackinnon_p(stat, trend=trend, series=series) == pytest.approx(
        mackinnonp(stat, regression=trend, N=series), abs=1e-12
    )
    for n in (30, 100, 10_000):
        ours = mackinnon_critical(trend=trend, series=series, n=n)
        assert list(ours.values()) == pytest.approx(list(mackinnoncrit(N=series, regression=trend, nobs=n)))


def test_the_published_asymptotic_values_stand() -> None:
    """MacKinnon (2010), table 2: constant, N = 1 and 2, at 1, 5 and 10 %."""
    far = 10**12
    one, two = (mackinnon_critical(trend="c", series=series, n=far) for series in (1, 2))
    assert list(one.values()) == pytest.approx([-3.43035, -2.86154, -2.56677], abs=1e-9)
    assert list(two.values()) == pytest.approx([-3.89644, -3.33613, -3.04445], abs=1e-9)


def test_noise_is_called_cointegrated_as_often_as_the_level_says() -> None:
    """Independent walks; the band is three standard errors of a share of 5 % in 1,500 trials."""
    found = [engle_granger(walk(200, 2 * i), walk(200, 2 * i + 1), max_lags=1).p_value < 0.05 for i in range(1_500)]
    assert 0.033 < np.mean(found) < 0.067


def test_a_planted_pair_is_found_in_both_directions() -> None:
    x = walk(720, 3)
    y = 1.0 + 0.7 * x + autoregression(0.8, 720, 4)
    forth, back = engle_granger(y, x), engle_granger(x, y)
    assert max(forth.p_value, back.p_value) < 0.001
    assert forth.hedge.beta == pytest.approx(0.7, abs=0.05)
    assert forth.n == 720 - 1 - forth.lags


def test_time_trends_are_reported() -> None:
    x = walk(500, 5)
    y = 2.0 + 0.5 * x + 0.03 * np.arange(500) + autoregression(0.5, 500, 6)
    found = engle_granger(y, x, trend="ct")
    assert found.trend_slopes == pytest.approx((0.03,), abs=0.005)
    assert found.hedge.alpha == pytest.approx(2.0, abs=1.0)


def test_unusable_series_are_refused_before_a_library_could_be_fooled() -> None:
    x = walk(100, 1)
    holed = np.r_[np.nan, x[1:]]
    with pytest.raises(TooShort, match="needs 30 bars, has 29"):
        adf(x[:29])
    with pytest.raises(TooShort):
        engle_granger(x[:20], x[20:40])
    with pytest.raises(NotFinite):
        adf(holed)
    with pytest.raises(NotFinite):
        engle_granger(x, holed)
    with pytest.raises(ConstantSeries):
        adf(np.full(100, 11.3))
    with pytest.raises(ConstantSeries, match="leg x"):
        engle_granger(x, np.ones(100))
    for twin in (x, -2.0 * x, 5.0 + x):
        with pytest.raises(Collinear):
            engle_granger(twin, x)
    with pytest.raises(LengthMismatch):
        engle_granger(x, x[1:])
    with pytest.raises(WrongShape):
        engle_granger(x, np.zeros((100, 1, 1)))


def test_a_series_that_foretells_itself_is_no_result() -> None:
    for exact in (np.arange(100.0), np.arange(100.0) ** 2, 0.9 ** np.arange(100.0), np.tile([1.0, -1.0], 50)):
        with pytest.raises(AnalyticsError):
            adf(exact)
    stuck = np.zeros(200)
    stuck[3:] = 1.0
    with pytest.raises(NumericalTrouble):
        adf(stuck)


def test_impossible_options_are_refused() -> None:
    x, y = walk(100, 1), walk(100, 2)
    for lags in (-1, 49):
        with pytest.raises(InvalidOption, match="max_lags"):
            adf(x, max_lags=lags)
    with pytest.raises(InvalidOption, match="trend"):
        adf(x, trend="nc")  # type: ignore[arg-type]
    with pytest.raises(InvalidOption, match="trend"):
        engle_granger(y, x, trend="n")  # type: ignore[arg-type]
    with pytest.raises(InvalidOption, match="at most 5"):
        engle_granger(y, np.random.default_rng(0).standard_normal((100, 6)))


@pytest.mark.parametrize("lags", [0, 1, 5])
def test_a_given_number_of_lags_is_taken(lags: int) -> None:
    """Against statsmodels with the search for lags turned off."""
    walk = np.cumsum(np.random.default_rng(11).standard_normal(150))
    expected = adfuller(walk, maxlag=lags, autolag=None, regression="ct", result_object=False)
    test = adf(walk, trend="ct", lags=lags)
    assert (test.lags, test.n) == (lags, expected[3])
    assert test.stat == pytest.approx(expected[0], abs=1e-9)


def test_lags_that_cannot_be_are_refused() -> None:
    walk = np.cumsum(np.random.default_rng(11).standard_normal(60))
    for options in ({"lags": -1}, {"lags": 30}, {"lags": 1, "max_lags": 2}):
        with pytest.raises(InvalidOption):
            adf(walk, **options)
