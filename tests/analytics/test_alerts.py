"""Alert rules as state machines: what must hold whatever the values are, and what each setting does."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.alerts import AlertEvent, AlertState, EventKind, Level, Side, ThresholdRule
from analytics.errors import InvalidOption
from analytics.signal import signal_path

FIRED, CLEARED = EventKind.FIRED, EventKind.CLEARED
values = st.lists(st.one_of(st.floats(-5, 5), st.just(math.nan)), max_size=80)
lengths = st.integers(0, 8)
rules = st.builds(
    lambda side, far, near, *lengths: ThresholdRule(
        *((-far, -near) if side is Side.BELOW else (far, near)), side, *lengths
    ),
    st.sampled_from(Side),
    st.floats(1.5, 3.0),
    st.floats(-1.0, 1.0),
    lengths,
    lengths,
    lengths,
)


def events(rule: ThresholdRule, path: list[float], state: AlertState | None = None) -> list[AlertEvent]:
    """What happens on a path of values, one a millisecond."""
    state, seen = state or AlertState(), []
    for time_ms, value in enumerate(path):
        state, new = rule.step(state, value, time_ms)
        seen += new
    return seen


def told(rule: ThresholdRule, path: list[float]) -> list[tuple[EventKind, Level, int]]:
    return [(one.kind, one.level, one.time_ms) for one in events(rule, path)]


@given(rule=rules, path=values)
def test_fires_and_clears_take_turns(rule: ThresholdRule, path: list[float]) -> None:
    seen = events(rule, path)
    for first, second in pairwise(seen):
        assert first.kind is not second.kind
        assert first.time_ms <= second.time_ms
        if second.kind is CLEARED:
            assert first.level is second.level
    assert not seen or seen[0].kind is FIRED


@given(rule=rules, path=values)
def test_nothing_fires_within_a_cooldown(rule: ThresholdRule, path: list[float]) -> None:
    fired = [one.time_ms for one in events(rule, path) if one.kind is FIRED]
    assert all(second - first >= rule.cooldown_ms for first, second in pairwise(fired))


@given(rule=rules, path=values)
def test_it_fires_only_where_the_value_has_been_beyond_for_as_long_as_pending(
    rule: ThresholdRule, path: list[float]
) -> None:
    def beyond(value: float, level: Level) -> bool:
        high = rule.fire if level is Level.ABOVE or rule.side is Side.BELOW else -rule.fire
        return value >= high if level is Level.ABOVE else value <= high

    for one in events(rule, path):
        if one.kind is FIRED:
            span = [value for value in path[one.time_ms - rule.pending_ms : one.time_ms + 1] if not math.isnan(value)]
            assert span
            assert all(beyond(value, one.level) for value in span)
            assert beyond(one.value, one.level)


@given(rule=rules, path=values)
def test_it_clears_only_where_the_value_is_back_or_on_the_other_side(rule: ThresholdRule, path: list[float]) -> None:
    for one in events(rule, path):
        if one.kind is CLEARED:
            back = rule.clear if rule.side is not Side.EITHER or one.level is Level.ABOVE else -rule.clear
            assert one.value <= back if one.level is Level.ABOVE else one.value >= back


@given(rule=rules, path=values, again=st.data())
def test_bars_met_twice_change_nothing(rule: ThresholdRule, path: list[float], again: st.DataObject) -> None:
    state, seen = AlertState(), []
    for time_ms, value in enumerate(path):
        state, new = rule.step(state, value, time_ms)
        seen += new
        earlier = again.draw(st.integers(0, time_ms))
        assert rule.step(state, path[earlier], earlier) == (state, ())
    assert seen == events(rule, path)


@given(rule=rules, path=values, cut=st.integers(0, 80))
def test_a_path_goes_on_from_any_state_as_it_is_written_down(rule: ThresholdRule, path: list[float], cut: int) -> None:
    state, seen = AlertState(), []
    for time_ms, value in enumerate(path):
        if time_ms == cut:
            level, since, as_of, breach, *rest = state
            state = AlertState(Level(level.value), since, as_of, Level(breach.value), *rest)
        state, new = rule.step(state, value, time_ms)
        seen += new
    assert seen == events(rule, path)


@given(path=values)
def test_the_plain_rule_is_above_where_the_signal_is_short_and_below_where_it_is_long(path: list[float]) -> None:
    position = {Level.IDLE: 0, Level.ABOVE: -1, Level.BELOW: 1}
    state, passed = AlertState(), []
    for time_ms, value in enumerate(path):
        state, _ = ThresholdRule(fire=2.0, clear=0.5).step(state, value, time_ms)
        passed.append(position[state.level])
    assert passed == signal_path(path, 2.0, 0.5).tolist()


@given(rule=rules, path=values)
def test_a_mirrored_rule_says_the_mirrored(rule: ThresholdRule, path: list[float]) -> None:
    other = {Level.ABOVE: Level.BELOW, Level.BELOW: Level.ABOVE}
    lengths = (rule.pending_ms, rule.cooldown_ms, rule.keep_ms)
    mirrored = (
        rule
        if rule.side is Side.EITHER
        else ThresholdRule(-rule.fire, -rule.clear, Side.BELOW if rule.side is Side.ABOVE else Side.ABOVE, *lengths)
    )
    seen = told(mirrored, [-value for value in path])
    assert seen == [(kind, other[level], time_ms) for kind, level, time_ms in told(rule, path)]


def test_an_alert_fires_once_until_it_has_cleared() -> None:
    assert told(ThresholdRule(fire=2.0, clear=0.5), [0.0, 2.1, 1.0, 2.5, 0.6, 0.5, 2.0, -3.0, -0.5]) == [
        (FIRED, Level.ABOVE, 1),
        (CLEARED, Level.ABOVE, 5),
        (FIRED, Level.ABOVE, 6),
        (CLEARED, Level.ABOVE, 7),
        (FIRED, Level.BELOW, 7),
        (CLEARED, Level.BELOW, 8),
    ]


def test_a_rule_of_one_side_does_not_see_the_other() -> None:
    assert told(ThresholdRule(0.5, 0.7, Side.BELOW), [0.9, 0.5, 0.6, -3.0, 0.7, 0.4]) == [
        (FIRED, Level.BELOW, 1),
        (CLEARED, Level.BELOW, 4),
        (FIRED, Level.BELOW, 5),
    ]
    assert told(ThresholdRule(-1.0, -2.0, Side.ABOVE), [-3.0, -1.0, -1.5, -2.0]) == [
        (FIRED, Level.ABOVE, 1),
        (CLEARED, Level.ABOVE, 3),
    ]


def test_a_breach_shorter_than_pending_is_forgotten() -> None:
    rule = ThresholdRule(2.0, 0.5, pending_ms=2)
    assert told(rule, [2.1, 2.2, 1.9, 2.1, math.nan, 2.3]) == [(FIRED, Level.ABOVE, 5)]


def test_a_breach_that_outlasts_the_cooldown_fires_then() -> None:
    rule = ThresholdRule(2.0, 0.5, cooldown_ms=5)
    assert told(rule, [2.1, 0.0, 2.1, 2.1, 2.1, 2.1, 0.0]) == [
        (FIRED, Level.ABOVE, 0),
        (CLEARED, Level.ABOVE, 1),
        (FIRED, Level.ABOVE, 5),
        (CLEARED, Level.ABOVE, 6),
    ]


def test_a_short_return_does_not_clear_a_rule_that_keeps_firing() -> None:
    rule = ThresholdRule(2.0, 0.5, keep_ms=2)
    assert told(rule, [2.1, 0.1, 0.6, 0.2, 0.3, 0.4]) == [(FIRED, Level.ABOVE, 0), (CLEARED, Level.ABOVE, 5)]


def test_a_missing_value_keeps_the_level() -> None:
    rule = ThresholdRule(fire=2.0, clear=0.5)
    state, _ = rule.step(AlertState(), 3.0, 1)
    state, new = rule.step(state, math.nan, 2)
    assert new == ()
    assert state == AlertState(Level.ABOVE, since_ms=1, as_of_ms=2, fired_ms=1)


@pytest.mark.parametrize(("fire", "clear"), [(0, 0), (-1, 0), (math.inf, 0), (2, 2), (2, -2), (2, math.nan)])
def test_impossible_levels_are_refused(fire: float, clear: float) -> None:
    with pytest.raises(InvalidOption):
        ThresholdRule(fire=fire, clear=clear)


@pytest.mark.parametrize(
    ("fire", "clear", "side"),
    [(1.0, 1.0, Side.ABOVE), (1.0, -math.inf, Side.ABOVE), (1.0, 0.5, Side.BELOW), (math.nan, 1.0, Side.BELOW)],
)
def test_impossible_levels_of_one_side_are_refused(fire: float, clear: float, side: Side) -> None:
    with pytest.raises(InvalidOption):
        ThresholdRule(fire, clear, side)


@pytest.mark.parametrize("name", ["pending_ms", "cooldown_ms", "keep_ms"])
def test_negative_lengths_are_refused(name: str) -> None:
    with pytest.raises(InvalidOption, match=name):
        ThresholdRule(2.0, 0.5, **{name: -1})
