"""What the statistics of Johansen's test mean: published tables, the limit itself, and laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from analytics.doornik import RankTest, RankTrend, gamma_p, rank_critical, rank_p
from tests.analytics.legs import Array

EVERY_TREND: tuple[RankTrend, ...] = ("n", "rc", "c", "ct")
TESTS: tuple[RankTest, ...] = ("trace", "max_eigen")


@pytest.mark.parametrize("trend", EVERY_TREND)
@pytest.mark.parametrize("test", TESTS)
def test_p_and_table_never_disagree(test: RankTest, trend: RankTrend) -> None:
    for left in range(1, 13):
        table = rank_critical(test, trend=trend, series=left)[0]
        found = [rank_p(value, test, trend=trend, left=left) for value in table]
        assert found == pytest.approx([0.10, 0.05, 0.01], rel=1e-9)
        grid = [rank_p(value, test, trend=trend, left=left) for value in np.linspace(0.0, 3.0 * table[2], 80)]
        assert grid[0] == 1.0
        assert np.all(np.diff(grid) <= 0.0)
        assert rank_p(1e6, test, trend=trend, left=left) == 0.0


def test_doornik_and_mackinnon_agree_though_neither_knew_the_other() -> None:
    """The gamma approximation of the one at the critical values of the other: its error is far below one point."""
    for test in TESTS:
        for trend in EVERY_TREND:
            for left in range(1, 13):
                table = rank_critical(test, trend=trend, series=left)[0]
                found = [gamma_p(value, test, trend, left) for value in table]
                assert found == pytest.approx([0.10, 0.05, 0.01], abs=0.0055), (test, trend, left)


def test_one_relation_left_under_a_drift_is_chi_squared() -> None:
    """Johansen (1995), theorem 6.2: with a drift the last statistic is chi-squared of one degree."""
    for stat in (0.1, 1.0, 2.7055, 5.0, 20.0):
        assert rank_p(stat, "trace", trend="c", left=1) == pytest.approx(stats.chi2.sf(stat, 1), rel=1e-3)


def test_the_published_five_percent_values_stand() -> None:
    """MacKinnon, Haug & Michelis (1999), as EViews prints them, for two legs."""
    published: dict[tuple[RankTest, RankTrend], list[float]] = {
        ("trace", "n"): [12.32090, 4.129906],
        ("max_eigen", "n"): [11.22480, 4.129906],
        ("trace", "rc"): [20.26184, 9.164546],
        ("max_eigen", "rc"): [15.89210, 9.164546],
        ("trace", "c"): [15.49471, 3.841466],
        ("max_eigen", "c"): [14.26460, 3.841466],
        ("trace", "ct"): [18.39771, 3.841466],
        ("max_eigen", "ct"): [17.14769, 3.841466],
    }
    for (test, trend), values in published.items():
        assert rank_critical(test, trend=trend, series=2)[:, 1] == pytest.approx(values, abs=8e-4)


@pytest.mark.parametrize("legs", [1, 2, 3])
def test_the_table_of_a_restricted_constant_is_that_of_its_limit(legs: int) -> None:
    """The functional of Brownian motion itself, in 500 steps: the bands are four standard errors of a share."""
    draws, steps = 20_000, 500
    rng = np.random.default_rng(legs)
    found = []
    for _ in range(10):
        step = rng.standard_normal((draws // 10, steps, legs)) / math.sqrt(steps)
        before = np.concatenate([np.zeros_like(step[:, :1]), np.cumsum(step, axis=1)[:, :-1]], axis=1)
        known = np.concatenate([before, np.ones_like(before[:, :, :1])], axis=2).transpose(0, 2, 1)
        cross, own = known @ step, known @ known.transpose(0, 2, 1) / steps
        found.append(np.linalg.eigvalsh(cross.transpose(0, 2, 1) @ np.linalg.solve(own, cross)))
    roots = np.concatenate(found)
    drawn_of: dict[RankTest, Array] = {"trace": roots.sum(axis=1), "max_eigen": roots[:, -1]}
    for test, drawn in drawn_of.items():
        for level, value in zip((0.10, 0.05, 0.01), rank_critical(test, trend="rc", series=legs)[0], strict=True):
            assert np.mean(drawn > value) == pytest.approx(level, abs=4.0 * math.sqrt(level / draws)), (test, level)
