"""What followed alerts: by hand, by laws, and the interval against statsmodels."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from analytics.errors import InvalidOption, LengthMismatch
from analytics.outcomes import Ending, Outcome, hit_rate, outcome

steps = st.lists(st.floats(-4, 4), min_size=1, max_size=40)


def test_a_short_that_reverts_after_going_against_it_first() -> None:
    z = [2.1, 2.6, 1.0, 0.4, -3.0]
    spread = [10.0, 14.0, 6.0, 3.0, -20.0]
    assert outcome(z, spread, side=1, clear=0.5, horizon=10) == Outcome(Ending.REVERTED, 3, 7.0, 4.0, 7.0)


def test_a_long_that_does_not_revert_within_its_horizon() -> None:
    z = [-2.1, -1.9, -2.5, -0.1]
    spread = [-10.0, -8.0, -15.0, 0.0]
    assert outcome(z, spread, side=-1, clear=0.5, horizon=2) == Outcome(Ending.NOT_REVERTED, 2, 2.0, 5.0, -5.0)


def test_what_has_not_come_back_before_the_bars_end_is_under_way() -> None:
    assert outcome([2.1, 1.0], [0.0, -1.0], side=1, clear=0.5, horizon=5) == Outcome(Ending.UNDER_WAY, 1, 1.0, 0.0, 1.0)
    alone = outcome([2.1], [0.0], side=1, clear=0.5, horizon=5)
    assert (alone.ending, alone.bars) == (Ending.UNDER_WAY, 0)
    assert math.isnan(alone.move)


def test_a_bar_of_nan_is_time_and_nothing_else() -> None:
    z, spread = [2.1, math.nan, 0.2], [5.0, math.nan, 1.0]
    assert outcome(z, spread, side=1, clear=0.5, horizon=5) == Outcome(Ending.REVERTED, 2, 4.0, 0.0, 4.0)


@given(z=steps, side=st.sampled_from((-1, 1)), horizon=st.integers(1, 50))
def test_the_mirrored_path_has_the_same_outcome(z: list[float], side: Literal[-1, 1], horizon: int) -> None:
    other: Literal[-1, 1] = 1 if side == -1 else -1
    spread = np.cumsum(z)
    mirrored = outcome(-np.array(z), -spread, side=other, clear=0.5, horizon=horizon)
    assert repr(mirrored) == repr(outcome(z, spread, side=side, clear=0.5, horizon=horizon))


@given(z=steps, more=steps, side=st.sampled_from((-1, 1)), horizon=st.integers(1, 30))
def test_what_has_ended_does_not_change_with_what_comes_later(
    z: list[float], more: list[float], side: Literal[-1, 1], horizon: int
) -> None:
    now = outcome(z, np.cumsum(z), side=side, clear=0.5, horizon=horizon)
    later = outcome(z + more, np.cumsum(z + more), side=side, clear=0.5, horizon=horizon)
    if now.ending is not Ending.UNDER_WAY:
        assert later == now
    else:
        assert later.bars >= now.bars


@pytest.mark.parametrize(("hits", "n"), [(0, 1), (1, 1), (3, 10), (0, 40), (40, 40), (517, 1_000)])
def test_the_interval_is_wilsons(hits: int, n: int) -> None:
    low, high = proportion_confint(hits, n, method="wilson")
    found = hit_rate(hits, n)
    assert found.share == hits / n
    np.testing.assert_allclose((found.low, found.high), (low, high), atol=1e-12)


def test_nothing_to_hit_has_no_rate() -> None:
    assert math.isnan(hit_rate(0, 0).share)


def test_what_is_impossible_is_refused() -> None:
    with pytest.raises(InvalidOption, match="hits"):
        hit_rate(3, 2)
    with pytest.raises(InvalidOption, match="side"):
        outcome([1.0], [1.0], side=0, clear=0.5, horizon=1)  # type: ignore[arg-type]
    with pytest.raises(InvalidOption, match="horizon"):
        outcome([1.0], [1.0], side=1, clear=0.5, horizon=0)
    with pytest.raises(LengthMismatch):
        outcome([1.0, 2.0], [1.0], side=1, clear=0.5, horizon=1)
