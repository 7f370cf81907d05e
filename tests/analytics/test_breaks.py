"""The break monitor against statsmodels, slow loops, the published boundary, and planted breaks."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import signal, stats
from statsmodels.regression.recursive_ls import RecursiveLS
from statsmodels.stats.diagnostic import recursive_olsresiduals

from analytics.breaks import FORMS, CusumForm, cusum
from analytics.crossing import crossing_probability
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
from analytics.spread_model import ar_spread, hedge_residuals, simulated_spreads

Array = NDArray[np.float64]


def pair(bars: int, seed: int, phi: float = 0.8) -> tuple[Array, Array]:
    """y = 1 + 2 x + a reverting spread with shocks of 1, x a random walk."""
    random = np.random.default_rng(seed)
    x = np.cumsum(random.standard_normal(bars))
    spread = signal.lfilter([1.0], [1.0, -phi], random.standard_normal(bars + 200))[200:]
    return 1.0 + 2.0 * x + spread, x


def with_constant(*columns: Array) -> Array:
    return np.column_stack([np.ones(len(columns[0])), *columns])


def test_the_classic_form_is_the_cusum_of_statsmodels() -> None:
    y, x = pair(200, 1)
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


def test_recursive_residuals_are_those_of_statsmodels() -> None:
    y, x = pair(150, 3)
    design = with_constant(x, np.sin(np.arange(150.0)))
    ours = recursion(design).residuals(y[:, np.newaxis])[:, 0]
    theirs = recursive_olsresiduals(sm.OLS(y, design).fit(), skip=3)[4][3:]
    np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-10)


def test_recursive_residuals_keep_their_digits_on_log_prices() -> None:
    """Against a fit anew for each bar, by QR of centred columns, on prices whose moves are 1e-5 of their level."""
    y, x = (11.0 + 1e-4 * leg for leg in pair(400, 4))
    spread = hedge_residuals(y[:, np.newaxis], x)[:, 0]
    terms = recursion(with_constant(x - x.mean()))
    ours = terms.residuals(spread[:, np.newaxis])[:, 0]
    for t in range(terms.first, 400):
        dx = x[:t] - x[:t].mean()
        beta = dx @ spread[:t] / (dx @ dx)
        apart = x[t] - x[:t].mean()
        slow = spread[t] - spread[:t].mean() - beta * apart
        assert ours[t - terms.first] == pytest.approx(slow / math.sqrt(1 + 1 / t + apart**2 / (dx @ dx)), abs=1e-13)


def test_a_leg_that_stands_still_at_first_begins_later() -> None:
    y, x = pair(200, 5)
    x[:40] = x[40]
    assert recursion(with_constant(x)).first == 42
    for form in FORMS:
        assert np.isnan(cusum(y, x, form=form).path[:41]).all()


@pytest.mark.parametrize("lags", [1, 4])
def test_the_model_of_the_spread_is_a_regression_of_statsmodels(lags: int) -> None:
    y, x = pair(300, 6)
    spreads = hedge_residuals(np.column_stack([y, y[::-1]]), x)
    found = ar_spread(spreads, x, lags=lags)
    for i, spread in enumerate(spreads.T):
        change = np.diff(spread)
        past = [change[lags - 1 - k : len(change) - k] for k in range(1, lags)]
        design = np.column_stack([spread[lags - 1 : -1], *past, np.diff(x)[lags - 1 :]])
        peer = sm.OLS(spread[lags:], design).fit()
        np.testing.assert_allclose(found.coefficients[i], peer.params, rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(found.sd[i] ** 2, peer.ssr / (len(design) - lags - 3), rtol=1e-10)
        phi = min((300 * peer.params[0] + 2) / 296, 1 - 1 / 300)
        assert found.phi[i] == pytest.approx(phi, rel=1e-9)
        assert found.long_run_sd[i] == pytest.approx(found.sd[i] / (1 - phi), rel=1e-9)


def test_draws_follow_the_model() -> None:
    """The same shocks through scipy's filter, of an autoregression of order two, written in levels."""
    y, x = pair(400, 7)
    spread = hedge_residuals(y[:, np.newaxis], x)
    model = ar_spread(spread, x, lags=2)
    draws = simulated_spreads(model, spread[:2, 0], x, draws=3, seed=1)
    _, c, d = model.coefficients[0]
    inner = signal.lfilter([1.0, -(model.phi[0] + c), c], [1.0], draws, axis=0)[2:] - d * np.diff(x)[1:, np.newaxis]
    shocks = model.shocks[:, 0] - model.shocks.mean()
    shocks *= model.sd[0] / shocks.std()
    assert np.abs(inner[:, :, np.newaxis] - shocks).min(axis=2).max() < 1e-12
    np.testing.assert_array_equal(draws[:2], np.repeat(spread[:2], 3, axis=1))


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


def test_the_boundary_is_the_published_one() -> None:
    """Brown, Durbin & Evans (1975): 0.850, 0.948 and 1.143 are left with 10, 5 and 1 %."""
    for height, probability in ((0.850, 0.10), (0.948, 0.05), (1.143, 0.01)):
        assert crossing_probability(height) == pytest.approx(probability, abs=2e-4)


