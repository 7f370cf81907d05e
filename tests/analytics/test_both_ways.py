"""Engle–Granger both ways. The directions are statsmodels' coint; the p for both is held against fresh noise."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.tsa.stattools import coint

from analytics.both_ways import engle_granger_both, p_of_better
from analytics.errors import Collinear, LengthMismatch, TooShort


def walks(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    y, x = np.cumsum(rng.standard_normal((2, n)), axis=1)
    return y, x


def test_each_direction_is_what_statsmodels_finds() -> None:
    y, x = walks(np.random.default_rng(7), 200)
    both = engle_granger_both(y, x)
    for ours, theirs in ((both.y_on_x, coint(y, x)), (both.x_on_y, coint(x, y))):
        assert ours.stat == pytest.approx(theirs[0], abs=1e-8)
        assert ours.p_value == pytest.approx(theirs[1], abs=1e-8)
    assert both.p_value == p_of_better(min(both.y_on_x.p_value, both.x_on_y.p_value), bars=200)


@pytest.mark.parametrize("bars", [120, 170])
def test_of_noise_one_in_twenty_passes(bars: int) -> None:
    """800 pairs: within three standard errors of 5 %. The better p alone would pass about twice as many."""
    rng = np.random.default_rng(bars)
    found = [engle_granger_both(*walks(rng, bars)) for _ in range(800)]
    share = np.mean([both.p_value < 0.05 for both in found])
    better = np.mean([min(both.y_on_x.p_value, both.x_on_y.p_value) < 0.05 for both in found])
    assert 0.027 < share < 0.073
    assert better > 1.6 * share


def test_p_rises_with_the_better_p_and_is_never_below_it() -> None:
    grid = np.linspace(0.0, 1.0, 401)
    for bars in (30, 120, 200, 720, 10_000):
        p = np.array([p_of_better(float(value), bars=bars) for value in grid])
        assert (np.diff(p) >= 0).all()
        assert (p >= grid - 1e-12).all()


@pytest.mark.parametrize("bars", [120, 170, 720, 5_000])
def test_p_says_no_more_than_twenty_thousand_draws_can_tell(bars: int) -> None:
    """Two pairs of 20,000: what is rarer the draws cannot tell."""
    assert p_of_better(0.0, bars=bars) == p_of_better(1e-12, bars=bars) == 2 / 20_000
    y, x = walks(np.random.default_rng(3), bars)
    surely = engle_granger_both(0.5 * x + np.random.default_rng(4).standard_normal(bars), x)
    assert min(surely.y_on_x.p_value, surely.x_on_y.p_value) < 1e-5
    assert (surely.p_value, surely.p_is_bound) == (0.0001, True)
    assert not engle_granger_both(y, x).p_is_bound


def test_unusable_legs_are_refused_by_name() -> None:
    y, x = walks(np.random.default_rng(1), 100)
    with pytest.raises(Collinear):
        engle_granger_both(x, x)
    with pytest.raises(TooShort):
        engle_granger_both(y[:20], x[:20])
    with pytest.raises(LengthMismatch):
        engle_granger_both(y, x[:-1])
