"""The Gregory–Hansen test against a slow loop over statsmodels, the published values, noise, and planted breaks."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.tsa.stattools import adfuller

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
from analytics.regime_shift import CRITICAL, ShiftModel, gregory_hansen
from tests.analytics.legs import Array, pair, walks, wild_legs

MODELS: tuple[ShiftModel, ...] = ("c", "ct", "cs")


def slow(
    y: Array, x: Array, model: ShiftModel, max_lags: int | None, autolag: str | None
) -> dict[int, tuple[float, int]]:
    """Statistic and lag of every break: a regression and a test of statsmodels for each."""
    time, found = np.arange(len(y)), {}
    for at in range(int(0.15 * len(y)), int(0.85 * len(y)) + 1):
        after = (time >= at).astype(float)
        columns = {"c": [after, x], "ct": [after, x, time], "cs": [after, x, after * x]}[model]
        residual = sm.OLS(y, sm.add_constant(np.column_stack(columns))).fit().resid
        test = adfuller(residual, maxlag=max_lags, regression="n", autolag=autolag, result_object=False)
        found[at] = (test[0], test[2])
    return found


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("max_lags", "lags"), [(None, None), (3, None), (None, 0), (None, 2)])
def test_it_is_the_smallest_of_a_loop_over_statsmodels(
    model: ShiftModel, max_lags: int | None, lags: int | None
) -> None:
    for phi, seed in ((1.0, 1), (0.7, 2)):
        y, x = pair(80, seed, phi=phi)
        ours = gregory_hansen(y, x, model=model, max_lags=max_lags, lags=lags)
        each = slow(y, x, model, max_lags if lags is None else lags, "AIC" if lags is None else None)
        at = min(each, key=lambda bar: each[bar][0])
        assert (ours.break_at, ours.lags, ours.n) == (at, each[at][1], 79 - each[at][1])
        assert ours.stat == pytest.approx(each[at][0], rel=1e-9)
        np.testing.assert_array_equal(np.flatnonzero(~np.isnan(ours.stats)), list(each))
        np.testing.assert_allclose(ours.stats[list(each)], [stat for stat, _ in each.values()], rtol=1e-8, atol=1e-9)


def test_the_critical_values_are_the_published_ones() -> None:
    """Gregory & Hansen (1996), Journal of Econometrics 70, 99–126: table 1, m = 1, rows ADF*, Zt*."""
    printed = {"c": (-5.13, -4.61, -4.34), "ct": (-5.45, -4.99, -4.72), "cs": (-5.47, -4.95, -4.68)}
    for model, values in printed.items():
        assert list(CRITICAL[model].values()) == list(values)
        assert list(CRITICAL[model]) == ["1%", "5%", "10%"]


@pytest.mark.parametrize("model", MODELS)
def test_noise_is_called_cointegrated_as_often_as_the_level_says(model: ShiftModel) -> None:
    """Independent walks, whose changes need no lags; the band is three standard errors of 10 % in 400 trials."""
    found = [gregory_hansen(*walks(250, 2, seed).T, model=model, lags=0).p_high <= 0.1 for seed in range(400)]
    assert 0.05 < np.mean(found) < 0.15


def test_a_break_of_the_level_is_found_and_placed() -> None:
    y, x = pair(300, 3, phi=0.5)
    y[180:] += 12.0
    for model in MODELS:
        found = gregory_hansen(y, x, model=model)
        assert (found.p_low, found.p_high) == (0.0, 0.01)
        assert abs(found.break_at - 180) <= 3


def test_a_change_of_beta_is_found_by_the_model_that_allows_it() -> None:
    y, x = pair(400, 4, phi=0.5)
    y[200:] += 1.5 * x[200:]
    assert gregory_hansen(y, x, model="cs").p_high == 0.01
    assert abs(gregory_hansen(y, x, model="cs").break_at - 200) <= 5


@pytest.mark.parametrize(("stat_seed", "phi"), [(5, 0.8), (6, 1.0)])
def test_p_is_bracketed_by_the_published_levels(stat_seed: int, phi: float) -> None:
    found = gregory_hansen(*pair(150, stat_seed, phi=phi))
    levels = [0.0, *(level for level, name in ((0.01, "1%"), (0.05, "5%"), (0.1, "10%"))), 1.0]
    passed = sum(found.stat <= value for value in found.critical_values.values())
    assert (found.p_low, found.p_high) == (levels[3 - passed], levels[4 - passed])


@settings(max_examples=25)
@given(
    model=st.sampled_from(MODELS),
    level=st.floats(-20, 20),
    unit=st.sampled_from([-1.0, 1e-5, 3e4]),
    x_unit=st.sampled_from([-1e3, 1e-4, 1.0]),
    hedge=st.floats(-3, 3),
)
def test_level_unit_and_hedge_mean_nothing(
    model: ShiftModel, level: float, unit: float, x_unit: float, hedge: float
) -> None:
    y, x = pair(70, 7, phi=0.8)
    plain = gregory_hansen(y, x, model=model)
    moved = gregory_hansen(unit * (level + y + hedge * x), level + x_unit * x, model=model)
    assert moved.stat == pytest.approx(plain.stat, rel=1e-6)
    assert moved.break_at == plain.break_at


def test_unusable_legs_are_refused_with_a_reason() -> None:
    y, x = pair(100, 8, phi=0.8)
    step = np.where(np.arange(100) < 50, 0.0, 3.0)
    with pytest.raises(TooShort, match="needs 60 bars, has 59"):
        gregory_hansen(y[:59], x[:59])
    with pytest.raises(NotFinite, match="leg y"):
        gregory_hansen(np.r_[np.inf, y[1:]], x)
    with pytest.raises(ConstantSeries, match="leg x"):
        gregory_hansen(y, np.ones(100))
    for twin in (x, 5.0 - 2.0 * x, x + step):
        with pytest.raises(Collinear, match="one shift"):
            gregory_hansen(twin, x)
    with pytest.raises(LengthMismatch):
        gregory_hansen(y, x[1:])
    with pytest.raises(WrongShape):
        gregory_hansen(y.reshape(10, 10), x)
    for huge in (1e200 * x, 1e-200 * x):
        with pytest.raises(NumericalTrouble):
            gregory_hansen(y, huge)
    with pytest.raises(NumericalTrouble, match="hardly moves"):
        gregory_hansen(y, np.r_[x[:70], np.full(30, x[70])], model="cs")


def test_impossible_options_are_refused() -> None:
    y, x = pair(100, 9, phi=0.8)
    with pytest.raises(InvalidOption, match="model"):
        gregory_hansen(y, x, model="n")  # type: ignore[arg-type]
    for lags in (-1, 50):
        with pytest.raises(InvalidOption, match="lags"):
            gregory_hansen(y, x, lags=lags)
        with pytest.raises(InvalidOption, match="lags"):
            gregory_hansen(y, x, max_lags=lags)


@pytest.mark.parametrize("model", MODELS)
def test_wild_legs_raise_no_warning(model: ShiftModel) -> None:
    """Exploding, jumping, mostly standing and alternating prices: a number or a named reason."""
    y, x = pair(120, 10)
    for leg in wild_legs(x):
        for one, other in ((y, leg), (leg, x)):
            try:
                found = gregory_hansen(one, other, model=model)
            except AnalyticsError:
                continue
            assert math.isfinite(found.stat)
