"""The noise check on pairs whose answer is known, and its exact intervals against scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from analytics.cointegration import engle_granger
from analytics.errors import (
    AnalyticsError,
    ConstantSeries,
    InvalidOption,
    LengthMismatch,
    NotFinite,
    NumericalTrouble,
    TooShort,
)
from analytics.exact_interval import binomial_interval, poisson_interval
from analytics.surrogates import KINDS, WalkKind, noise_check, surrogate_walks

Array = NDArray[np.float64]


def walk(bars: int, seed: int, sd: float = 1.0) -> Array:
    return 11.0 + sd * np.cumsum(np.random.default_rng(seed).standard_t(3, bars))


def confidence(y: Array, x: Array) -> float:
    return -engle_granger(y, x, max_lags=1).stat


@given(trials=st.integers(1, 400), share=st.floats(0, 1), level=st.sampled_from([0.8, 0.95, 0.99]))
def test_the_interval_of_a_share_is_that_of_clopper_and_pearson(trials: int, share: float, level: float) -> None:
    successes = round(share * trials)
    ours = binomial_interval(successes, trials, level=level)
    peer = stats.binomtest(successes, trials).proportion_ci(level, method="exact")
    assert tuple(ours) == pytest.approx((peer.low, peer.high), rel=1e-9, abs=1e-12)


@given(count=st.one_of(st.integers(0, 50), st.integers(0, 50_000)), level=st.sampled_from([0.8, 0.95, 0.999]))
def test_the_interval_of_a_count_is_that_of_garwood(count: int, level: float) -> None:
    tail = (1 - level) / 2
    ours = poisson_interval(count, level=level)
    assert ours.low == pytest.approx(stats.chi2.ppf(tail, 2 * count) / 2 if count else 0.0, rel=1e-8)
    assert ours.high == pytest.approx(stats.chi2.ppf(1 - tail, 2 * count + 2) / 2, rel=1e-8)


def test_impossible_counts_are_refused() -> None:
    for successes, trials in ((-1, 5), (6, 5), (0, 0)):
        with pytest.raises(InvalidOption, match="successes"):
            binomial_interval(successes, trials)
    with pytest.raises(InvalidOption, match="count"):
        poisson_interval(-1)
    for level in (0.0, 1.0, math.nan):
        with pytest.raises(InvalidOption, match="level"):
            poisson_interval(3, level=level)


@pytest.mark.parametrize("kind", KINDS)
def test_walks_have_the_volatility_of_their_own_leg_and_nothing_else_of_it(kind: WalkKind) -> None:
    y, x = walk(500, 1, 1e-4), walk(500, 2, 3.0)
    y += 0.01 * np.arange(500)  # a drift that the surrogates must not have
    walks = surrogate_walks(y, x, draws=200, kind=kind)
    for leg, drawn in ((y, walks.y), (x, walks.x)):
        assert drawn.shape == (200, 500)
        np.testing.assert_array_equal(drawn[:, 0], leg[0])
        steps = np.diff(drawn, axis=1)
        assert steps.std() == pytest.approx(np.diff(leg).std(), rel=0.05)
        assert abs(steps.mean()) < 4 * steps.std() / math.sqrt(steps.size)
        # Kurtosis: 3 if normal; resampled steps keep that of the leg, fat in these.
        fat = stats.kurtosis(np.diff(leg), fisher=False)
        assert stats.kurtosis(steps, axis=None, fisher=False) == pytest.approx(
            3.0 if kind == "gaussian" else fat, rel=0.1
        )
    both = np.corrcoef(np.diff(walks.y).ravel(), np.diff(walks.x).ravel())[0, 1]
    assert abs(both) < 4 / math.sqrt(199 * 500)


def test_resampled_steps_are_the_legs_own() -> None:
    y, x = walk(60, 3), walk(60, 4)
    own = np.diff(y) - np.diff(y).mean()
    steps = np.diff(surrogate_walks(y, x, draws=5).y, axis=1)
    assert np.abs(steps[:, :, np.newaxis] - own).min(axis=2).max() < 1e-12


def test_equal_seeds_give_equal_walks_and_more_draws_only_add() -> None:
    y, x = walk(60, 5), walk(60, 6)
    for kind in KINDS:
        few, many = (surrogate_walks(y, x, draws=draws, seed=7, kind=kind) for draws in (3, 10))
        np.testing.assert_array_equal(few.y, many.y[:3])
        np.testing.assert_array_equal(few.x, many.x[:3])
        assert not np.array_equal(few.y, surrogate_walks(y, x, draws=3, seed=8, kind=kind).y)
    assert noise_check(y, x, confidence, draws=9) == noise_check(y, x, confidence, draws=9)


def test_a_planted_pair_looks_better_than_noise() -> None:
    x = walk(300, 8)
    found = noise_check(x + np.random.default_rng(9).standard_normal(300), x, confidence)
    assert (found.share, found.low, found.failed, found.draws) == (0.0, 0.0, 0, 99)
    assert found.high == pytest.approx(1 - 0.025 ** (1 / 99))
    assert found.observed == confidence(x + np.random.default_rng(9).standard_normal(300), x)


def test_noise_looks_better_than_noise_at_any_share_alike() -> None:
    """On independent walks the share is uniform: 5 % of them fall below 5 %, half below a half (three sd of 120)."""
    shares = [noise_check(walk(60, 2 * i), walk(60, 2 * i + 1), confidence, draws=39, seed=i).share for i in range(120)]
    assert np.mean(np.array(shares) < 0.05) < 0.05 + 0.06
    assert 0.36 < np.mean(np.array(shares) < 0.5) < 0.64


def test_what_gives_no_number_counts_as_not_as_good() -> None:
    y, x = walk(50, 10), walk(50, 11)
    calls: list[int] = []

    def moody(_y: Array, _x: Array) -> float | None:
        calls.append(1)
        mood = len(calls) % 4
        if mood == 2:
            raise NumericalTrouble("a surrogate without a statistic")
        return {1: 1.0, 3: None, 0: math.nan}[mood]

    found = noise_check(y, x, moody, draws=40)
    assert (found.share, found.failed) == (0.25, 30)
    with pytest.raises(NumericalTrouble, match="no value for this pair"):
        noise_check(y, x, lambda *_: None)
    with pytest.raises(NumericalTrouble, match="no value for this pair"):
        noise_check(y, x, lambda *_: math.nan)
    with pytest.raises(TooShort):
        noise_check(y, x, lambda *_: engle_granger(y[:20], x[:20]).stat)


def test_other_errors_of_a_statistic_are_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        noise_check(walk(50, 1), walk(50, 2), lambda *_: 1 / 0)


def test_unusable_legs_are_refused_with_a_reason() -> None:
    y, x = walk(50, 12), walk(50, 13)
    cases: list[tuple[type[AnalyticsError], Array, Array]] = [
        (TooShort, y[:19], x[:19]),
        (NotFinite, np.r_[np.nan, y[1:]], x),
        (ConstantSeries, np.full(50, 2.0), x),
        (ConstantSeries, y, 11.0 + 0.1 * np.arange(50)),
        (LengthMismatch, y[1:], x),
        (NumericalTrouble, 1e300 * y, x),
    ]
    for error, one, other in cases:
        with pytest.raises(error):
            surrogate_walks(one, other)
        with pytest.raises(error):
            noise_check(one, other, confidence)
    with pytest.raises(InvalidOption, match="draws"):
        surrogate_walks(y, x, draws=0)
    with pytest.raises(InvalidOption, match="kind"):
        surrogate_walks(y, x, kind="block")  # type: ignore[arg-type]


def test_signs_keep_the_size_of_each_change_at_its_bar() -> None:
    y, x = walk(80, 1), walk(80, 2, 0.1)
    walks = surrogate_walks(y, x, draws=200, kind="signs")
    for leg, drawn in ((y, walks.y), (x, walks.x)):
        steps = np.diff(leg) - np.diff(leg).mean()
        assert np.abs(np.diff(drawn, axis=1)) == pytest.approx(np.tile(np.abs(steps), (200, 1)), abs=1e-12)
        ups = (np.diff(drawn, axis=1) * np.sign(steps) > 0).mean(axis=0)
        assert 0.3 < ups.min() < ups.max() < 0.7  # each sign a fair coin: five deviations


def test_volatility_in_clusters_passes_for_cointegration_and_the_signs_tell() -> None:
    """Independent walks whose volatility wanders: at 5 % the test finds far more of them, the check does not."""
    passed, taken_for_good, pairs = 0, 0, 60
    for seed in range(pairs):
        rng = np.random.default_rng(seed)
        level = np.cumsum(rng.standard_normal((2, 300)), axis=1) * 0.12
        y, x = np.cumsum(np.exp(level) * rng.standard_normal((2, 300)), axis=1)
        if engle_granger(y, x, max_lags=1).p_value < 0.05:
            passed += 1
            taken_for_good += noise_check(y, x, confidence, kind="signs", stop_after=5).share < 0.05
    assert passed > 0.12 * pairs
    assert taken_for_good <= 0.07 * pairs


def test_it_stops_once_enough_have_looked_as_good() -> None:
    y, x = walk(80, 1), walk(80, 2)
    whole = noise_check(y, x, confidence, draws=200)
    short = noise_check(y, x, confidence, draws=200, stop_after=10)
    assert whole.share > 0.1
    assert short.draws < 200
    assert short.share == pytest.approx(10 / short.draws)
    assert noise_check(y, x, confidence, draws=200, stop_after=10_000) == whole
    with pytest.raises(InvalidOption, match="stop_after"):
        noise_check(y, x, confidence, stop_after=0)
