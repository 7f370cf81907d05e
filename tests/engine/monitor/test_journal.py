"""States and alerts are written together, by one monitor at a time, each bar once."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from analytics.alerts import Level
from engine.desk.desk import Desk
from engine.desk.types import RuleWords
from engine.monitor.alert_states import read_state
from engine.monitor.journal import Journal, Judgement
from engine.monitor.judge import Judge
from engine.parameters import PairParameters
from engine.snapshot import Snapshot
from store.sql.states import read_states
from tests.engine.monitor.rows_of_z import snapshot_of_z
from tests.tools.rules import last_rule

PAIR = PairParameters("sim:BTCUSDT", "sim:ETHUSDT")
MINUTE = PAIR.timeframe.ms


def _journal(desk: Desk) -> Journal:
    journal = Journal(desk, lambda: 0)
    journal.load()
    return journal


def _judgement(desk: Desk, journal: Journal, snapshot: Snapshot) -> Judgement:
    rule = last_rule(desk)
    judge = Judge(rule, PAIR, journal.state(rule.id), desk.settings_history(), epoch="e", written_ms=1)
    found = judge.bars(snapshot)
    assert found is not None
    return found


def _standing(journal: Journal, rule_id: int) -> tuple[Level, int]:
    state = journal.state(rule_id)
    assert state is not None
    assert state.epoch == "e"
    return read_state(state.state).level, state.bar_ms


@pytest.fixture
def rule_id(desk: Desk) -> int:
    desk.watch(PAIR, effective_ms=0)
    return desk.rules()[0].id


def test_an_alert_and_the_state_behind_it_are_written_at_once(desk: Desk, rule_id: int) -> None:
    journal = _journal(desk)
    assert journal.take([_judgement(desk, journal, snapshot_of_z(PAIR, [0, 2.5]))]) == 1
    assert _standing(_journal(desk), rule_id) == (Level.ABOVE, MINUTE)
    (alert,) = desk.alerts()
    assert (alert.rule_id, alert.open_time_ms, alert.z) == (rule_id, MINUTE, 2.5)


def test_an_alert_that_cannot_be_written_leaves_the_state_where_it_was(desk: Desk, rule_id: int) -> None:
    journal = _journal(desk)
    judgement = _judgement(desk, journal, snapshot_of_z(PAIR, [0, 2.5]))
    orphan = judgement.alerts[0]._replace(rule_id=rule_id + 99, event="below")
    with pytest.raises(IntegrityError):
        journal.take([Judgement(rule_id, judgement.after, (*judgement.alerts, orphan))])
    assert (desk.alerts(), journal.state(rule_id), _journal(desk).state(rule_id)) == ((), None, None)
    assert journal.take([judgement]) == 1


def test_quiet_bars_are_written_at_the_checkpoint(desk: Desk, rule_id: int) -> None:
    journal = _journal(desk)
    assert journal.take([_judgement(desk, journal, snapshot_of_z(PAIR, [0, 1]))]) == 0
    assert _standing(journal, rule_id) == (Level.IDLE, MINUTE)
    assert _journal(desk).state(rule_id) is None
    journal.checkpoint()
    assert _standing(_journal(desk), rule_id) == (Level.IDLE, MINUTE)


def test_two_monitors_that_judge_the_same_bars_write_each_alert_once(desk: Desk, rule_id: int) -> None:
    first, second = _journal(desk), _journal(desk)
    snapshot = snapshot_of_z(PAIR, [0, 2.5, 0])
    both = [_judgement(desk, journal, snapshot) for journal in (first, second)]
    assert first.take([both[0]]) == 2
    assert second.take([both[1]]) == 0
    assert len(desk.alerts()) == 2
    assert second.state(rule_id) == first.state(rule_id)
    later = snapshot_of_z(PAIR, [0, 2.5, 0, -3])
    assert second.take([_judgement(desk, second, later)]) == 1


def test_a_monitor_that_slept_through_anothers_work_does_not_move_a_rule_back(desk: Desk, rule_id: int) -> None:
    sleeper, other = _journal(desk), _journal(desk)
    sleeper.take([_judgement(desk, sleeper, snapshot_of_z(PAIR, [0, 1]))])
    other.take([_judgement(desk, other, snapshot_of_z(PAIR, [0, 1, 2.5]))])
    sleeper.checkpoint()
    with desk.database.read() as connection:
        assert read_states(connection) == {rule_id: other.state(rule_id)}
    assert _standing(sleeper, rule_id) == (Level.ABOVE, 2 * MINUTE)


def test_alerts_of_one_write_stand_in_the_log_in_the_order_of_their_bars(desk: Desk) -> None:
    desk.watch(PAIR, effective_ms=0)
    desk.add_rule(PAIR, words=RuleWords(fire=1.0, clear=0.5), effective_ms=0)
    journal = _journal(desk)
    snapshot = snapshot_of_z(PAIR, [1.5, 0, 2.5, 0])
    settings = desk.settings_history()
    judged = [Judge(rule, PAIR, None, settings, epoch="e", written_ms=1).bars(snapshot) for rule in desk.rule_records()]
    journal.take([judgement for judgement in judged if judgement is not None])
    by_id = sorted(desk.alerts(), key=lambda alert: alert.id)
    assert [alert.open_time_ms // MINUTE for alert in by_id] == [0, 1, 2, 2, 3, 3]
