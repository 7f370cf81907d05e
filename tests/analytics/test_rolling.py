"""Rolling windows against statsmodels, pandas and a window at a time; their bits against any other start and end."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from statsmodels.regression.rolling import RollingOLS

from analytics.errors import InvalidOption, InvalidWindow, LengthMismatch, TooShort, WrongShape
from analytics.ols import ols_hedge
from analytics.rolling import rolling_correlation, rolling_ols_hedge, rolling_zscore

Array = NDArray[np.float64]


def log_prices(bars: int, *, step: float = 1e-4, seed: int = 0, missing: float = 0.0) -> tuple[Array, Array]:
    """Two legs near 11 whose moves are tiny beside their level, with some bars missing in each."""
    rng = np.random.default_rng(seed)
    x = 11.0 + np.cumsum(rng.normal(0.0, step, bars))
    y = 3.0 + 0.7 * x + rng.normal(0.0, step, bars)
    for leg in (x, y):
        leg[rng.random(bars) < missing] = np.nan
    return y, x


def exact_fit(y: Array, x: Array) -> tuple[float, float, float]:
    """beta, R² and its standard error in extended precision, about the exact means."""
    wide_y, wide_x = y.astype(np.longdouble), x.astype(np.longdouble)
    dy, dx = wide_y - wide_y.mean(), wide_x - wide_x.mean()
    sxx, sxy, syy = (dx * dx).sum(), (dx * dy).sum(), (dy * dy).sum()
    ssr = ((dy - sxy / sxx * dx) ** 2).sum()
    return float(sxy / sxx), float(1 - ssr / syy), float(np.sqrt(ssr / (len(y) - 2) / sxx))


@pytest.mark.parametrize("window", [3, 10, 120, 719])
def test_the_rolling_hedge_is_that_of_statsmodels(window: int) -> None:
    y, x = log_prices(720, step=1.0)
    ours = rolling_ols_hedge(y, x, window=window)
    # Least squares are the same for x less a constant, but the inverse in statsmodels then is exact enough.
    peer = RollingOLS(y, sm.add_constant(x - 11.0), window).fit(method="pinv")
    np.testing.assert_allclose(ours.beta, peer.params[:, 1], rtol=1e-10)
    np.testing.assert_allclose(ours.alpha + 11.0 * ours.beta, peer.params[:, 0], rtol=1e-10)
    np.testing.assert_allclose(ours.beta_stderr, peer.bse[:, 1], rtol=1e-9)
    np.testing.assert_allclose(ours.r_squared, peer.rsquared, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(ours.residual_sd[window:] ** 2, peer.mse_resid[window:], rtol=1e-9)


@pytest.mark.parametrize("step", [1e-2, 1e-4, 1e-6])
def test_log_prices_near_eleven_keep_ten_digits(step: float) -> None:
    y, x = log_prices(2_000, step=step)
    ours = rolling_ols_hedge(y, x, window=120)
    for end in range(120, 2_001, 97):
        beta, r_squared, stderr = exact_fit(y[end - 120 : end], x[end - 120 : end])
        assert ours.beta[end - 1] == pytest.approx(beta, rel=1e-11)
        assert ours.r_squared[end - 1] == pytest.approx(r_squared, rel=1e-11)
        assert ours.beta_stderr[end - 1] == pytest.approx(stderr, rel=1e-11)


def test_each_window_is_the_batch_fit_of_its_bars() -> None:
    y, x = log_prices(400, missing=0.1, seed=4)
    ours = rolling_ols_hedge(y, x, window=60, min_count=40)
    for i in range(59, 400):
        part = slice(i - 59, i + 1)
        both = np.isfinite(y[part]) & np.isfinite(x[part])
        fit = ols_hedge(y[part][both], x[part][both])
        assert ours.n[i] == fit.n
        for name in ("alpha", "beta", "beta_stderr", "r_squared", "residual_sd"):
            assert getattr(ours, name)[i] == pytest.approx(getattr(fit, name), rel=1e-10), name


@pytest.mark.parametrize("ddof", [0, 1])
def test_the_z_score_is_that_of_pandas(ddof: int) -> None:
    values = np.random.default_rng(1).standard_normal(1_000).cumsum()
    rolled = pd.Series(values).rolling(60)
    mean, sd = rolled.mean().to_numpy(), rolled.std(ddof=ddof).to_numpy()
    ours = rolling_zscore(values, window=60, ddof=ddof)
    np.testing.assert_allclose(ours.mean, mean, atol=1e-10)
    np.testing.assert_allclose(ours.sd, sd, rtol=1e-10)
    np.testing.assert_allclose(ours.z, (values - mean) / sd, atol=1e-9)


def test_the_correlation_is_that_of_numpy_in_each_window() -> None:
    a, b = log_prices(300, missing=0.1, seed=2)
    ours = rolling_correlation(a, b, window=50, min_count=30)
    for i in range(49, 300):
        part = slice(i - 49, i + 1)
        both = np.isfinite(a[part]) & np.isfinite(b[part])
        assert ours[i] == pytest.approx(np.corrcoef(a[part][both] - 11, b[part][both] - 11)[0, 1], abs=1e-10)


def columns(y: Array, x: Array, window: int, min_count: int, origin: int) -> dict[str, Array]:
    """Every rolling series there is, by name."""
    hedge = rolling_ols_hedge(y, x, window=window, min_count=min_count, origin=origin)
    score = rolling_zscore(y, window=window, min_count=min_count, origin=origin)
    found = {field.name: getattr(one, field.name) for one in (hedge, score) for field in fields(one)}
    found["correlation"] = rolling_correlation(y, x, window=window, min_count=min_count, origin=origin)
    return found


@given(data=st.data())
def test_neither_more_past_nor_more_future_changes_a_bit(data: st.DataObject) -> None:
    window = data.draw(st.integers(3, 40))
    bars = data.draw(st.integers(window, 200))
    seed = data.draw(st.integers(0, 10_000))
    y, x = log_prices(bars, seed=seed, missing=data.draw(st.sampled_from([0.0, 0.1, 0.6])))
    origin = data.draw(st.integers(0, 10**9))
    start = data.draw(st.integers(0, bars - window))
    end = data.draw(st.integers(start + window, bars))
    whole = columns(y, x, window, 3, origin)
    part = columns(y[start:end], x[start:end], window, 3, origin + start)
    first = start + window - 1
    for name, values in whole.items():
        assert values[first:end].tobytes() == part[name][window - 1 :].tobytes(), name


@given(shift=st.floats(-1e3, 1e3), scale=st.floats(1e-3, 1e3), seed=st.integers(0, 1_000))
def test_z_does_not_depend_on_shift_and_scale(shift: float, scale: float, seed: int) -> None:
    values = np.random.default_rng(seed).standard_normal(200)
    plain = rolling_zscore(values, window=20).z
    np.testing.assert_allclose(rolling_zscore(shift + scale * values, window=20).z, plain, atol=1e-6)


def test_swapping_the_legs_inverts_an_exact_beta() -> None:
    _, x = log_prices(300, step=1e-2)
    y = 2.0 + 0.5 * x
    forth, back = rolling_ols_hedge(y, x, window=30), rolling_ols_hedge(x, y, window=30)
    np.testing.assert_allclose(forth.beta[29:] * back.beta[29:], 1.0, rtol=1e-10)
    np.testing.assert_allclose(forth.r_squared[29:], 1.0, rtol=1e-10)
    assert (forth.r_squared[29:] <= 1.0).all()


def test_a_window_without_its_full_bars_has_no_value() -> None:
    y, x = log_prices(50)
    assert np.isnan(rolling_ols_hedge(y, x, window=20).beta[:19]).all()
    assert np.isnan(rolling_zscore(y, window=20, min_count=5).mean[:19]).all()
    assert np.isfinite(rolling_correlation(y, x, window=20)[19:]).all()


def test_missing_bars_count_against_the_minimum() -> None:
    y, x = log_prices(60)
    y[30], x[40] = np.nan, np.inf
    strict = rolling_ols_hedge(y, x, window=10).beta
    assert np.isnan(strict[30:50]).all()
    assert np.isfinite(strict[9:30]).all()
    lenient = rolling_ols_hedge(y, x, window=10, min_count=9)
    assert np.isfinite(lenient.beta[9:]).all()
    assert lenient.n[39] == 9
    score = rolling_zscore(y, window=10, min_count=9)
    assert np.isnan(score.z[30])
    assert np.isfinite(score.mean[30])


def test_constant_windows_have_no_fit_and_no_z_and_leave_no_trace_behind() -> None:
    y, x = log_prices(200)
    x[50:100] = x[50]
    fit = rolling_ols_hedge(y, x, window=20)
    assert np.isnan(fit.beta[69:100]).all()
    assert np.isfinite(fit.beta[19:69]).all()
    assert np.isfinite(fit.beta[100:]).all()
    score = rolling_zscore(x, window=20)
    assert np.isnan(score.z[69:100]).all()
    assert (score.sd[69:100] == 0.0).all()
    flat_y = rolling_ols_hedge(x, y, window=20)
    assert np.isnan(flat_y.beta[69:100]).all()
    assert np.isnan(flat_y.beta_low[69:100]).all()


def test_an_outlier_is_forgotten_with_its_window() -> None:
    values = np.random.default_rng(3).standard_normal(100)
    spiked = values.copy()
    spiked[30] = 1e12
    clean, after = rolling_zscore(values, window=20), rolling_zscore(spiked, window=20)
    assert clean.sd[50:].tobytes() == after.sd[50:].tobytes()


def test_all_missing_is_all_nan_without_a_warning() -> None:
    nothing = np.full(30, np.nan)
    assert np.isnan(rolling_ols_hedge(nothing, nothing, window=10, min_count=3).beta).all()
    assert np.isnan(rolling_zscore(nothing, window=10, min_count=2).z).all()
    assert np.isnan(rolling_correlation(nothing, nothing, window=10, min_count=3)).all()


def test_huge_values_overflow_to_nan_without_a_warning() -> None:
    huge = np.random.default_rng(0).standard_normal(30) * 1e200
    assert not np.isfinite(rolling_zscore(huge, window=10).z).any()
    assert not np.isfinite(rolling_ols_hedge(huge, huge, window=10).beta).any()


def test_refusals_say_what_would_do() -> None:
    y, x = log_prices(50)
    with pytest.raises(TooShort, match="needs 60 bars, has 50"):
        rolling_ols_hedge(y, x, window=60)
    with pytest.raises(TooShort):
        rolling_zscore([], window=2)
    with pytest.raises(LengthMismatch):
        rolling_correlation(y, x[1:], window=10)
    with pytest.raises(WrongShape):
        rolling_zscore(np.zeros((5, 5)), window=3)
    for window in (-1, 0, 2):
        with pytest.raises(InvalidWindow):
            rolling_ols_hedge(y, x, window=window)
    for least in (0, 11):
        with pytest.raises(InvalidWindow):
            rolling_zscore(y, window=10, min_count=least)
    with pytest.raises(InvalidOption):
        rolling_zscore(y, window=10, ddof=-1)


@given(st.data())
def test_the_last_window_alone_has_the_bits_that_it_has_among_others(data: st.DataObject) -> None:
    window = data.draw(st.integers(3, 40))
    bars, origin = window + data.draw(st.integers(0, 60)), data.draw(st.integers(0, 10**6))
    missing = data.draw(st.sampled_from([0.0, 0.2]))
    y, x = log_prices(bars, seed=data.draw(st.integers(0, 2**32 - 1)), missing=missing)
    need = max(3, int(0.6 * window))
    asked = {"window": window, "min_count": need, "origin": origin}
    for all_of, last in (
        (rolling_ols_hedge(y, x, **asked), rolling_ols_hedge(y, x, last_intervals=1, only_last=True, **asked)),
        (rolling_zscore(y, **asked), rolling_zscore(y, only_last=True, **asked)),
    ):
        for name in (field.name for field in fields(all_of)):
            np.testing.assert_array_equal(getattr(last, name), getattr(all_of, name)[-1:], err_msg=name, strict=True)
    correlations = rolling_correlation(y, x, **asked), rolling_correlation(y, x, only_last=True, **asked)
    np.testing.assert_array_equal(correlations[1], correlations[0][-1:], strict=True)


@given(st.data())
def test_many_series_at_once_have_the_bits_that_each_has_alone(data: st.DataObject) -> None:
    window = data.draw(st.integers(3, 40))
    bars, origin = window + data.draw(st.integers(0, 20)), data.draw(st.integers(0, 10**6))
    seed = data.draw(st.integers(0, 2**32 - 100))
    kinds = data.draw(st.lists(st.sampled_from(["whole", "gaps", "still x", "late", "nothing", "huge"]), min_size=1))
    legs = [leg_of(kind, bars, seed + place) for place, kind in enumerate(kinds)]
    ys, xs = (np.array(leg) for leg in zip(*legs, strict=True))
    asked: dict[str, Any] = {
        "window": window,
        "min_count": max(3, int(0.6 * window)),
        "origin": origin,
        "only_last": True,
    }
    for all_of, alone in (
        (rolling_ols_hedge(ys, xs, **asked), [rolling_ols_hedge(y, x, **asked) for y, x in legs]),
        (rolling_zscore(ys, **asked), [rolling_zscore(y, **asked) for y, _ in legs]),
    ):
        for name in (field.name for field in fields(all_of)):
            wanted = np.concatenate([getattr(each, name) for each in alone])
            np.testing.assert_array_equal(getattr(all_of, name), wanted, err_msg=name, strict=True)
    wanted = np.concatenate([rolling_correlation(y, x, **asked) for y, x in legs])
    np.testing.assert_array_equal(rolling_correlation(ys, xs, **asked), wanted, strict=True)


def leg_of(kind: str, bars: int, seed: int) -> tuple[Array, Array]:
    y, x = log_prices(bars, seed=seed, missing=0.2 if kind == "gaps" else 0.0)
    if kind == "still x":
        x[:] = 3.0
    if kind == "late":
        y[: bars - 2] = np.nan
    if kind == "nothing":
        x[:] = np.nan
    return (y * 1e120, x) if kind == "huge" else (y, x)
