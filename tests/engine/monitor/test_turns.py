"""Whose slow tests are next, and what share of a core they take together."""

from __future__ import annotations

import math

import pytest

from engine.monitor.turns import FIRST_SHARE, SHARE, Turns


def test_first_ones_come_before_repeated_ones_and_each_in_the_order_they_came() -> None:
    turns: Turns[int] = Turns()
    for key in "ab":
        turns.offer(key, 1, first=False)
    for key in "cd":
        turns.offer(key, 2, first=True)
    turns.offer("a", 3, first=False)  # a later bar of a pair that waits keeps its place
    assert [turns.take() for _ in range(4)] == [("c", 2), ("d", 2), ("a", 3), ("b", 1)]
    with pytest.raises(KeyError):
        turns.take()


def test_a_pair_that_is_forgotten_is_a_first_one_again_and_waits_once() -> None:
    turns: Turns[int] = Turns()
    turns.offer("a", 1, first=False)
    turns.offer("a", 2, first=True)
    assert len(turns) == 1
    assert turns.take() == ("a", 2)


@pytest.mark.parametrize(("first", "share"), [(False, SHARE), (True, FIRST_SHARE)])
def test_however_many_pairs_wait_they_take_their_share_and_no_more(first: bool, share: float) -> None:
    turns: Turns[None] = Turns()
    now_s, busy_s = 0.0, 0.0
    for number in range(1_000):
        turns.offer(str(number), None, first=first)
    for number in range(1_000):
        now_s = max(now_s, turns.due_s())
        turns.take()
        cost_s = 0.1 + 0.4 * (number % 3 == 0)
        now_s, busy_s = now_s + cost_s, busy_s + cost_s
        turns.ended(now_s, cost_s)
    assert busy_s / now_s == pytest.approx(share, rel=0.01)


def test_a_single_pair_never_waits_and_nothing_is_due_while_nothing_waits() -> None:
    turns: Turns[None] = Turns()
    assert turns.due_s() == math.inf
    turns.offer("a", None, first=True)
    assert turns.due_s() == -math.inf
    turns.take()
    turns.ended(10.0, 0.6)
    turns.offer("a", None, first=False)
    assert turns.due_s() < 12.0  # tests are a minute apart
