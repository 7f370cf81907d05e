"""Rules by tests and by the clock; waiting, cooling down, a correlation of a rule's own."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from engine.desk.records import pair_record
from engine.desk.types import Settings
from engine.diagnosis import Confidence, Diagnosis, Verdict
from engine.monitor.journal import Judgement
from engine.monitor.judge import Judge
from engine.parameters import PairParameters
from engine.rules.kinds import RuleKind
from store.sql.rules import LevelRecord, RuleRecord
from store.sql.states import StateRecord
from tests.engine.monitor.rows_of_z import snapshot_of_z

PAIR = PairParameters("sim:BTCUSDT", "sim:ETHUSDT")
MINUTE = PAIR.timeframe.ms
PERIOD = 5  # bars from one run of the tests to the next


def judge(
    kind: RuleKind, word: LevelRecord, state: StateRecord | None = None, settings: tuple[Settings, ...] = ()
) -> Judge:
    rule = RuleRecord(7, pair_record(PAIR), kind.value, "user", 0, (word,))
    return Judge(rule, PAIR, state, settings or (Settings(min_correlation=0.0),), epoch="e", written_ms=1)


def told(judgement: Judgement | None) -> list[tuple[str, int]]:
    return [] if judgement is None else [(alert.event, alert.bar_ms // MINUTE) for alert in judgement.alerts]


def diagnosis(bar: int, p_value: float | None) -> Diagnosis:
    return Diagnosis(
        as_of_ms=(bar + 1) * MINUTE,
        generation=0,
        bars=100,
        verdict=Verdict.DOUBTFUL,
        because="",
        p_value=p_value,
        confidence=Confidence.LOW,
        sure_because=(),
        watch=(),
        findings=(),
        refits=(),
    )


def test_a_rule_on_the_tests_judges_each_of_their_bars_once() -> None:
    snapshot = snapshot_of_z(PAIR, [0.0] * 30)
    now = judge(RuleKind.STATIONARITY, LevelRecord(0, None, None))
    seen = []
    for bar, p in ((4, 0.01), (9, 0.2), (9, 0.2), (14, 0.07), (19, None), (24, 0.04), (14, 0.9)):
        judgement = now.tests(diagnosis(bar, p), snapshot)
        seen += told(judgement)
        now = now if judgement is None else replace(now, state=judgement.after)
    assert seen == [("above", 9), ("clear", 24)]


def test_the_alert_of_a_test_carries_the_numbers_of_its_bar() -> None:
    snapshot = snapshot_of_z(PAIR, [0.1 * bar for bar in range(12)])
    judgement = judge(RuleKind.STATIONARITY, LevelRecord(0, None, None)).tests(diagnosis(9, 0.2), snapshot)
    assert judgement is not None
    (alert,) = judgement.alerts
    assert (alert.kind, alert.value, alert.fire, alert.clear) == ("stationarity risk", 0.2, 0.10, 0.05)
    assert alert.z == pytest.approx(0.9)


def test_tests_that_rules_wait_for_are_due_in_their_turn() -> None:
    snapshot = snapshot_of_z(PAIR, [0.0] * 23, first_bar=2)  # bars 2 to 24: the tests run at 4, 9, 14, 19, 24
    word = LevelRecord(0, None, None)
    assert judge(RuleKind.BREAK, word).next_test_ms(snapshot) == 4 * MINUTE
    for judged, following in ((4, 9), (6, 9), (9, 14), (23, 24)):
        state = StateRecord("idle", judged * MINUTE, "e")
        assert judge(RuleKind.BREAK, word, state).next_test_ms(snapshot) == following * MINUTE
    assert judge(RuleKind.BREAK, word, StateRecord("idle", 24 * MINUTE, "e")).next_test_ms(snapshot) is None
    later = LevelRecord(16 * MINUTE, None, None)  # judges bars that close at 16 or after
    assert judge(RuleKind.BREAK, later).next_test_ms(snapshot) == 19 * MINUTE


def test_no_data_fires_by_the_clock_and_clears_with_the_next_bar() -> None:
    word = LevelRecord(0, None, None)
    now = judge(RuleKind.NO_DATA, word, StateRecord("idle", 9 * MINUTE, "e"))
    assert told(now.clock(10 * MINUTE, 13 * MINUTE - 1)) == []
    quiet = now.clock(10 * MINUTE, 15 * MINUTE)  # the bar of minute 10 closed at 11; three bars' time passed at 14
    assert told(quiet) == [("above", 13)]
    assert quiet is not None
    again = replace(now, state=quiet.after)
    assert told(again.clock(10 * MINUTE, 15 * MINUTE)) == []
    assert told(again.clock(15 * MINUTE, 16 * MINUTE)) == [("clear", 15)]


@pytest.mark.parametrize("looks", [[15.0], [13.4, 14.0, 14.9, 15.0], [12.0, 12.5, 13.0, 13.5, 14.0, 14.5, 15.0]])
def test_no_data_says_the_same_however_often_the_clock_is_looked_at(looks: list[float]) -> None:
    now = judge(RuleKind.NO_DATA, LevelRecord(0, None, None), StateRecord("idle", 9 * MINUTE, "e"))
    seen = []
    for look in looks:
        judgement = now.clock(10 * MINUTE, round(look * MINUTE))
        seen += told(judgement)
        now = now if judgement is None else replace(now, state=judgement.after)
    assert seen == [("above", 13)]


def test_lengths_are_bars_of_the_pair() -> None:
    z = [2.5, 0.0, 2.5, 2.5, 2.5, 0.0, 2.5, 2.5, 2.5]
    waits = LevelRecord(0, 2.0, 0.5, pending_bars=2)
    assert told(judge(RuleKind.Z, waits).bars(snapshot_of_z(PAIR, z))) == [("above", 4), ("clear", 5), ("above", 8)]
    cools = LevelRecord(0, 2.0, 0.5, cooldown_bars=4)
    assert told(judge(RuleKind.Z, cools).bars(snapshot_of_z(PAIR, z))) == [
        ("above", 0), ("clear", 1), ("above", 4), ("clear", 5), ("above", 8),
    ]  # fmt: skip
    keeps = LevelRecord(0, 2.0, 0.5, keep_bars=1)
    assert told(judge(RuleKind.Z, keeps).bars(snapshot_of_z(PAIR, z))) == [("above", 0)]


def test_a_correlation_of_its_own_holds_a_rule_back() -> None:
    snapshot = snapshot_of_z(PAIR, [2.5, 2.5, 2.5], correlation=[0.2, 0.6, 0.8])
    assert told(judge(RuleKind.Z, LevelRecord(0, None, None, min_correlation=0.5)).bars(snapshot)) == [("above", 1)]
    assert told(judge(RuleKind.Z, LevelRecord(0, None, None, min_correlation=0.0)).bars(snapshot)) == [("above", 0)]
    settings = (Settings(min_correlation=0.7),)
    assert told(judge(RuleKind.Z, LevelRecord(0, None, None), settings=settings).bars(snapshot)) == [("above", 2)]
    breakdown = judge(RuleKind.CORRELATION, LevelRecord(0, None, None), settings=settings).bars(snapshot)
    assert told(breakdown) == [("below", 0), ("clear", 2)]


def test_one_side_is_gated_on_its_side() -> None:
    snapshot = snapshot_of_z(PAIR, [-2.5, -2.5, 0.0], correlation=[0.2, 0.9, math.nan])
    below = judge(RuleKind.Z_BELOW, LevelRecord(0, None, None), settings=(Settings(min_correlation=0.7),))
    assert told(below.bars(snapshot)) == [("below", 1), ("clear", 2)]
