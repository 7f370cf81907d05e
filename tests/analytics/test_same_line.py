"""Two legs that differ by no more than the rounding of their prices are one line; any real spread is a spread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.typing import NDArray
from statsmodels.tsa.adfvalues import mackinnonp
from statsmodels.tsa.stattools import adfuller

from analytics.breaks import FORMS, cusum
from analytics.cointegration import engle_granger
from analytics.errors import AnalyticsError, Collinear
from analytics.noise_likelihood import kalman_noise
from analytics.reduced_rank import johansen
from analytics.regime_shift import gregory_hansen
from analytics.rolling import rolling_ols_hedge, rolling_zscore
from analytics.series import EPSILON
from analytics.spreads import spread

Array = NDArray[np.float64]
TESTS: dict[str, Callable[[Array, Array], Any]] = {
    **{f"Engle–Granger, {trend}": lambda y, x, t=trend: engle_granger(y, x, trend=t) for trend in ("c", "ct", "ctt")},
    **{
        f"Johansen, {trend}": lambda y, x, t=trend: johansen(np.column_stack([y, x]), trend=t)
        for trend in ("n", "rc", "c", "ct")
    },
    **{f"CUSUM, {form}": lambda y, x, f=form: cusum(y, x, form=f) for form in FORMS},
    **{f"Gregory–Hansen, {model}": lambda y, x, m=model: gregory_hansen(y, x, model=m) for model in ("c", "ct", "cs")},
    "Kalman noise": kalman_noise,
}


def prices(level: float, move: float, bars: int = 240, seed: int = 1) -> Array:
    return level * np.exp(move * np.cumsum(np.random.default_rng(seed).standard_normal(bars)))


@pytest.mark.parametrize("name", TESTS)
@pytest.mark.parametrize(("level", "move"), [(1e-4, 1e-3), (0.5, 1e-4), (100.0, 1e-3), (7e4, 1e-5), (7e4, 1e-9)])
def test_one_price_in_two_units_is_one_line_for_every_test(name: str, level: float, move: float) -> None:
    """Multiples, shifts and logarithms: 3.7 has no end in binary, so that each bar is rounded by itself."""
    x = prices(level, move)
    for y, by in ((3.7 * x, x), (3.7 * x + 0.3 * level, x), (np.log(3.7 * x), np.log(x)), (x * (1.0 + EPSILON), x)):
        with pytest.raises(Collinear, match="not multiples of each other"):
            TESTS[name](y, by)


@pytest.mark.parametrize("name", TESTS)
def test_noise_in_the_last_digits_is_no_spread_that_reverts(name: str) -> None:
    """Moves of some roundings, and noise of less than one: it once was cointegrated, p = 0."""
    rng = np.random.default_rng(1)
    x = 100.0 + 1e-13 * np.cumsum(rng.standard_normal(500))
    with pytest.raises(Collinear):
        TESTS[name](x + 1e-14 * rng.standard_normal(500), x)


@pytest.mark.parametrize("level", [0.0, 100.0])
@pytest.mark.parametrize("share", [1e-3, 1e-5, 1e-7])
def test_a_spread_however_thin_is_judged_as_statsmodels_judges_its_residuals(share: float, level: float) -> None:
    """`coint` of statsmodels gives up at a thousandth of the moves; its regression and its test do not."""
    rng = np.random.default_rng(7)
    x = level + np.cumsum(rng.standard_normal(300))
    y = 0.3 + 2.0 * x + share * x.std() * rng.standard_normal(300)
    residual = sm.OLS(y, sm.add_constant(x)).fit().resid
    stat, _, lags, *_ = adfuller(residual, regression="n", autolag="AIC", result_object=False)
    found = engle_granger(y, x)
    assert found.lags == lags
    assert found.stat == pytest.approx(stat, rel=1e-5)
    assert found.p_value == pytest.approx(mackinnonp(stat, regression="c", N=2), rel=1e-3, abs=1e-12)
    for name, test in TESTS.items():
        if share >= 1e-5 or not name.endswith(", n"):
            assert test(y, x) is not None, name


@pytest.mark.parametrize("steps", [0.3, 1.0, 3.0, 30.0])
def test_walks_of_a_few_roundings_a_bar_are_refused_or_not_called_cointegrated(steps: float) -> None:
    """Independent walks around 100 whose steps are so many roundings of it: of those judged, 5 % pass, not more.

    The band is three standard errors of 300 trials.
    """
    passed, judged = 0, 0
    for seed in range(300):
        walks = np.cumsum(np.random.default_rng(seed).standard_normal((2, 120)), axis=1)
        y, x = 100.0 * (1.0 + EPSILON * steps * walks)
        try:
            passed += engle_granger(y, x).p_value < 0.05
        except AnalyticsError:
            continue
        judged += 1
    assert passed <= 0.05 * judged + 3.0 * (0.05 * 0.95 * max(judged, 1)) ** 0.5
    assert judged > 200 or steps < 30.0


@pytest.mark.parametrize("log", [False, True])
def test_legs_that_are_multiples_of_each_other_have_a_spread_of_zero_and_no_z(log: bool) -> None:
    x = prices(100.0, 1e-3, 600)
    y = 3.7 * x
    if log:
        y, x = np.log(y), np.log(x)
    fit = rolling_ols_hedge(y, x, window=60)
    left = spread(y, x, alpha=fit.alpha, beta=fit.beta)[59:]
    assert (left == 0.0).all()
    assert np.isnan(rolling_zscore(left, window=120).z).all()


def test_a_real_spread_loses_no_digit_to_that() -> None:
    rng = np.random.default_rng(2)
    x = prices(100.0, 1e-3, 600)
    y = 3.7 * x * (1.0 + 1e-8 * rng.standard_normal(600))
    left = spread(y, x, alpha=0.0, beta=3.7)
    np.testing.assert_array_equal(left, y - 3.7 * x)
    legs = np.column_stack([x, rng.standard_normal(600)])
    left = spread(y, legs, alpha=1.0, beta=[3.7, 0.5])
    np.testing.assert_array_equal(left, y - 1.0 - (legs * [3.7, 0.5]).sum(axis=1))
