"""The slow tests in the monitor: whatever the method of a view, they see the history of its legs."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from redis import Redis

from engine.desk.base import now_ms
from engine.desk.desk import Desk
from engine.desk.types import RuleKind, RuleWords
from engine.diagnosis import last_due_ms, load_diagnosis
from engine.monitor.bell import Bell, legs_of
from engine.monitor.evaluation import Evaluation
from engine.monitor.journal import Journal, Judgement
from engine.monitor.slow_tests import SlowTests
from engine.parameters import PairParameters, parse_parameters
from engine.snapshot import Snapshot
from store.sql.errors import DatabaseUnavailable
from tests.engine.pair_data import X, Y, append_bars, made_legs, reader_of, register


def view(method: str) -> PairParameters:
    return parse_parameters(Y, X, {"method": method, "beta": "0.8"} if method == "fixed" else {"method": method})


@pytest.mark.parametrize("method", ["rolling", "kalman", "ols", "tls", "fixed"])
def test_the_tests_run_on_the_history_of_the_legs_by_every_method(client: Redis, method: str) -> None:
    legs = made_legs(900, gaps=False)
    register(client, Y, X)
    append_bars(client, Y, legs.y)
    append_bars(client, X, legs.x)
    reader = reader_of(client, history_bars=900)
    tests = SlowTests(client, reader.snapshot)
    p = view(method)
    tests.offer(reader.snapshot(p))
    tests.finish()
    diagnosis = load_diagnosis(client, p)
    assert diagnosis is not None
    assert diagnosis.bars == 720
    assert diagnosis.passed
    assert len(diagnosis.refits) == 12


@pytest.mark.parametrize("ruled", [True, False])
def test_a_pair_without_rules_is_read_when_its_tests_are_due_and_not_at_every_bar(
    client: Redis, desk: Desk, ruled: bool
) -> None:
    legs, p, read = made_legs(220, gaps=False), view("rolling"), []
    register(client, Y, X)
    append_bars(client, Y, legs.y[:200])
    append_bars(client, X, legs.x[:200])
    if ruled:
        desk.add_rule(p)
    reader, bell = reader_of(client), Bell(client)
    bell.follow(legs_of(p))
    tests = SlowTests(client, reader.snapshot)

    def snapshot_of(asked: PairParameters) -> Snapshot:
        read.append(asked.key)
        return reader.snapshot(asked)

    evaluation = Evaluation(desk, Journal(desk, now_ms), bell, snapshot_of, tests, clock_ms=now_ms)
    evaluation.follow([p])
    for y, x in zip(legs.y[200:], legs.x[200:], strict=True):
        append_bars(client, Y, [y])
        append_bars(client, X, [x])
        while bell.ready_ms(p) != y.open_time_ms:
            assert bell.wait(5_000)
        evaluation.run("epoch")
        tests.finish()
        tested = load_diagnosis(client, p)
        assert tested is not None
        assert tested.as_of_ms == last_due_ms(p, y.open_time_ms) + 60_000
    tests.close()
    assert len(read) == (20 if ruled else len({last_due_ms(p, bar.open_time_ms) for bar in legs.y[200:]}))


class Deaf(Journal):
    """A journal whose database is away whenever alerts are to be written, so many times."""

    away = 2

    def take(self, judgements: Iterable[Judgement]) -> int:
        judged = tuple(judgements)
        if any(judgement.alerts for judgement in judged) and self.away:
            self.away -= 1
            raise DatabaseUnavailable("away")
        return super().take(judged)


def test_what_the_tests_found_waits_for_a_database_that_is_away_and_every_due_bar_has_its_turn(
    client: Redis, desk: Desk
) -> None:
    legs, p = made_legs(220, gaps=False), view("rolling")
    register(client, Y, X)
    append_bars(client, Y, legs.y)
    append_bars(client, X, legs.x)
    always, never = RuleWords(1e-9, 0.0), RuleWords(1.0, 0.5)
    rules = [desk.add_rule(p, RuleKind.STATIONARITY, words, effective_ms=0) for words in (always, never)]
    reader, bell, journal = reader_of(client), Bell(client), Deaf(desk, now_ms)
    bell.follow(legs_of(p))
    journal.load()
    tests = SlowTests(client, reader.snapshot)
    evaluation = Evaluation(desk, journal, bell, reader.snapshot, tests, clock_ms=now_ms)
    evaluation.follow([p])
    last_ms = last_due_ms(p, legs.y[-1].open_time_ms)
    refused = 0
    for _ in range(200):  # no bar comes: the tests catch up by themselves
        try:
            evaluation.run("epoch")
        except DatabaseUnavailable:
            refused += 1
        tests.finish()
    tests.close()
    states = [journal.state(rule.id) for rule in rules]
    assert [None if state is None else state.bar_ms for state in states] == [last_ms, last_ms]
    assert refused == 2
    assert len(desk.alerts()) == 1
