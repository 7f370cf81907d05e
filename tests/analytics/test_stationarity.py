"""The KPSS test against statsmodels and arch, and the order of integration against planted ones."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from arch.unitroot import KPSS
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import signal
from statsmodels.tools.sm_exceptions import InterpolationWarning
from statsmodels.tsa import stattools

from analytics.errors import (
    AnalyticsError,
    ConstantSeries,
    InvalidOption,
    NotFinite,
    NumericalTrouble,
    TooShort,
    WrongShape,
)
from analytics.stationarity import KpssTrend, integration_order, kpss
from analytics.unit_root import adf

Array = NDArray[np.float64]
BOTH_TRENDS: tuple[KpssTrend, ...] = ("c", "ct")


def autoregression(phi: float, bars: int, seed: int) -> Array:
    shocks = np.random.default_rng([seed, bars]).standard_normal(bars + 100)
    return np.asarray(signal.lfilter([1.0], [1.0, -phi], shocks))[100:]


@pytest.mark.parametrize("trend", BOTH_TRENDS)
@pytest.mark.parametrize("lags", [None, 0, 3, 20])
@pytest.mark.parametrize("bars", [30, 120, 720])
def test_kpss_is_that_of_statsmodels(trend: KpssTrend, lags: int | None, bars: int) -> None:
    for phi in (0.0, 0.5, 0.95, 1.0):
        values = 5.0 + autoregression(phi, bars, 1)
        ours = kpss(values, trend=trend, lags=lags)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", InterpolationWarning)
            stat, p_value, used, critical = stattools.kpss(
                values, regression=trend, nlags="auto" if lags is None else lags, result_object=False
            )
        assert ours.stat == pytest.approx(stat, rel=1e-9)
        assert ours.p_value == pytest.approx(p_value, abs=1e-9)
        assert (ours.lags, ours.n, ours.trend) == (used, bars, trend)
        assert dict(ours.critical_values) == pytest.approx(critical)
        assert ours.p_is_bound == any(warning.category is InterpolationWarning for warning in caught)


@pytest.mark.parametrize("trend", BOTH_TRENDS)
@pytest.mark.parametrize("lags", [0, 5, 12])
def test_kpss_is_that_of_arch(trend: KpssTrend, lags: int) -> None:
    for seed in range(5):
        values = autoregression(0.8, 300, seed)
        theirs = KPSS(values, trend=trend, lags=lags)
        assert kpss(values, trend=trend, lags=lags).stat == pytest.approx(theirs.stat, rel=1e-9)


def test_p_is_a_bound_outside_the_published_table() -> None:
    """Kwiatkowski, Phillips, Schmidt & Shin (1992), table 1: 10 % at 0.347, 1 % at 0.739."""
    found = [kpss(autoregression(phi, 300, seed)) for phi in (0.0, 0.9, 1.0) for seed in range(40)]
    assert {one.p_is_bound for one in found} == {True, False}
    for one in found:
        assert one.p_is_bound == (not 0.347 <= one.stat <= 0.739)
        if one.p_is_bound:
            assert one.p_value == (0.1 if one.stat < 0.347 else 0.01)
        else:
            assert 0.01 <= one.p_value <= 0.1


def test_noise_is_called_wandering_as_often_as_the_level_says() -> None:
    """The band is three standard errors of a share of 5 % in 1,000 trials."""
    for trend in BOTH_TRENDS:
        found = [kpss(np.random.default_rng(seed).standard_normal(200), trend=trend).p_value for seed in range(1_000)]
        assert 0.029 < np.mean(np.array(found) < 0.05) < 0.071


@given(shift=st.floats(-1e3, 1e3), scale=st.floats(1e-3, 1e3), seed=st.integers(0, 50), trend=st.sampled_from("cT"))
def test_level_scale_and_direction_of_time_do_not_matter(shift: float, scale: float, seed: int, trend: str) -> None:
    term: KpssTrend = "c" if trend == "c" else "ct"
    values = autoregression(0.9, 100, seed)
    plain = kpss(values, trend=term)
    for other in (shift + scale * values, -values, values[::-1]):
        assert kpss(other, trend=term).stat == pytest.approx(plain.stat, rel=1e-7)


def test_a_line_does_not_matter_where_it_is_taken_out() -> None:
    values = autoregression(0.9, 200, 1)
    tilted = values + 0.7 * np.arange(200.0)
    assert kpss(tilted, trend="ct").stat == pytest.approx(kpss(values, trend="ct").stat, rel=1e-9)
    assert kpss(tilted, trend="c").stat > 1.0


def test_the_order_is_what_its_three_tests_say() -> None:
    for phi in (0.0, 0.9, 0.98, 1.0):
        for seed in range(20):
            values = autoregression(phi, 200, seed)
            found = integration_order(values, max_lags=4)
            assert found.level_adf.stat == pytest.approx(adf(values, max_lags=4).stat, rel=1e-9)
            assert found.change_adf.stat == pytest.approx(adf(np.diff(values), max_lags=4).stat, rel=1e-9)
            assert found.level_kpss.stat == pytest.approx(kpss(values).stat, rel=1e-9)
            said = (found.level_adf.p_value < 0.05, found.level_kpss.p_value < 0.05, found.change_adf.p_value < 0.05)
            assert found.order == {
                (True, False, True): "I(0)",
                (True, False, False): "I(0)",
                (False, True, True): "I(1)",
                (False, True, False): "I(2) or more",
                (False, False, False): "I(2) or more",
            }.get(said, "unclear")
            assert found.n == 200


def share(order: str, series: list[Array]) -> float:
    return float(np.mean([integration_order(one).order == order for one in series]))


def test_planted_orders_are_found() -> None:
    """The misses are the tests' own levels of 5 % each, and for the unit root their power at 600 bars."""
    noise = [autoregression(0.5, 600, seed) for seed in range(80)]
    assert share("I(0)", noise) > 0.85
    assert share("I(1)", [np.cumsum(one) for one in noise]) > 0.85
    assert share("I(2) or more", [np.cumsum(np.cumsum(one)) for one in noise]) > 0.80
    assert share("I(0)", [np.cumsum(one) for one in noise]) < 0.07


