"""The life of a pair as a state machine: what must hold whatever befalls it, and what moves it where."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.stage_facts import read_facts, write_facts
from engine.stages import BY_HAND, Cause, Change, Event, Family, Life, Order, Stage, refusal

COOLING_MS = 5
SIGNAL, BREAK = Family.SIGNAL, Family.BREAK
WATCHED = Event.decided(0, Stage.WATCHED)


def _event(at_ms: int, what: int, rule_id: int) -> Event:
    if what < len(Stage):
        return Event.decided(at_ms, [*Stage][what])
    made = (Event.cleared, Event.rule_ended)
    if what < len(Stage) + 2:
        return made[what - len(Stage)](at_ms, rule_id)
    return Event.fired(at_ms, rule_id, SIGNAL if rule_id < 3 else BREAK)


events = st.builds(_event, st.integers(0, 40), st.integers(0, 12), st.integers(1, 5))
paths = st.lists(events, max_size=40, unique_by=lambda event: event.order).map(
    lambda path: sorted(path, key=lambda event: event.order)
)


def follow(path: list[Event], life: Life | None = None) -> tuple[Life, list[Change]]:
    life = life or Life()
    seen: list[Change] = []
    for event in path:
        life, changes = life.after(event, cooling_ms=COOLING_MS)
        seen += changes
    return life, seen


def told(*path: Event, until_ms: int | None = None) -> list[tuple[str, int]]:
    """Stage and time of every change, in a life that began as watched."""
    life, seen = follow([WATCHED, *path])
    if until_ms is not None:
        seen += life.until(until_ms).changes
    return [(change.stage.value, change.at_ms) for change in seen]


@given(path=paths)
def test_changes_ascend_and_end_where_the_life_stands(path: list[Event]) -> None:
    life, seen = follow(path)
    assert all(first.at_ms <= second.at_ms for first, second in pairwise(seen))
    assert (seen[-1].stage if seen else Stage.REMOVED) is life.stage


@given(path=paths)
def test_only_decisions_and_ended_rules_are_told_without_a_change_of_stage(path: list[Event]) -> None:
    before = Stage.REMOVED
    for change in follow(path)[1]:
        alone = change.event is None or change.event.cause is Cause.ALERT
        assert not alone or change.stage is not before
        before = change.stage


@given(path=paths, cut=st.integers(0, 40))
def test_a_life_written_down_goes_on_as_if_nothing_had_been(path: list[Event], cut: int) -> None:
    life, first = follow(path[:cut])
    ended, second = follow(path[cut:], read_facts(write_facts(life)))
    whole = follow(path)
    assert (ended, first + second) == whole


@given(path=paths, looks=st.lists(st.integers(0, 50), max_size=10))
def test_when_somebody_looks_changes_nothing(path: list[Event], looks: list[int]) -> None:
    """Whether the clock is asked between two events or not, the same changes come at the same times."""
    life = Life()
    seen: list[Change] = []
    for place, event in enumerate(path):
        previous = path[place - 1].at_ms if place else 0
        for look in sorted(looks):
            if previous <= look < event.at_ms:
                life, changes = life.until(look)
                seen += changes
        life, changes = life.after(event, cooling_ms=COOLING_MS)
        seen += changes
    plain = follow(path)[1]
    assert [(one.stage, one.at_ms, one.event) for one in seen] == [(one.stage, one.at_ms, one.event) for one in plain]


@given(path=paths)
def test_a_pair_cools_down_for_exactly_as_long_unless_something_befalls_it(path: list[Event]) -> None:
    life, seen = follow(path)
    seen += life.until(1_000).changes
    for first, second in pairwise(seen):
        if second.event is None:
            assert first.stage is Stage.COOLING
            assert second.at_ms - first.at_ms <= COOLING_MS
            assert second.stage in (Stage.WATCHED, Stage.CANDIDATE, Stage.ACTIVE)
        if first.stage is Stage.COOLING and second.stage in (Stage.ACTIVE, Stage.CANDIDATE):
            assert second.event is None or second.event.cause is Cause.HAND


@given(path=paths)
def test_nothing_but_a_decision_begins_a_life_or_ends_one(path: list[Event]) -> None:
    alerts = [event for event in path if event.cause is not Cause.HAND]
    assert follow(alerts)[0].stage is Stage.REMOVED
    assert follow(alerts)[1] == []
    assert follow([WATCHED._replace(at_ms=-1), *alerts])[0].stage is not Stage.REMOVED


@given(path=paths)
def test_a_break_that_stands_is_a_broken_pair(path: list[Event]) -> None:
    life, _ = follow(path)
    assert (life.stage is Stage.BROKEN) == bool(life.begun and (life.breaks or life.marked))
    assert not (life.stage is Stage.BROKEN and life.until_ms is not None)


def test_signals_make_a_pair_active_until_the_last_of_them_clears() -> None:
    path = [Event.fired(1, 1, SIGNAL), Event.fired(2, 2, SIGNAL), Event.cleared(3, 1), Event.cleared(4, 2)]
    assert told(*path) == [("watched", 0), ("active", 1), ("watched", 4)]


def test_a_break_goes_before_a_signal_and_cools_down_after_it_cleared() -> None:
    path = [Event.fired(1, 1, SIGNAL), Event.fired(2, 4, BREAK), Event.cleared(3, 1), Event.cleared(6, 4)]
    assert told(*path) == [("watched", 0), ("active", 1), ("broken", 2), ("cooling down", 6)]
    assert told(*path, until_ms=10) == told(*path)
    assert told(*path, until_ms=11) == [*told(*path), ("watched", 11)]


def test_a_signal_that_stands_when_it_has_cooled_down_makes_it_active() -> None:
    path = [Event.fired(2, 4, BREAK), Event.cleared(6, 4), Event.fired(7, 1, SIGNAL)]
    assert told(*path, until_ms=20)[-1] == ("active", 11)


def test_another_break_while_it_cools_down_begins_anew() -> None:
    path = [Event.fired(1, 4, BREAK), Event.cleared(2, 4), Event.fired(3, 5, BREAK), Event.cleared(9, 5)]
    assert told(*path, until_ms=20)[2:] == [("cooling down", 2), ("broken", 3), ("cooling down", 9), ("watched", 14)]


def test_a_candidate_stays_one_until_somebody_decides() -> None:
    begin = Event.decided(0, Stage.CANDIDATE)
    _, seen = follow([begin, Event.fired(1, 1, SIGNAL), Event.cleared(2, 1), Event.decided(3, Stage.WATCHED)])
    assert [change.stage.value for change in seen] == ["candidate", "active", "candidate", "watched"]


def test_somebody_may_say_that_a_break_is_over_and_end_the_cooling() -> None:
    path = [Event.fired(1, 4, BREAK), Event.decided(2, Stage.COOLING), Event.decided(3, Stage.WATCHED)]
    assert told(*path) == [("watched", 0), ("broken", 1), ("cooling down", 2), ("watched", 3)]


def test_a_pair_called_broken_stays_so_whatever_clears() -> None:
    path = [Event.decided(1, Stage.BROKEN), Event.fired(2, 4, BREAK), Event.cleared(3, 4)]
    assert told(*path, until_ms=100) == [("watched", 0), ("broken", 1)]


def test_a_decision_made_before_a_break_was_known_does_not_hide_it() -> None:
    begin = Event.decided(0, Stage.CANDIDATE)
    life, _ = follow([begin, Event.fired(1, 4, BREAK), Event.decided(2, Stage.WATCHED)])
    assert (life.stage, life.decided) == (Stage.BROKEN, True)


def test_what_a_rule_said_ends_with_it() -> None:
    assert told(Event.fired(1, 4, BREAK), Event.rule_ended(2, 4)) == [
        ("watched", 0), ("broken", 1), ("cooling down", 2),
    ]  # fmt: skip


def test_another_life_begins_with_nothing_of_the_one_before() -> None:
    path = [Event.fired(1, 4, BREAK), Event.decided(2, Stage.REMOVED), Event.decided(3, Stage.WATCHED)]
    assert told(*path)[2:] == [("removed", 2), ("watched", 3)]


@pytest.mark.parametrize("now", Stage)
@pytest.mark.parametrize("asked", Stage)
def test_what_may_be_decided_has_no_refusal_and_all_else_says_what_to_do(now: Stage, asked: Stage) -> None:
    words = refusal(now, asked)
    assert bool(words) == (asked not in BY_HAND[now])
    assert words == words.strip()
    assert not words.endswith(".")


@pytest.mark.parametrize(
    ("now", "asked", "words"),
    [
        (Stage.WATCHED, Stage.ACTIVE, "only a signal"),
        (Stage.BROKEN, Stage.WATCHED, "a pair that is broken can be set to cooling down"),
        (Stage.WATCHED, Stage.WATCHED, "watched already"),
        (Stage.WATCHED, Stage.REMOVED, "off the watchlist"),
        (Stage.REMOVED, Stage.BROKEN, "add it to the watchlist first"),
    ],
)
def test_refusals_in_words(now: Stage, asked: Stage, words: str) -> None:
    assert words in refusal(now, asked)


def test_decisions_come_before_the_alerts_of_their_bar() -> None:
    assert Event.decided(1, Stage.BROKEN).order < Event.cleared(1, 1).order < Event.cleared(2, 1).order
    assert Order() < Event.decided(0, Stage.WATCHED).order
