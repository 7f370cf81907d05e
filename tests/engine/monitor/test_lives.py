"""What alerts and bars do to the lives of pairs in the database: each change once, in the alert's own transaction."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from redis import Redis
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from engine.desk.desk import Desk, open_desk
from engine.desk.records import pair_record
from engine.desk.stages import PairStage
from engine.desk.types import RuleKind, RuleWords
from engine.errors import NotFound, ParameterError
from engine.monitor.bell import Bell, legs_of
from engine.monitor.journal import Journal, Judgement
from engine.monitor.judge import Judge
from engine.monitor.stages import Cooling, record_alerts
from engine.parameters import PairParameters
from engine.stages import Stage
from store import keys
from store.bars import Bar, Source
from store.sql.alerts import AlertRecord, append_alert
from store.sql.states import StateRecord
from tests.engine.monitor.rows_of_z import snapshot_of_z
from tests.engine.pair_data import append_bars
from tests.tools.rules import last_rule

PAIR = PairParameters("sim:BTCUSDT", "sim:ETHUSDT", window=10)
MINUTE = PAIR.timeframe.ms
COOLING = PAIR.window * MINUTE


def _journal(desk: Desk) -> Journal:
    journal = Journal(desk, lambda: 5)
    journal.load()
    return journal


def _alert(rule_id: int, kind: RuleKind, said: str, close: int, pair: PairParameters = PAIR) -> AlertRecord:
    return AlertRecord(
        rule_id=rule_id,
        pair=pair_record(pair),
        kind=kind.value,
        event=said,
        bar_ms=(close - 1) * MINUTE,
        at_ms=close * MINUTE,
        value=0.004,
        z=2.5,
        spread=1.0,
        beta=1.0,
        correlation=0.9,
        fire=0.01,
        clear=0.05,
        written_ms=1,
    )


def _take(journal: Journal, *alerts: AlertRecord) -> int:
    """As if each alert's rule had judged the bar of it."""
    judged = [
        Judgement(alert.rule_id, StateRecord(alert.event, alert.bar_ms, "e"), (alert,))
        for alert in alerts
    ]  # fmt: skip
    return journal.take(judged)