@pytest.mark.parametrize("height", [0.0, 0.05, 0.2, 0.3, 0.5, 0.7, 1.0, 2.0])
def test_the_probability_of_crossing_is_that_of_simulated_motions(height: float) -> None:
    """Between two points a motion crosses a straight line with the known probability exp(-2 a b / dt)."""
    steps, paths = 100, 20_000
    moves = stats.norm.rvs(scale=math.sqrt(1 / steps), size=(paths, steps), random_state=1)
    motion = np.hstack([np.zeros((paths, 1)), np.cumsum(moves, axis=1)])
    line = height * (1 + 2 * np.linspace(0, 1, steps + 1))
    stays = np.ones((paths, steps))
    for side in (1.0, -1.0):
        room = np.maximum(line - side * motion, 0.0)
        stays *= 1.0 - np.exp(-2 * room[:, :-1] * room[:, 1:] * steps)
    assert crossing_probability(height) == pytest.approx(1 - stays.prod(axis=1).mean(), abs=0.01)


def test_sound_pairs_break_as_often_as_the_level_says() -> None:
    """Half-lives of 1, 7 and 34 bars; the band is about three standard errors of 240 trials."""
    found = [cusum(*pair(150, seed, phi)) for phi in (0.5, 0.9, 0.98) for seed in range(80)]
    p_values = np.array([one.p_value for one in found])
    assert 0.01 < np.mean(p_values <= 0.05) < 0.095
    assert 0.38 < np.mean(p_values <= 0.5) < 0.62
    for one in found:
        assert (one.p_value <= 0.05) == (one.stat > one.height) == (one.crossed_at is not None)


def test_the_trap_the_classic_form_breaks_pairs_that_revert() -> None:
    """The reason for the other forms: errors that are not independent."""
    broken = [cusum(*pair(240, seed, 0.95), form="classic").crossed_at is not None for seed in range(60)]
    assert np.mean(broken) > 0.9


def test_bid_ask_bounce_does_not_break_a_pair() -> None:
    """A bounce of the size of the spread itself: a model of one lag takes it for fast reversion."""

    def broken(lags: int) -> float:
        noise = [np.random.default_rng(1_000 + seed).normal(0.0, 1.5, 240) for seed in range(60)]
        pairs = [pair(240, seed, 0.95) for seed in range(60)]
        return float(
            np.mean(
                [cusum(y + bounce, x, lags=lags).p_value <= 0.05 for (y, x), bounce in zip(pairs, noise, strict=True)]
            )
        )

    assert broken(4) < 0.2 < broken(1)


def test_a_shift_of_the_level_is_found_where_it_is() -> None:
    found = []
    for seed in range(12):
        y, x = pair(480, seed, 0.8)
        y[240:] -= 5.0 / 0.6  # five deviations of the spread
        found.append(cusum(y, x))
    assert all(one.p_value <= 0.05 and one.direction == -1 for one in found)
    assert all(one.crossed_at is not None and 240 <= one.crossed_at < 360 for one in found)


def test_a_change_of_beta_is_found() -> None:
    def broken(seed: int) -> bool:
        y, x = pair(720, seed, 0.5)
        y[360:] += 0.5 * (x[360:] - x[359])
        return cusum(y, x).crossed_at is not None

    assert np.mean([broken(seed) for seed in range(12)]) > 0.9


def test_a_pair_that_stops_reverting_is_found() -> None:
    def broken(seed: int) -> bool:
        y, x = pair(720, seed, 0.8)
        y[360:] = y[359] + 2.0 * (x[360:] - x[359]) + np.cumsum(np.random.default_rng(99 + seed).standard_normal(360))
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


@given(cut=st.integers(40, 119))
def test_what_comes_later_changes_no_recursive_residual(cut: int) -> None:
    y, x = pair(120, 10)
    whole = recursion(with_constant(x)).residuals(y[:, np.newaxis])
    head = recursion(with_constant(x[:cut])).residuals(y[:cut, np.newaxis])
    np.testing.assert_allclose(whole[: len(head)], head, rtol=1e-9, atol=1e-9)


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


def test_halves_without_movement_and_exact_spreads_are_no_result() -> None:
    y, x = pair(100, 14)
    with pytest.raises(NumericalTrouble, match="second half"):
        cusum(y, np.r_[x[:50], np.full(50, x[50])])
    with pytest.raises(Collinear, match="first half"):
        cusum(np.r_[2.0 * x[:50], y[50:]], x)
    for exact in (0.9 ** np.arange(100.0), np.sin(np.arange(100.0))):
        with pytest.raises(NumericalTrouble):
            ar_spread(exact[:, np.newaxis], x, lags=4)
    with pytest.raises(NumericalTrouble, match="does not move"):
        ar_spread(np.zeros((100, 1)), x, lags=1)
    with pytest.raises(Collinear):
        recursion(np.ones((50, 2)))


@pytest.mark.parametrize("form", FORMS)
def test_wild_legs_raise_no_warning(form: CusumForm) -> None:
    """Exploding, jumping, mostly standing and alternating prices: a number or a named reason."""
    t = np.arange(120.0)
    y, x = pair(120, 15)
    legs = [1.2**t, np.exp(-t), np.where(t == 60, 1e90, x), np.where(t % 7 == 0, x, 0.0), (-1.0) ** t, np.sign(t - 60)]
    for leg in legs:
        for one, other in ((y, leg), (leg, x)):
            try:
                found = cusum(one, other, form=form)
            except AnalyticsError:
                continue
            assert math.isfinite(found.stat)
            assert 0.0 <= found.p_value <= 1.0
