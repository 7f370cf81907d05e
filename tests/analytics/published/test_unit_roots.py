"""Tests of a unit root and of stationarity, to the digits printed in papers, textbooks and manuals.

An augmented Dickey–Fuller statistic in print was computed with a stated number of lags, which is set here by `lags`.
KPSS in print differs by its lags alone.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from arch.data import default, frenchdata
from numpy.typing import NDArray

from analytics.stationarity import KpssTrend, kpss
from analytics.unit_root import adf
from analytics.variance import variance_ratio

Column = Callable[[str, str], NDArray[np.float64]]


def nelson_plosser(column: Column, name: str) -> NDArray[np.float64]:
    values = column("nelson_plosser", name)
    return values if name == "bond_yield" else np.log(values)


@pytest.mark.parametrize(
    ("name", "bars", "order", "printed"),
    [
        ("real_gnp", 62, 2, -2.99),
        ("nominal_gnp", 62, 2, -2.32),
        ("real_gnp_per_head", 62, 2, -3.04),
        ("industrial_production", 111, 6, -2.53),
        ("employment", 81, 3, -2.66),
        ("unemployment", 81, 4, -3.55),
        ("gnp_deflator", 82, 2, -2.52),
        ("consumer_prices", 111, 4, -1.97),
        ("real_wages", 71, 2, -3.04),
        ("money", 82, 2, -3.08),
        ("velocity", 102, 1, -1.66),
        ("bond_yield", 71, 3, 0.686),
    ],
)
def test_nelson_and_plosser_find_unit_roots(name: str, bars: int, order: int, printed: float, column: Column) -> None:
    """Nelson & Plosser (1982), table 5: tau with a trend; an autoregression of order k has k - 1 lagged changes.

    -3.045 and -3.049 stand there as -3.04. Wages (-2.09) and stock prices (-2.05) are left out: on the data that are
    handed down ours are -2.24 and -2.12.
    """
    values = nelson_plosser(column, name)
    test = adf(values, trend="ct", lags=order - 1)
    assert (len(values), test.lags) == (bars, order - 1)
    assert test.stat == pytest.approx(printed, abs=0.01 if printed == -3.04 else 0.0051)
    assert test.p_value > 0.03


def test_pfaff_on_consumption_of_the_united_kingdom(column: Column) -> None:
    """Pfaff (2008), Analysis of Integrated and Cointegrated Time Series with R, and the help of `urca::ur.df`: 3 lags
    and a trend, "Value of test-statistic is: -2.2389", on 95 observations."""
    test = adf(column("uk_consumption", "log_consumption"), trend="ct", lags=3)
    assert (test.lags, test.n, f"{test.stat:.4f}") == (3, 95, "-2.2389")


def test_the_default_premium_of_arch_with_lags_by_aic() -> None:
    """The manual of arch (unit root examples): yields of BAA less AAA bonds, monthly 1919 to 2018. ADF with a constant:
    -3.356, p 0.013, 21 lags chosen by AIC; KPSS: 1.088, 20 lags. Its p of 0.002 is simulated, ours ends at 0.01."""
    yields = default.load()
    premium = (yields["BAA"] - yields["AAA"]).to_numpy()
    test = adf(premium)
    assert (f"{test.stat:.3f}", f"{test.p_value:.3f}", test.lags) == ("-3.356", "0.013", 21)
    assert [f"{value:.2f}" for value in test.critical_values.values()] == ["-3.44", "-2.86", "-2.57"]
    level = kpss(premium, lags=20)
    assert f"{level.stat:.3f}" == "1.088"
    assert level.p_value == pytest.approx(0.01)
    assert level.p_is_bound


def test_the_market_excess_return_of_arch_is_no_walk() -> None:
    """The same manual: `VarianceRatio(excess_mkt, 12)` of the monthly excess return of the US market is -5.029."""
    test = variance_ratio(frenchdata.load()["Mkt-RF"].to_numpy(), q=12)
    assert f"{test.stat:.3f}" == "-5.029"


def test_kpss_on_real_gnp_by_its_authors(column: Column) -> None:
    """Kwiatkowski, Phillips, Schmidt & Shin (1992), table 5: eta_tau of the log of real GNP, lags 0 to 8."""
    values = nelson_plosser(column, "real_gnp")
    found = [f"{kpss(values, trend='ct', lags=lags).stat:.3f}" for lags in range(9)]
    assert found == ["0.630", "0.337", "0.242", "0.198", "0.173", "0.158", "0.148", "0.141", "0.137"]


@pytest.mark.parametrize(
    ("name", "trend", "of_r"),
    [
        ("real_gnp", "c", (3.055244, 1.300834, 0.783708)),
        ("real_gnp", "ct", (0.336660, 0.172905, 0.136951)),
        ("nominal_gnp", "c", (2.985205, 1.275579, 0.773446)),
        ("nominal_gnp", "ct", (0.391875, 0.181251, 0.123827)),
        ("real_gnp_per_head", "ct", (0.283137, 0.146617, 0.117919)),
        ("unemployment", "c", (0.179251, 0.101870, 0.086282)),
        ("unemployment", "ct", (0.123616, 0.070878, 0.060473)),
        ("bond_yield", "c", (0.424245, 0.200362, 0.132525)),
        ("bond_yield", "ct", (0.457249, 0.213516, 0.139456)),
    ],
)
def test_kpss_on_more_series_is_that_of_r(name: str, trend: KpssTrend, of_r: tuple[float, ...], column: Column) -> None:
    """`urca::ur.kpss(x, type, use.lag)` with 1, 4 and 8 lags, urca 1.3-3 under R 4.2.2."""
    values = nelson_plosser(column, name)
    found = [kpss(values, trend=trend, lags=lags).stat for lags in (1, 4, 8)]
    assert found == pytest.approx(of_r, abs=5.1e-7)


def test_greene_on_gross_domestic_product(column: Column) -> None:
    """Greene, Econometric Analysis (7th edition), section 21.2.5: log real GDP, 204 quarters, 10 lags: 1.953 around a
    level and 0.312 around a trend; RATS prints 0.311579 of the latter."""
    values = np.log(column("us_gdp", "real_gdp"))
    level, trend = (kpss(values, trend=trend, lags=10) for trend in ("c", "ct"))
    assert (level.n, f"{level.stat:.3f}", f"{trend.stat:.6f}") == (204, "1.953", "0.311579")
    assert level.p_value == trend.p_value == pytest.approx(0.01)


def test_kleiber_and_zeileis_on_white_pepper(column: Column) -> None:
    """Kleiber & Zeileis (2008), Applied Econometrics with R, section 6.3: KPSS of the log price around a level is
    0.9129 with the 3 lags of `tseries` at the time; R's `tseries` 0.10-53 takes 5 and prints 0.61733, p 0.02106."""
    values = np.log(column("pepper_price", "white"))
    assert f"{kpss(values, lags=3).stat:.4f}" == "0.9129"
    later = kpss(values, lags=5)
    assert (f"{later.stat:.5f}", f"{later.p_value:.5f}") == ("0.61733", "0.02106")
