"""Request weights stay within the venue's budget, by an injected clock."""

from __future__ import annotations

from ingest.live.budget import WeightBudget


def test_a_spent_budget_waits_for_the_next_minute() -> None:
    budget = WeightBudget(100)
    for _ in range(4):
        assert budget.wait_s(10.0, 20) == 0.0
        budget.spend(10.0, 20)
    assert budget.wait_s(30.0, 20) == 40.0
    assert budget.wait_s(70.0, 20) == 0.0


def test_the_venues_own_count_is_believed_when_higher() -> None:
    budget = WeightBudget(100)
    budget.spend(0.0, 1)
    budget.said(0.0, 79)
    assert budget.wait_s(0.0, 5) == 60.0


def test_a_block_holds_however_little_was_used() -> None:
    budget = WeightBudget(100)
    budget.block(5.0, 12.0)
    assert budget.wait_s(6.0, 1) == 11.0
    assert budget.wait_s(17.0, 1) == 0.0
