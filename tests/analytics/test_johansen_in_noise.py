"""How often Johansen's test is right: on noise, on planted pairs, and on legs that revert by themselves."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.doornik import RankTrend
from analytics.reduced_rank import ENOUGH, Johansen, johansen
from tests.analytics.legs import Array, deviation, pair, walks


def two_legs(bars: int, seed: int) -> Array:
    return np.column_stack(pair(bars, seed, phi=0.5))


def found_in_noise(trend: RankTrend, *, drift: float, lags: int = 1) -> list[Johansen]:
    line = drift * np.arange(300.0)[:, np.newaxis]
    return [johansen(line + walks(300, 2, seed), trend=trend, lags=lags) for seed in range(800)]


@pytest.mark.parametrize(("trend", "drift"), [("rc", 0.0), ("c", 0.5)])
def test_noise_is_called_cointegrated_as_often_as_the_level_says(trend: RankTrend, drift: float) -> None:
    """Independent walks; the band is three standard errors of a share of 5 % in 800 trials, and one point above."""
    found = found_in_noise(trend, drift=drift)
    assert 0.027 < np.mean([one.rank > 0 for one in found]) < 0.083
    assert 0.027 < np.mean([one.rank_max_eigen > 0 for one in found]) < 0.083
    assert all((one.p_trace[0] < 0.05) == (one.rank > 0) for one in found)


def test_a_constant_that_supposes_a_drift_finds_too_much_where_there_is_none() -> None:
    """Why the restricted constant is there: the docstring's 10 of 100, within three standard errors."""
    assert 0.07 < np.mean([one.rank > 0 for one in found_in_noise("c", drift=0.0)]) < 0.15


@pytest.mark.parametrize("trend", ["rc", "c"])
def test_the_error_bar_of_the_hedge_holds_the_planted_beta(trend: RankTrend) -> None:
    """Nominal 95 %, asymptotic; the band is about four standard errors of 300 trials."""
    inside = []
    for seed in range(300):
        found = johansen(two_legs(800, seed), trend=trend)
        assert found.hedge_ratio is not None
        if found.rank != 1:
            assert found.hedge_stderr is None
            continue
        assert found.hedge_stderr is not None
        inside.append(abs(found.hedge_ratio - 0.7) <= 1.96 * found.hedge_stderr)
    assert len(inside) > 180
    assert 0.90 <= np.mean(inside) <= 0.99


@pytest.mark.parametrize("bars", [120, 240])
def test_too_few_returns_and_no_relation_have_no_error_bar(bars: int) -> None:
    """By the eigenvalue: with fewer, an error bar of 1.96 held beta in as few as 34 of 100 samples."""
    for seed in range(60):
        slow = johansen(np.column_stack(pair(bars, seed, phi=0.9)), trend="rc")
        alone = johansen(walks(bars, 2, seed), trend="rc")
        for found in (slow, alone):
            few = found.rank != 1 or found.n * found.eigenvalues[0] < ENOUGH
            assert (found.hedge_stderr is None) == few
        assert alone.rank == 1 or alone.hedge_stderr is None
        assert slow.hedge_stderr is None


@pytest.mark.parametrize(("trend", "drift"), [("n", 0.0), ("rc", 0.0), ("c", 0.3)])
def test_a_planted_pair_has_one_relation_and_stationary_legs_have_two(trend: RankTrend, drift: float) -> None:
    x = walks(720, 1, 9)[:, 0] + drift * np.arange(720)
    planted = johansen(np.column_stack([0.7 * x + deviation(0.5, 720, 10), x]), trend=trend)
    assert (planted.rank, planted.rank_max_eigen, planted.full_rank) == (1, 1, False)
    assert planted.hedge_ratio == pytest.approx(0.7, abs=0.05)
    assert planted.p_trace[0] < 0.001
    assert planted.p_trace[1] > 0.05
    legs = johansen(np.column_stack([deviation(0.5, 720, 11), deviation(0.5, 720, 12)]), trend=trend)
    assert (legs.rank, legs.full_rank) == (2, True)


@pytest.mark.parametrize(("trend", "low", "high"), [("rc", 0.01, 0.11), ("c", 0.2, 0.4)])
def test_a_pair_is_called_stationary_legs_as_often_as_the_docstring_says(
    trend: RankTrend, low: float, high: float
) -> None:
    """Within about three standard errors of 200 trials."""
    found = [johansen(two_legs(500, seed), trend=trend).full_rank for seed in range(200)]
    assert low <= np.mean(found) <= high
