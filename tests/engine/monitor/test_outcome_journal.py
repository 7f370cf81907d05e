"""What followed each alert is written once, when it is over."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.desk.desk import Desk
from engine.desk.types import RuleKind, RuleWords
from engine.monitor.journal import Journal
from engine.monitor.judge import Judge
from engine.monitor.outcome_journal import OutcomeJournal
from engine.parameters import Method, PairParameters
from engine.snapshot import Snapshot
from store.sql.errors import DatabaseUnavailable
from store.sql.outcomes import UNKNOWN, OutcomeRecord, read_endings, read_outcomes
from tests.engine.monitor.rows_of_z import snapshot_of_z
from tests.tools.rules import last_rule

PAIR = PairParameters("sim:BTCUSDT", "sim:ETHUSDT", window=10)
MINUTE = PAIR.timeframe.ms
Z = [0.0, 2.5, 3.0, 0.4, -2.5, -2.2, *[-2.1] * 12, 2.4, 2.0]


def snapshot(bars: int, *, first: int = 0) -> Snapshot:
    made = snapshot_of_z(PAIR, Z[first:bars], first_bar=first)
    rows = made.rows
    rows["x"], rows["beta"] = 100.0, 1.0
    rows["y"] = 100.0 * np.exp(rows["z"] * 1e-3)
    return made


class Market:
    """Bars that come, judged and journaled as the monitor does."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.shot = desk, snapshot(1)
        self._journal = Journal(desk, lambda: 1)
        self._journal.load()
        self.now_ms, self.asked = 77, 0
        self.outcomes = OutcomeJournal(desk, self._snapshot, lambda: self.now_ms)

    def _snapshot(self, _pair: PairParameters) -> Snapshot:
        self.asked += 1
        return self.shot

    def show(self, bars: int, *, first: int = 0) -> int:
        """Bars that the loop judges; how many outcomes are written."""
        self.shot = snapshot(bars, first=first)
        for rule in self.desk.rule_records():
            state = self._journal.state(rule.id)
            judge = Judge(rule, PAIR, state, self.desk.settings_history(), epoch="e", written_ms=1)
            judgement = judge.bars(self.shot)
            self._journal.take([] if judgement is None else [judgement])
        self.outcomes.run()  # takes up what is new to the log
        self.outcomes.offer(self.shot)
        return self.round()

    def round(self) -> int:
        before = len(self.found())
        self.outcomes.run()
        return len(self.found()) - before

    def found(self) -> dict[int, OutcomeRecord]:
        """By the number of the alert's bar."""
        alerts = {alert.id: alert.open_time_ms // MINUTE for alert in self.desk.alerts()}
        with self.desk.database.read() as connection:
            return {alerts[key]: each for key, each in read_outcomes(connection, alerts).items()}


@pytest.fixture
def market(desk: Desk) -> Market:
    desk.change_settings(min_correlation=0.0, effective_ms=0)
    desk.watch(PAIR, effective_ms=0)
    return Market(desk)


def test_an_outcome_is_written_when_z_came_back_and_once(market: Market) -> None:
    assert [market.show(bars) for bars in (2, 3, 4, 4)] == [0, 0, 1, 0]
    (bar, outcome), *rest = market.found().items()
    assert (bar, rest) == (1, [])
    assert outcome._replace(alert_id=0)[:3] == (0, "reverted", 2)
    np.testing.assert_allclose(outcome[3:6], (21.0, 5.0, 21.0), rtol=1e-9)
    assert outcome.written_ms == 77


def test_what_has_not_come_back_is_written_at_the_horizon(market: Market) -> None:
    for bars in range(2, 15):
        market.show(bars)
    assert set(market.found()) == {1}
    market.show(15)  # ten bars after the fifth
    assert market.found()[4].ending == "not reverted"
    rule = market.desk.rules()[0]
    with market.desk.database.read() as connection:
        assert read_endings(connection) == {rule.id: {"reverted": 1, "not reverted": 1}}


def test_of_bars_that_are_gone_nobody_knows_what_followed(market: Market) -> None:
    market.show(3)
    assert market.show(12, first=6) == 1
    assert market.found()[1].ending == UNKNOWN


def test_rules_whose_alert_is_no_position_have_no_outcome(market: Market, desk: Desk) -> None:
    desk.add_rule(PAIR, RuleKind.CORRELATION, RuleWords(fire=0.5, clear=0.7), effective_ms=0)
    market.shot = snapshot(4)
    market.show(4)
    assert {each.ending for each in market.found().values()} == {"reverted"}


def test_no_snapshot_is_made_of_a_pair_that_the_loop_judges(market: Market) -> None:
    for bars in range(2, 16):
        market.show(bars)
    assert len(market.found()) == 2
    assert market.asked == 0


def test_a_pair_that_nobody_judges_any_more_is_looked_at_by_itself(market: Market) -> None:
    market.show(2)
    market.shot = snapshot(4)
    market.now_ms += 59_999 + 2 * MINUTE
    assert (market.round(), market.asked) == (0, 0)
    market.now_ms += 1
    assert (market.round(), market.asked) == (1, 1)
    assert market.found()[1].ending == "reverted"
    market.now_ms += 600_000
    assert (market.round(), market.asked) == (0, 1), "nothing waits any more"


def test_what_does_not_end_within_a_day_of_its_horizon_is_given_up(market: Market) -> None:
    market.show(2)
    written_ms = market.desk.alerts()[0].written_ms
    market.now_ms = written_ms + PAIR.window * MINUTE + 86_400_000 - 1
    assert market.round() == 0
    market.now_ms += 60_001 + 2 * MINUTE
    assert market.round() == 1
    assert market.found()[1].ending == UNKNOWN


def test_rounds_end_after_their_slice_and_no_pair_is_forgotten(market: Market, desk: Desk) -> None:
    pairs = [replace(PAIR, z_window=10 + number) for number in range(5)]
    journal = Journal(desk, lambda: 1)
    for pair in pairs:
        desk.watch(pair, effective_ms=0)
    shots = [replace(snapshot(4), parameters=pair) for pair in pairs]
    for rule in desk.rule_records():
        shot = next((each for each in shots if each.parameters.key == rule.pair.pair_key), None)
        if shot is not None:
            judged = Judge(rule, shot.parameters, None, desk.settings_history(), epoch="e", written_ms=1).bars(shot)
            journal.take([] if judged is None else [judged])
    outcomes = OutcomeJournal(desk, lambda _: market.shot, lambda: 77, slice_s=0.0)
    outcomes.run()
    for shot in shots:
        outcomes.offer(shot)
    assert [outcomes.run() for _ in pairs] == [True, True, True, True, False]
    with desk.database.read() as connection:
        assert sum(each["reverted"] for each in read_endings(connection).values()) == len(pairs)


def test_a_write_that_fails_is_made_up_for(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    market.show(3)

    def fails(*_: object) -> None:
        raise DatabaseUnavailable("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("engine.monitor.outcome_journal.append_outcome", fails)
        with pytest.raises(DatabaseUnavailable):
            market.show(4)
    assert market.found() == {}
    assert market.show(4) == 1


def test_a_hindsight_has_no_outcomes(market: Market, desk: Desk) -> None:
    hindsight = replace(PAIR, method=Method.OLS)
    desk.watch(hindsight, effective_ms=0)
    rule = last_rule(desk)
    shot = replace(snapshot(2), parameters=hindsight)
    judged = Judge(rule, hindsight, None, desk.settings_history(), epoch="e", written_ms=1).bars(shot)
    assert judged is not None
    Journal(desk, lambda: 1).take([judged])
    assert len(desk.alerts()) == 1
    market.shot = replace(snapshot(20), parameters=hindsight)
    for _ in range(3):
        market.now_ms += 10 * 86_400_000
        market.outcomes.offer(market.shot)
        assert market.round() == 0
