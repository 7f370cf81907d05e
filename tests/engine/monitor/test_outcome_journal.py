"""What followed each alert is written once, when it is over."""

from __future__ import annotations

import numpy as np
import pytest

from engine.desk.desk import Desk
from engine.desk.types import RuleKind, RuleWords
from engine.monitor.journal import Journal
from engine.monitor.judge import Judge
from engine.monitor.outcome_journal import OutcomeJournal
from engine.parameters import PairParameters
from engine.snapshot import Snapshot
from store.sql.outcomes import UNKNOWN, OutcomeRecord, count_endings, read_outcomes
from tests.engine.monitor.rows_of_z import snapshot_of_z

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
        self.outcomes = OutcomeJournal(desk, lambda _: self.shot, lambda: 77)

    def show(self, bars: int, *, first: int = 0) -> int:
        self.shot = snapshot(bars, first=first)
        for rule in self.desk.rule_records():
            state = self._journal.state(rule.id)
            judge = Judge(rule, PAIR, state, self.desk.settings_history(), epoch="e", written_ms=1)
            judgement = judge.bars(self.shot)
            self._journal.take([] if judgement is None else [judgement])
        return self.outcomes.run()

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
        assert count_endings(connection) == {rule.id: {"reverted": 1, "not reverted": 1}}


def test_of_bars_that_are_gone_nobody_knows_what_followed(market: Market) -> None:
    market.show(3)
    assert market.show(12, first=6) == 1
    assert market.found()[1].ending == UNKNOWN


def test_rules_whose_alert_is_no_position_have_no_outcome(market: Market, desk: Desk) -> None:
    desk.add_rule(PAIR, RuleKind.CORRELATION, RuleWords(fire=0.5, clear=0.7), effective_ms=0)
    market.shot = snapshot(4)
    market.show(4)
    assert {each.ending for each in market.found().values()} == {"reverted"}
