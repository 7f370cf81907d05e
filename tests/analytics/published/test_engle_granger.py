"""The Engle–Granger statistic in print, and which of three conventions it follows.

The residuals of the first regression are tested for a unit root:

1. without any constant or trend, since they have a mean of zero already: Engle & Granger (1987), MacKinnon (2010),
   whose critical values suppose it, Stata's `egranger`, statsmodels' `coint`, arch, and ours;
2. with a constant once more, as a Dickey–Fuller routine does that is handed the residuals (Stata's `dfuller`, R's
   `ur.df(type = "drift")`);
3. with their mean taken out over the bars of the test, but neither counted among the coefficients nor out of the
   denominator: `cadf` of LeSage's Econometrics Toolbox for MATLAB, and so Chan (2013).

The three differ in the third or fourth digit. What differs more is the number of lags: none, a number that the author
gives (`lags`), or one by a criterion (ours: AIC up to `max_lags`). And critical values are by the length of the
sample (ours: MacKinnon's, with n - 1), asymptotic (Wooldridge), or simulated by the author of the program (LeSage).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from statsmodels.tsa.stattools import adfuller

from analytics import engle_granger

Array = NDArray[np.float64]
Column = Callable[[str, str], Array]


def with_constant(residual: Array, lags: int) -> float:
    """The second convention."""
    return float(adfuller(residual, maxlag=lags, autolag=None, regression="c", result_object=False)[0])


def lesage(residual: Array) -> tuple[float, float]:
    """The third convention with one lag: the coefficient of the lagged residual, and its statistic."""
    change = np.diff(residual)
    past, now = np.column_stack([residual[1:-1], change[:-1]]), change[1:]
    past_moves, now_moves = past - past.mean(axis=0), now - now.mean()
    slopes = np.linalg.lstsq(past_moves, now_moves, rcond=None)[0]
    left = now_moves - past_moves @ slopes
    variance = left @ left / (len(now) - 2) * np.linalg.inv(past.T @ past)
    return float(slopes[0]), float(slopes[0] / np.sqrt(variance[0, 0]))


def test_chan_on_two_funds(column: Column) -> None:
    """Chan (2013), example 2.6, EWC on EWA: "CADF t-statistic -3.64346635, # of lags 1, AR(1) estimate -0.020411", by
    the third convention. By the first, ours, it is -3.64351, by the second -3.64225: about -3.64, as his text says."""
    ewa, ewc = column("ewa_ewc", "ewa"), column("ewa_ewc", "ewc")
    ours = engle_granger(ewc, ewa, lags=1)
    residual = ewc - ours.hedge.alpha - ours.hedge.beta * ewa
    estimate, printed = lesage(residual)
    assert (f"{printed:.8f}", f"{estimate:.6f}") == ("-3.64346635", "-0.020411")
    assert (f"{ours.stat:.5f}", ours.lags, ours.n) == ("-3.64351", 1, 1498)
    assert f"{with_constant(residual, 1):.5f}" == "-3.64225"


def test_chan_on_two_funds_is_significant_by_every_table(column: Column) -> None:
    """His bounds, LeSage's, are -3.880, -3.359 and -3.038; these are MacKinnon's for 1,499 changes."""
    ewa, ewc = column("ewa_ewc", "ewa"), column("ewa_ewc", "ewc")
    ours = engle_granger(ewc, ewa, lags=1)
    assert {level: f"{bound:.3f}" for level, bound in ours.critical_values.items()} == {
        "1%": "-3.904",
        "5%": "-3.340",
        "10%": "-3.047",
    }
    assert 0.01 < ours.p_value < 0.05


def test_the_lags_decide_more_than_the_convention(column: Column) -> None:
    """With the lags that AIC wants the same pair is no longer significant: the lags belong beside every p."""
    ewa, ewc = column("ewa_ewc", "ewa"), column("ewa_ewc", "ewc")
    none, one, by_aic = (engle_granger(ewc, ewa, lags=lags) for lags in (0, 1, None))
    assert (none.lags, one.lags, by_aic.lags) == (0, 1, 3)
    assert none.p_value < 0.003 < one.p_value < 0.05 < by_aic.p_value


@pytest.mark.parametrize(("trend", "slopes"), [("c", 0), ("ct", 1)])
def test_wooldridge_on_fertility_and_the_tax_exemption(trend: str, slopes: int, column: Column) -> None:
    """Wooldridge, Introductory Econometrics, example 18.5: gfr = 109.93 + .186 pe - .905 t, t from 1, standard error of
    pe .035, n = 72, R squared .500; residuals with one lag: t = -2.43, no cointegration. By the first convention, ours,
    it is -2.438, by the second -2.425. His .186 is .18666 cut off, and so would -2.43 be."""
    gfr, pe = column("us_fertility", "gfr"), column("us_fertility", "pe")
    ours = engle_granger(gfr, pe, trend="ct" if trend == "ct" else "c", lags=1)
    assert ours.lags == 1
    assert len(ours.trend_slopes) == slopes
    assert ours.p_value > 0.3
    if trend == "ct":
        (slope,) = ours.trend_slopes
        residual = gfr - ours.hedge.alpha - ours.hedge.beta * pe - slope * np.arange(72)
        assert f"{ours.hedge.alpha - slope:.2f}" == "109.93"
        assert (f"{ours.hedge.beta:.5f}", f"{slope:.3f}") == ("0.18666", "-0.905")
        assert (f"{ours.hedge.beta_stderr:.3f}", f"{ours.hedge.r_squared:.3f}") == ("0.035", "0.500")
        assert (f"{ours.stat:.3f}", f"{with_constant(residual, 1):.3f}") == ("-2.438", "-2.425")
        assert ours.stat == pytest.approx(-2.43, abs=0.01)
