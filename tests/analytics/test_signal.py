"""Signals and spreads: their paths bar by bar."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.errors import InvalidOption, LengthMismatch, WrongShape
from analytics.signal import signal_path, signal_step
from analytics.spreads import spread

scores = st.lists(st.one_of(st.floats(-5, 5), st.just(math.nan)), max_size=60)


def test_a_position_is_held_between_entry_and_exit() -> None:
    z = [0.0, 1.9, 2.0, 5.0, 0.6, 0.5, -0.6, -2.0, -1.0, -0.5, 0.0]
    assert signal_path(z, 2.0, 0.5).tolist() == [0, 0, -1, -1, -1, 0, 0, 1, 1, 0, 0]


def test_a_missing_z_keeps_the_position_and_a_jump_reverses_it() -> None:
    nan = math.nan
    assert signal_path([nan, 2.5, nan, 1.0, -2.5, nan, 2.5], 2.0, 0.5).tolist() == [0, -1, -1, -1, 1, 1, -1]


def test_a_negative_exit_waits_for_the_other_side() -> None:
    assert signal_path([2.0, 0.0, -0.4, -0.5], 2.0, -0.5).tolist() == [-1, -1, -1, 0]


@given(z=scores, cut=st.integers(0, 60), start=st.sampled_from([-1, 0, 1]))
def test_a_path_goes_on_from_any_bar(z: list[float], cut: int, start: Literal[-1, 0, 1]) -> None:
    whole = signal_path(z, 2.0, 0.5, start)
    head = signal_path(z[:cut], 2.0, 0.5, start)
    position: Literal[-1, 0, 1] = start
    for score in z[:cut]:
        position = signal_step(position, score, entry=2.0, exit=0.5)
    tail = signal_path(z[cut:], 2.0, 0.5, position)
    assert whole.tolist() == [*head.tolist(), *tail.tolist()]
    assert whole.dtype == np.int8


@given(z=scores, exit=st.sampled_from([0.5, 0.0, -0.5, -1.9]), start=st.sampled_from([-1, 0, 1]))
def test_a_path_is_its_steps_one_by_one(z: list[float], exit: float, start: Literal[-1, 0, 1]) -> None:
    stepped, position = [], start
    for score in z:
        position = signal_step(position, score, entry=2.0, exit=exit)
        stepped.append(position)
    assert signal_path(z, 2.0, exit, start).tolist() == stepped


@given(z=scores)
def test_mirrored_scores_give_mirrored_positions(z: list[float]) -> None:
    mirrored = signal_path([-one for one in z], 2.0, 0.5)
    assert mirrored.tolist() == (-signal_path(z, 2.0, 0.5)).tolist()


@pytest.mark.parametrize(
    ("entry", "exit", "start"),
    [(0, 0, 0), (-2, 0, 0), (math.nan, 0, 0), (2, 2, 0), (2, -2, 0), (2, math.nan, 0), (2, 0, 3)],
)
def test_impossible_levels_are_refused(entry: float, exit: float, start: Literal[-1, 0, 1]) -> None:
    with pytest.raises(InvalidOption):
        signal_path([0.0], entry, exit, start)


def test_a_spread_is_what_the_hedge_leaves() -> None:
    y, x = np.array([5.0, 7.0, math.nan]), np.array([2.0, 3.0, 4.0])
    np.testing.assert_array_equal(spread(y, x, alpha=1.0, beta=2.0), [0.0, 0.0, math.nan])
    moving = spread(y, x, alpha=[0.0, 1.0, 2.0], beta=[1.0, 2.0, 3.0])
    np.testing.assert_array_equal(moving, [3.0, 0.0, math.nan])
    legs = np.column_stack([x, x * x])
    np.testing.assert_array_equal(spread(y, legs, alpha=0.0, beta=[1.0, 0.5]), [1.0, -0.5, math.nan])


def test_a_spread_of_parts_that_do_not_fit_is_refused() -> None:
    y = x = np.arange(3.0)
    with pytest.raises(LengthMismatch):
        spread(y, x[1:], alpha=0.0, beta=1.0)
    with pytest.raises(WrongShape, match="beta"):
        spread(y, x, alpha=0.0, beta=[1.0, 2.0])
    with pytest.raises(WrongShape, match="alpha"):
        spread(y, x, alpha=[0.0, 1.0], beta=1.0)
