"""Rules are judged bar by bar, once each, by the levels of the bar's own time."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analytics.alerts import Level, ThresholdRule
from analytics.signal import signal_path
from engine.desk.records import pair_record
from engine.desk.types import Settings
from engine.monitor.alert_states import read_state
from engine.monitor.journal import Judgement
from engine.monitor.judge import Judge
from engine.monitor.levels import Levels, levels_at
from engine.parameters import Method, PairParameters
from engine.rules.kinds import KINDS, RuleKind
from engine.snapshot import Snapshot
from store.sql.rules import LevelRecord, RuleRecord
from store.sql.states import StateRecord
from tests.engine.monitor.rows_of_z import snapshot_of_z

PAIR = PairParameters("sim:BTCUSDT", "sim:ETHUSDT")
REPLAYED = PairParameters("replay:BTCUSDT", "replay:ETHUSDT")
ALWAYS = LevelRecord(0, 2.0, 0.5, True)
ANY_CORRELATION = (Settings(min_correlation=0.0),)
MINUTE = PAIR.timeframe.ms
Z = KINDS[RuleKind.Z]

scores = st.lists(st.one_of(st.floats(-4, 4), st.just(math.nan)), min_size=1, max_size=60)


def _rule(*levels: LevelRecord, pair: PairParameters = PAIR) -> RuleRecord:
    return RuleRecord(7, pair_record(pair), "z", "user", 0, levels or (ALWAYS,))


def _judge(
    snapshot: Snapshot,
    state: StateRecord | None = None,
    *,
    rule: RuleRecord | None = None,
    settings: tuple[Settings, ...] = ANY_CORRELATION,
    epoch: str = "e",
) -> Judgement | None:
    judge = Judge(rule or _rule(), snapshot.parameters, state, settings, epoch=epoch, written_ms=1)
    return judge.bars(snapshot)


def _events(judgement: Judgement | None) -> list[tuple[str, int]]:
    assert judgement is not None
    return [(alert.event, alert.bar_ms // MINUTE) for alert in judgement.alerts]


def test_it_fires_far_out_and_clears_near_the_middle() -> None:
    judgement = _judge(snapshot_of_z(PAIR, [0.0, 2.1, 2.5, 1.0, 0.5, -1.9, -2.0, 3.0, math.nan, 0.0]))
    assert _events(judgement) == [
        ("above", 1), ("clear", 4), ("below", 6), ("clear", 7), ("above", 7), ("clear", 9),
    ]  # fmt: skip
    assert judgement is not None
    assert judgement.after.bar_ms == 9 * MINUTE
    assert read_state(judgement.after.state).level is Level.IDLE
    first = judgement.alerts[0]
    assert (first.at_ms, first.z, first.fire, first.clear) == (2 * MINUTE, 2.1, 2.0, 0.5)


def test_nothing_new_is_no_judgement() -> None:
    snapshot = snapshot_of_z(PAIR, [0.0, 3.0])
    assert _judge(snapshot, StateRecord("above", MINUTE, "e")) is None
    assert _judge(snapshot_of_z(PAIR, [])) is None


@given(scores, st.data())
def test_alerts_are_the_same_however_the_bars_arrive_and_wherever_it_restarts(
    z: list[float], data: st.DataObject
) -> None:
    whole = _judge(snapshot_of_z(PAIR, z))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(z)))) | {len(z)})
    state: StateRecord | None = None
    alerts = []
    for stop in cuts:
        kept_from = data.draw(st.integers(0, max(0, (state.bar_ms // MINUTE if state else -1) + 1)))
        part = _judge(snapshot_of_z(PAIR, z[kept_from:stop], first_bar=kept_from), state)
        if part is not None:
            state = part.after
            alerts += part.alerts
    assert whole is not None
    assert [alert[2:6] for alert in alerts] == [alert[2:6] for alert in whole.alerts]
    assert state == whole.after


@given(scores)
def test_alerts_agree_with_the_signal_shown_on_the_page(z: list[float]) -> None:
    signal = signal_path(np.array(z), 2.0, 0.5)
    said = {0: 0}
    for event, bar in _events(_judge(snapshot_of_z(PAIR, z))):
        said[bar] = {"above": -1, "below": 1, "clear": 0}[event]
    shown = 0
    for bar, position in enumerate(signal.tolist()):
        shown = said.get(bar, shown)
        assert shown == position


@given(scores)
def test_the_same_event_never_comes_twice_in_a_row(z: list[float]) -> None:
    events = [event for event, _ in _events(_judge(snapshot_of_z(PAIR, z)))]
    assert all(a != b for a, b in pairwise(events))
    assert events[:1] != ["clear"]


def test_legs_that_do_not_move_together_clear_but_do_not_fire() -> None:
    settings = (Settings(min_correlation=0.7),)
    together = [0.2, 0.2, 0.9, 0.2, 0.2, math.nan, -0.9]
    snapshot = snapshot_of_z(PAIR, [2.5, -2.5, 2.5, 2.2, -2.5, -2.5, -2.5], correlation=together)
    assert _events(_judge(snapshot, settings=settings)) == [("above", 2), ("clear", 4), ("below", 6)]


def test_a_rule_judges_bars_from_its_own_time_on_by_the_words_then_in_force() -> None:
    levels = (
        LevelRecord(3 * MINUTE, 2.0, 0.5, True),  # the bar that opens at 2 closes at 3
        LevelRecord(6 * MINUTE, 3.0, 0.5, True),
        LevelRecord(8 * MINUTE, 3.0, 0.5, False),
    )
    snapshot = snapshot_of_z(PAIR, [9, 9, 2.5, 0, 0, 2.5, 3.5, 0, 0])
    assert _events(_judge(snapshot, rule=_rule(*levels))) == [("above", 2), ("clear", 3), ("above", 6)]


def test_levels_follow_the_settings_where_the_rule_says_nothing() -> None:
    settings = (Settings(entry=3.0, exit=1.0, effective_ms=10), Settings(entry=4.0, exit=2.0, effective_ms=20))
    follows = (LevelRecord(0, None, None, True),)
    for close_ms, fire, clear in ((5, 2.0, 0.5), (10, 3.0, 1.0), (25, 4.0, 2.0)):
        assert levels_at(Z, follows, settings, close_ms, MINUTE) == Levels(ThresholdRule(fire, clear), 0.7)
    own = levels_at(Z, (LevelRecord(0, 1.5, None, True),), settings, 25, MINUTE)
    assert own is not None
    assert 1.4 < own.rule.clear < own.rule.fire == 1.5


def test_a_later_word_replaces_one_that_would_begin_after_it() -> None:
    levels = (LevelRecord(50, 9.0, None, True), LevelRecord(20, 4.0, None, True))
    found = levels_at(Z, levels, (), 60, MINUTE)
    assert found is not None
    assert found.rule.fire == 4.0


def test_a_recording_that_plays_again_is_judged_from_its_start() -> None:
    snapshot = snapshot_of_z(REPLAYED, [0, 2.5, 0, 2.5])
    rule = _rule(pair=REPLAYED)
    again = _judge(snapshot, StateRecord("above", 3 * MINUTE, "e"), rule=rule, epoch="f")
    assert _events(again) == [("above", 1), ("clear", 2), ("above", 3)]
    assert _judge(snapshot, StateRecord("above", 3 * MINUTE, "e"), rule=rule) is None


def test_a_store_that_was_emptied_does_not_repeat_what_was_judged() -> None:
    snapshot = snapshot_of_z(PAIR, [2.5, 0, 2.5])
    assert _events(_judge(snapshot, StateRecord("idle", MINUTE, "e"), epoch="f")) == [("above", 2)]


def test_a_fit_in_hindsight_signals_by_its_last_bar_only() -> None:
    hindsight = replace(PAIR, method=Method.OLS)
    snapshot = snapshot_of_z(hindsight, [2.5, 0, 2.5])
    assert _events(_judge(snapshot, rule=_rule(pair=hindsight))) == [("above", 2)]