def test_a_slow_reversion_in_a_short_sample_is_unclear_or_not_seen() -> None:
    found = {integration_order(autoregression(0.98, 120, seed)).order for seed in range(60)}
    assert {"I(1)", "unclear"} <= found


def test_very_large_and_very_small_values_are_the_same_data() -> None:
    values = autoregression(1.0, 200, 2)
    plain = integration_order(values)
    for scale in (1e-300, 1e300):
        other = integration_order(values * scale)
        assert other.order == plain.order
        assert other.level_kpss.stat == pytest.approx(plain.level_kpss.stat, rel=1e-9)
        assert other.change_adf.stat == pytest.approx(plain.change_adf.stat, rel=1e-6)


def test_unusable_series_are_refused() -> None:
    values = autoregression(0.9, 100, 1)
    for test in (kpss, integration_order):
        with pytest.raises(NotFinite):
            test(np.r_[np.nan, values])
        with pytest.raises(ConstantSeries):
            test(np.full(100, 11.3))
        with pytest.raises(ConstantSeries):
            test(np.zeros(100))
        with pytest.raises(WrongShape):
            test(values.reshape(10, 10))
    with pytest.raises(TooShort, match="needs 30 bars, has 29"):
        kpss(values[:29])
    with pytest.raises(TooShort, match="needs 31 bars, has 30"):
        integration_order(values[:30])
    line = 3.0 + 0.5 * np.arange(100.0)
    with pytest.raises(NumericalTrouble, match="straight line"):
        kpss(line, trend="ct")
    with pytest.raises(ConstantSeries, match="change of values"):
        integration_order(line)


def test_exact_series_are_refused_or_read_but_never_warn() -> None:
    time = np.arange(100.0)
    step = (time > 50).astype(float)
    assert integration_order(step).order == "I(1)"
    for exact in (time**2, 1.05**time, 0.9**time, np.tile([1.0, -1.0], 50)):
        assert np.isfinite(kpss(exact).stat)
        with pytest.raises(AnalyticsError):
            integration_order(exact)


def test_impossible_options_are_refused() -> None:
    values = autoregression(0.9, 100, 1)
    for lags in (-1, 100):
        with pytest.raises(InvalidOption, match="lags"):
            kpss(values, lags=lags)
    with pytest.raises(InvalidOption, match="trend"):
        kpss(values, trend="n")  # type: ignore[arg-type]
    with pytest.raises(InvalidOption, match="max_lags"):
        integration_order(values, max_lags=60)
