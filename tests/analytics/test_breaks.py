"""The break monitor against statsmodels, slow loops, and planted breaks."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.regression.recursive_ls import RecursiveLS
from statsmodels.stats.diagnostic import recursive_olsresiduals

from analytics.breaks import FORMS, CusumForm, cusum
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
from analytics.recursive import recursion
from tests.analytics.legs import Array, pair, wild_legs


def with_constant(*columns: Array) -> Array:
    return np.column_stack([np.ones(len(columns[0])), *columns])


def test_the_classic_form_is_the_cusum_of_statsmodels() -> None:
    y, x = pair(200, 3)
    ours, peer = cusum(y, x, form="classic"), RecursiveLS(y, with_constant(x)).fit()
    np.testing.assert_allclose(ours.path[2:], peer.cusum / math.sqrt(198), rtol=1e-6)
    lower, upper = peer._cusum_significance_bounds(0.05, points=np.arange(3, 201))
    np.testing.assert_allclose(ours.boundary[2:] * math.sqrt(198), upper, rtol=1e-12)
    np.testing.assert_allclose(-ours.boundary[2:] * math.sqrt(198), lower, rtol=1e-12)
    outside = np.flatnonzero(np.abs(peer.cusum) > upper)
    assert ours.crossed_at == 2 + outside[0]
    assert np.isnan(ours.path[:2]).all()
    assert ours.n == 198


def test_the_dynamic_form_is_the_cusum_of_the_dynamic_regression() -> None:
    y, x = pair(200, 2)
    ours = cusum(y, x, form="dynamic")
    peer = RecursiveLS(y[1:], with_constant(x[1:], x[:-1], y[:-1])).fit()
    np.testing.assert_allclose(ours.path[5:], peer.cusum / math.sqrt(195), rtol=1e-5, atol=1e-7)
    assert (ours.n, ours.crossed_at) == (195, None)


def test_a_leg_that_stands_still_at_first_begins_later() -> None:
    y, x = pair(200, 5)
    x[:40] = x[40]
    assert recursion(with_constant(x)).first == 42
    for form in FORMS:
        assert np.isnan(cusum(y, x, form=form).path[:41]).all()


def test_the_path_of_the_default_form_is_that_of_an_obvious_loop() -> None:
    y, x = pair(160, 8)
    ours = cusum(y, x, lags=2)
    scales = []
    for part in (slice(0, 80), slice(80, 160)):
        spread = sm.OLS(y[part], with_constant(x[part])).fit().resid
        design = np.column_stack([spread[1:-1], np.diff(spread)[:-1], np.diff(x[part])[1:]])
        peer = sm.OLS(spread[2:], design).fit()
        scales.append(math.sqrt(peer.ssr / (78 - 5)) / (1 - (80 * peer.params[0] + 2) / 76))
    residuals = recursive_olsresiduals(sm.OLS(y, with_constant(x)).fit(), skip=2)[4][16:]
    np.testing.assert_allclose(ours.path[16:], np.cumsum(residuals) / (min(scales) * 12), rtol=1e-8)
    at = np.argmax(np.abs(ours.path[16:]) / (1 + 2 * np.arange(1, 145) / 144))
    assert ours.stat == pytest.approx(abs(ours.path[16 + at]) / (1 + 2 * (at + 1) / 144))
    assert ours.direction == np.sign(ours.path[16 + at])
    assert (ours.stat > ours.height) == (ours.p_value <= 0.05) == (ours.crossed_at is not None)


def test_sound_pairs_break_as_often_as_the_level_says() -> None:
    """Half-lives of 1, 7 and 34 bars; the band is about three standard errors of 240 trials."""
    found = [cusum(*pair(150, seed, phi=phi)) for phi in (0.5, 0.9, 0.98) for seed in range(80)]
    p_values = np.array([one.p_value for one in found])
    assert 0.01 < np.mean(p_values <= 0.05) < 0.095
    assert 0.38 < np.mean(p_values <= 0.5) < 0.62
    for one in found:
        assert (one.p_value <= 0.05) == (one.stat > one.height) == (one.crossed_at is not None)


def test_the_trap_the_classic_form_breaks_pairs_that_revert() -> None:
    """The reason for the other forms: errors that are not independent."""
    broken = [cusum(*pair(240, seed, phi=0.95), form="classic").crossed_at is not None for seed in range(60)]
    assert np.mean(broken) > 0.9


def test_bid_ask_bounce_does_not_break_a_pair() -> None:
    """A bounce of the size of the spread itself: a model of one lag takes it for fast reversion."""

    def broken(lags: int) -> float:
        noise = [np.random.default_rng(1_000 + seed).normal(0.0, 1.5, 240) for seed in range(60)]
        pairs = [pair(240, seed, phi=0.95) for seed in range(60)]
        return float(
            np.mean(
                [cusum(y + bounce, x, lags=lags).p_value <= 0.05 for (y, x), bounce in zip(pairs, noise, strict=True)]
            )
        )

    assert broken(4) < 0.2 < broken(1)


def test_a_shift_of_the_level_is_found_where_it_is() -> None:
    found = []
    for seed in range(12):
        y, x = pair(480, seed, phi=0.8)
        y[240:] -= 5.0 / 0.6  # five deviations of the spread
        found.append(cusum(y, x))
    assert all(one.p_value <= 0.05 and one.direction == -1 for one in found)
    assert all(one.crossed_at is not None and 240 <= one.crossed_at < 360 for one in found)


def test_a_change_of_beta_is_found() -> None:
    def broken(seed: int) -> bool:
        y, x = pair(720, seed, phi=0.5)
        y[360:] += 0.5 * (x[360:] - x[359])
        return cusum(y, x).crossed_at is not None

    assert np.mean([broken(seed) for seed in range(12)]) > 0.9


def test_a_pair_that_stops_reverting_is_found() -> None:
    def broken(seed: int) -> bool:
        y, x = pair(720, seed, phi=0.8)
        y[360:] = y[359] + 0.7 * (x[360:] - x[359]) + np.cumsum(np.random.default_rng(99 + seed).standard_normal(360))
        return cusum(y, x).crossed_at is not None

    assert np.mean([broken(seed) for seed in range(12)]) > 0.8


@settings(max_examples=25)
@given(
    form=st.sampled_from(FORMS),
    level=st.floats(-50, 50),
    unit=st.sampled_from([1e-5, 1.0, 3e4]),
    x_unit=st.sampled_from([-1e3, 1e-4, 1.0]),
    hedge=st.floats(-3, 3),
)
def test_level_unit_and_hedge_mean_nothing_and_the_mirror_is_mirrored(
    form: CusumForm, level: float, unit: float, x_unit: float, hedge: float
) -> None:
    y, x = pair(120, 9)
    plain = cusum(y, x, form=form)
    moved = cusum(unit * (level + y + hedge * x), level + x_unit * x, form=form)
    mirrored = cusum(-y, x, form=form)
    np.testing.assert_allclose(moved.path, plain.path, rtol=1e-5, atol=1e-6)
    assert moved.height == pytest.approx(plain.height, rel=1e-6)
    assert moved.p_value == pytest.approx(plain.p_value, abs=1e-6)
    np.testing.assert_allclose(mirrored.path, -plain.path, rtol=1e-9, atol=1e-9)
    assert mirrored.direction == -plain.direction


def test_the_same_pair_has_the_same_answer() -> None:
    y, x = pair(120, 11)
    first, again = cusum(y, x), cusum(y.copy(), x.copy())
    assert (first.p_value, first.height, first.stat) == (again.p_value, again.height, again.stat)


@pytest.mark.parametrize("form", FORMS)
def test_unusable_legs_are_refused_with_a_reason(form: CusumForm) -> None:
    y, x = pair(100, 12)
    holed = np.r_[np.nan, x[1:]]
    least = 60 if form == "spread" else 30
    with pytest.raises(TooShort, match=f"needs {least} bars, has {least - 1}"):
        cusum(y[: least - 1], x[: least - 1], form=form)
    with pytest.raises(NotFinite, match="leg x"):
        cusum(y, holed, form=form)
    with pytest.raises(ConstantSeries, match="leg x"):
        cusum(y, np.full(100, 3.3), form=form)
    with pytest.raises(ConstantSeries, match="leg y"):
        cusum(np.full(100, 3.3), x, form=form)
    for twin in (x, 5.0 - 2.0 * x):
        with pytest.raises(Collinear):
            cusum(twin, x, form=form)
    with pytest.raises(LengthMismatch):
        cusum(y, x[1:], form=form)
    with pytest.raises(WrongShape):
        cusum(y.reshape(10, 10), x, form=form)
    for huge in (1e200 * x, 1e-200 * x, x * np.r_[np.ones(99), 1e300]):
        with pytest.raises(NumericalTrouble):
            cusum(y, huge, form=form)


def test_impossible_options_are_refused() -> None:
    y, x = pair(100, 13)
    with pytest.raises(InvalidOption, match="form"):
        cusum(y, x, form="ols")  # type: ignore[arg-type]
    for lags in (0, 9):
        with pytest.raises(InvalidOption, match="lags"):
            cusum(y, x, lags=lags)


def test_halves_without_movement_are_no_result() -> None:
    y, x = pair(100, 14)
    with pytest.raises(NumericalTrouble, match="second half"):
        cusum(y, np.r_[x[:50], np.full(50, x[50])])
    with pytest.raises(Collinear, match="first half"):
        cusum(np.r_[2.0 * x[:50], y[50:]], x)


@pytest.mark.parametrize("form", FORMS)
def test_wild_legs_raise_no_warning(form: CusumForm) -> None:
    """Exploding, jumping, mostly standing and alternating prices: a number or a named reason."""
    y, x = pair(120, 15)
    for leg in wild_legs(x):
        for one, other in ((y, leg), (leg, x)):
            try:
                found = cusum(one, other, form=form)
            except AnalyticsError:
                continue
            assert math.isfinite(found.stat)
            assert 0.0 <= found.p_value <= 1.0