def _path(desk: Desk, pair: PairParameters = PAIR) -> list[tuple[str, int]]:
    """Stage and bar of every change, the first first."""
    return [(each.stage.value, each.at_ms // MINUTE) for each in reversed(desk.stage_history(pair=pair))]


def _rules(desk: Desk, pair: PairParameters = PAIR) -> tuple[int, int]:
    """The pair is watched from the start: its z rule, and one on breaks."""
    desk.watch(pair, effective_ms=0, by="Ann", reason="both follow the market")
    made = desk.add_rule(pair, RuleKind.BREAK, RuleWords(), effective_ms=0)
    (z_rule,) = (rule.id for rule in desk.rules() if rule.parameters == pair and rule.kind is RuleKind.Z)
    return z_rule, made.id


@pytest.fixture
def rules(desk: Desk) -> tuple[int, int]:
    return _rules(desk)


def test_a_life_begins_with_who_added_the_pair_and_why_and_ends_with_its_removal(desk: Desk) -> None:
    watched = desk.watch(PAIR, effective_ms=0, by=" Ann ", reason="both follow the market")
    desk.watch(PAIR, effective_ms=0, by="Bob", reason="again")
    desk.unwatch(watched.id, by="Bob", reason="too thin")
    last, first = desk.stage_history(pair=PAIR)
    assert (first.stage, first.at_ms, first.by, first.reason) == (Stage.WATCHED, 0, "Ann", "both follow the market")
    assert (last.stage, last.by, last.reason) == (Stage.REMOVED, "Bob", "too thin")
    assert desk.stage(PAIR) is None
    desk.watch(PAIR, stage=Stage.CANDIDATE, by="Ann", reason="thicker now")
    assert [each.stage.value for each in desk.stage_history(pair=PAIR)] == ["candidate", "removed", "watched"]


def test_the_pairs_of_a_fresh_board_are_candidates(desk: Desk) -> None:
    desk.watch_once(PAIR, effective_ms=0)
    stage = desk.stage(PAIR)
    assert stage is not None
    assert (stage.stage, stage.by) == (Stage.CANDIDATE, "")
    assert "fresh board" in stage.reason


def test_an_alert_on_z_moves_the_pair_with_its_words(desk: Desk) -> None:
    desk.watch(PAIR, effective_ms=0)
    journal = _journal(desk)
    rule = last_rule(desk)
    judge = Judge(rule, PAIR, None, desk.settings_history(), epoch="e", written_ms=1)
    judged = judge.bars(snapshot_of_z(PAIR, [0, 2.5, 1, -3, 0]))
    assert judged is not None
    assert journal.take([judged]) == 4
    assert _path(desk) == [("watched", 0), ("active", 2), ("watched", 5)]
    active = desk.stage_history(pair=PAIR)[1]
    assert (active.reason, active.by, active.cause.value) == ("z: 2.5 (above 2)", "", "alert")


def test_a_jump_is_told_at_its_bar_though_z_is_held_back(desk: Desk) -> None:
    desk.watch(PAIR, effective_ms=0)
    bars = PAIR.window + 60
    z, correlation = np.zeros(bars), np.full(bars, 0.9)
    z[-1], correlation[-1] = 6.0, 0.3  # as a jump of one leg leaves them
    snapshot, settings = snapshot_of_z(PAIR, z, correlation=correlation), desk.settings_history()
    snapshot.rows["spread"] = np.cumsum(np.random.default_rng(5).normal(0.0, 1e-4, bars))
    snapshot.rows["spread"][-1] += 0.02
    judged = [Judge(rule, PAIR, None, settings, epoch="e", written_ms=1).bars(snapshot) for rule in desk.rule_records()]
    _journal(desk).take([each for each in judged if each is not None])
    told = [(alert.kind, alert.event) for alert in desk.alerts(since_ms=bars * PAIR.timeframe.ms)]
    assert told == [(RuleKind.VOLATILITY, "above")]


def test_an_alert_that_cannot_be_written_moves_nothing(desk: Desk, rules: tuple[int, int]) -> None:
    journal = _journal(desk)
    orphan = _alert(99, RuleKind.GAP, "above", 3)
    with pytest.raises(IntegrityError):
        _take(journal, _alert(rules[1], RuleKind.BREAK, "below", 2), orphan)
    assert (desk.alerts(), _path(desk)) == ((), [("watched", 0)])


def test_stage_and_alert_are_there_together_or_not_at_all(desk: Desk, rules: tuple[int, int]) -> None:
    """A write that fails after the alert's, at the stage's own statement, takes the alert with it."""
    engine = desk.database._engine

    def fail(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("INSERT INTO pair_stages"):
            raise KeyboardInterrupt

    event.listen(engine, "before_cursor_execute", fail)
    with pytest.raises(KeyboardInterrupt):
        _take(_journal(desk), _alert(rules[1], RuleKind.BREAK, "below", 2))
    event.remove(engine, "before_cursor_execute", fail)
    assert (desk.alerts(), _path(desk)) == ((), [("watched", 0)])
    _take(_journal(desk), _alert(rules[1], RuleKind.BREAK, "below", 2))
    assert _path(desk) == [("watched", 0), ("broken", 2)]


def test_a_bar_judged_again_by_another_monitor_or_after_a_restart_changes_nothing(
    desk: Desk, rules: tuple[int, int]
) -> None:
    first, second = _journal(desk), _journal(desk)
    broke = _alert(rules[1], RuleKind.BREAK, "below", 2)
    assert (_take(first, broke), _take(second, broke), _take(_journal(desk), broke)) == (1, 0, 0)
    assert _path(desk) == [("watched", 0), ("broken", 2)]


@pytest.mark.parametrize("kind", [RuleKind.BREAK, RuleKind.STATIONARITY, RuleKind.CORRELATION])
def test_kinds_that_break_a_pair(desk: Desk, kind: RuleKind) -> None:
    desk.watch(PAIR, effective_ms=0)
    rule = desk.add_rule(PAIR, kind, RuleWords(pending_bars=1), effective_ms=0)
    _take(_journal(desk), _alert(rule.id, kind, "above", 2))
    assert _path(desk)[-1] == ("broken", 2)


@pytest.mark.parametrize("kind", [RuleKind.GAP, RuleKind.NO_DATA, RuleKind.VOLATILITY, RuleKind.BETA_DRIFT])
def test_kinds_that_move_nothing(desk: Desk, kind: RuleKind) -> None:
    desk.watch(PAIR, effective_ms=0)
    rule = desk.add_rule(PAIR, kind, RuleWords(pending_bars=1), effective_ms=0)
    _take(_journal(desk), _alert(rule.id, kind, "above", 2))
    assert _path(desk) == [("watched", 0)]


def test_alerts_of_a_pair_that_is_not_watched_move_nothing(desk: Desk) -> None:
    rule = desk.add_rule(PAIR, RuleKind.BREAK, effective_ms=0)
    assert _take(_journal(desk), _alert(rule.id, RuleKind.BREAK, "below", 2)) == 1
    assert desk.stage_history() == ()


_STORY = (
    ("z", "above", 3), ("break", "below", 5), ("z", "clear", 6), ("break", "clear", 9), ("z", "below", 11),
    ("z", "clear", 14), ("z", "above", 22), ("break", "below", 25),
)  # fmt: skip
_LIFE = [
    ("watched", 0), ("active", 3), ("broken", 5), ("cooling down", 9), ("watched", 19), ("active", 22), ("broken", 25),
]  # fmt: skip


def test_the_life_is_the_same_in_whatever_order_and_portions_the_alerts_come(desk: Desk) -> None:
    """Each order is played on a pair of its own: another z-window, which is no part of the time it cools down."""
    dice = random.Random(7)
    for number in range(25):
        pair = replace(PAIR, z_window=20 + number)
        ids = dict(zip(("z", "break"), _rules(desk, pair), strict=True))
        kinds = {"z": RuleKind.Z, "break": RuleKind.BREAK}
        alerts = [_alert(ids[name], kinds[name], said, close, pair) for name, said, close in _STORY]
        if number:
            dice.shuffle(alerts)
        while alerts:
            portion = dice.randint(1, 3)
            _take_of_pair(desk, alerts[:portion])
            alerts = alerts[portion:]
        assert _path(desk, pair) == _LIFE, number


def _take_of_pair(desk: Desk, alerts: Sequence[AlertRecord]) -> None:
    """A rule judges several bars at once; which it has judged before is not the matter here."""
    with desk.database.write() as connection:
        record_alerts(connection, [alert for alert in alerts if append_alert(connection, alert)], 5)
    desk.changed()


def test_a_late_alert_leaves_decisions_as_they_were(desk: Desk, rules: tuple[int, int]) -> None:
    journal = _journal(desk)
    _take(journal, _alert(rules[0], RuleKind.Z, "above", 3))
    desk.set_stage(PAIR, Stage.BROKEN, by="Ann", reason="merger", effective_ms=6 * MINUTE)
    decided = desk.stage_history(pair=PAIR)[0]
    _take(journal, _alert(rules[1], RuleKind.BREAK, "below", 4))
    assert _path(desk) == [("watched", 0), ("active", 3), ("broken", 4), ("broken", 6)]
    again = desk.stage_history(pair=PAIR)[0]
    assert (again.by, again.reason, again.written_ms) == ("Ann", "merger", decided.written_ms)


def _close(client: Redis, pair: PairParameters, bars: int) -> Bell:
    """A bell that has heard so many bars of both legs close."""
    bell = Bell(client)
    for leg in legs_of(pair):
        made = (Bar(n * MINUTE, 1, 1, 1, 1, 1, 1, n, n, 1, 1, Source.TRADES, 0, 0) for n in range(bars))
        client.delete(keys.bars(leg.instrument, leg.timeframe))
        append_bars(client, leg.instrument, made, leg.timeframe)
    bell.follow(legs_of(pair))
    return bell


def test_it_has_cooled_down_at_the_close_of_its_bar_and_once(desk: Desk, rules: tuple[int, int], client: Redis) -> None:
    journal = _journal(desk)
    _take(journal, _alert(rules[1], RuleKind.BREAK, "below", 2))
    _take(journal, _alert(rules[1], RuleKind.BREAK, "clear", 4))
    stage = desk.stage(PAIR)
    assert stage is not None
    assert (stage.stage, stage.until_ms) == (Stage.COOLING, 4 * MINUTE + COOLING)
    assert Cooling(desk, _close(client, PAIR, 13), lambda: 7).run() == 0
    assert Cooling(desk, _close(client, PAIR, 0), lambda: 7).run() == 0
    bell = _close(client, PAIR, 20)
    monitors = [Cooling(desk, bell, lambda: 7) for _ in range(2)]
    assert [monitor.run() for monitor in (*monitors, *monitors)] == [1, 0, 0, 0]
    assert _path(desk)[-1] == ("watched", 14)
    last = desk.stage(PAIR)
    assert last is not None
    assert (last.cause.value, last.reason, last.by) == ("time", "10 bars after its break was over", "")


def test_an_alert_that_comes_first_finds_it_cooled_down(desk: Desk, rules: tuple[int, int], client: Redis) -> None:
    """No monitor looked meanwhile: the change has the same time as if one had."""
    journal = _journal(desk)
    _take(journal, _alert(rules[1], RuleKind.BREAK, "below", 2))
    _take(journal, _alert(rules[1], RuleKind.BREAK, "clear", 4))
    _take(journal, _alert(rules[0], RuleKind.Z, "above", 30))
    assert _path(desk)[-3:] == [("cooling down", 4), ("watched", 14), ("active", 30)]
    assert Cooling(desk, _close(client, PAIR, 40), lambda: 7).run() == 0


def test_decisions_with_a_name_and_a_reason(desk: Desk, rules: tuple[int, int], database_url: str) -> None:
    made = desk.set_stage(PAIR, Stage.BROKEN, by="Ann", reason="merger announced", effective_ms=MINUTE)
    assert isinstance(made, PairStage)
    assert (made.stage, made.by, made.reason, made.at_ms) == (Stage.BROKEN, "Ann", "merger announced", MINUTE)
    other = open_desk(database_url, desk.client)
    assert other.stage(PAIR) == made
    other.database.close()


@pytest.mark.parametrize(
    ("asked", "by", "reason", "words"),
    [
        (Stage.ACTIVE, "Ann", "because", "only a signal of its z rules"),
        (Stage.WATCHED, "Ann", "because", "watched already"),
        (Stage.COOLING, "Ann", "because", "can be set to candidate or broken"),
        (Stage.REMOVED, "Ann", "because", "off the watchlist"),
        (Stage.BROKEN, " ", "because", "give your name"),
        (Stage.BROKEN, "Ann", " ", "write a few words"),
        (Stage.BROKEN, "A" * 121, "because", "120 characters"),
        (Stage.BROKEN, "Ann", "b" * 501, "500 characters"),
        (Stage.BROKEN, "Ann", "b\x00", "plain text"),
    ],
)
@pytest.mark.usefixtures("rules")
def test_decisions_that_are_refused(desk: Desk, asked: Stage, by: str, reason: str, words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        desk.set_stage(PAIR, asked, by=by, reason=reason)
    assert _path(desk) == [("watched", 0)]


def test_a_pair_that_is_not_watched_has_no_stage_to_set(desk: Desk) -> None:
    with pytest.raises(ParameterError, match="add it to the watchlist first"):
        desk.set_stage(PAIR, Stage.BROKEN, by="Ann", reason="because")
    with pytest.raises(NotFound):
        desk.unwatch(7)


@pytest.mark.parametrize("how", ["deleted", "off"])
def test_a_rule_that_ends_takes_along_what_it_said(desk: Desk, rules: tuple[int, int], how: str) -> None:
    _take(_journal(desk), _alert(rules[1], RuleKind.BREAK, "below", 2))
    if how == "deleted":
        desk.delete_rule(rules[1])
    else:
        desk.put_rule(rules[1], RuleWords(enabled=False))
    stage = desk.stage(PAIR)
    assert stage is not None
    assert (stage.stage, stage.cause.value) == (Stage.COOLING, "rule ended")
    assert stage.reason == f"a rule whose alert stood was {'deleted' if how == 'deleted' else 'switched off'}"


def test_a_rule_that_said_nothing_ends_in_silence(desk: Desk, rules: tuple[int, int]) -> None:
    desk.delete_rule(rules[1])
    assert _path(desk) == [("watched", 0)]
