"""Deliveries, targets and silences on both kinds of database."""

from __future__ import annotations

from itertools import pairwise

import pytest
from sqlalchemy.exc import IntegrityError

from store.sql.alerts import AlertRecord, append_alert
from store.sql.database import Database
from store.sql.deliveries import (
    FAILED,
    GIVEN_UP,
    SENT,
    append_deliveries,
    append_test,
    assign_message,
    give_up,
    mark_failed,
    mark_sent,
    read_deliveries,
    read_heads,
    read_queues,
)
from store.sql.pairs import PairRecord
from store.sql.rules import LevelRecord, append_rule
from store.sql.silences import SilenceRecord, append_silence, end_silence, read_silences, read_silences_until
from store.sql.targets import (
    Secret,
    TargetRecord,
    append_target,
    delete_target,
    read_rule_targets,
    read_targets,
    replace_rule_targets,
    replace_target,
)

PAIR = PairRecord("sim:A|sim:B", "sim:A", "sim:B", {"timeframe": "1m"})
OTHER = PairRecord("sim:C|sim:D", "sim:C", "sim:D", {"timeframe": "1m"})


def _rule(database: Database, pair: PairRecord = PAIR) -> int:
    with database.write() as connection:
        level = LevelRecord(0, None, None, True)
        return append_rule(connection, pair, kind="z", origin="user", created_ms=1, level=level)


def _target(database: Database, *, everything: bool = True) -> int:
    with database.write() as connection:
        record = TargetRecord("t", Secret("json://h/secret"), "json://h/…", everything, 20, None, 5)
        return append_target(connection, record)


def _alert(database: Database, rule_id: int, bar_ms: int) -> AlertRecord:
    alert = AlertRecord(rule_id, PAIR, "z", "above", bar_ms, bar_ms + 60_000, 2.5, 2.5, 0.1, 0.9, 0.8, 2.0, 0.5, 7)
    with database.write() as connection:
        assert append_alert(connection, alert)
        append_deliveries(connection, alert, 1_700_000_000_000)
    return alert


def _wanted(database: Database) -> list[tuple[int | None, int]]:
    with database.read() as connection:
        return [(row.alert_id, row.target_id) for row in read_heads(connection, 50)]


def test_an_alert_goes_to_the_targets_of_its_rule_or_to_those_for_everything(database: Database) -> None:
    plain, named = _rule(database), _rule(database)
    everything, own, gone = _target(database), _target(database, everything=False), _target(database)
    with database.write() as connection:
        replace_rule_targets(connection, named, [own, own])
        assert delete_target(connection, gone, 9)
        assert read_rule_targets(connection) == {named: (own,)}
    _alert(database, plain, 0)
    _alert(database, named, 0)
    assert _wanted(database) == [(1, everything), (2, own)]
    with database.read() as connection:
        (row, *_) = read_heads(connection, 50)
        assert (row.due_ms, row.created_ms, row.state, row.message) == (
            1_700_000_000_000,
            1_700_000_000_000,
            "waiting",
            None,
        )


def test_heads_are_tests_then_what_was_tried_then_the_oldest_and_no_more_than_asked_for(database: Database) -> None:
    rule_id, target_id = _rule(database), _target(database)
    for number in range(5):
        _alert(database, rule_id, number * 60_000)
    with database.write() as connection:
        test = append_test(connection, target_id, "m-test", 3)
        assert assign_message(connection, [3], "m-3")
        assert not assign_message(connection, [2, 3], "m-4")
        heads = read_heads(connection, 4)
    assert [row.id for row in heads] == [test.id, 3, 1, 2]
    assert [row.message for row in heads] == ["m-test", "m-3", None, None]


def test_a_message_fails_is_sent_and_stays_sent(database: Database) -> None:
    rule_id, target_id = _rule(database), _target(database)
    for number in range(3):
        _alert(database, rule_id, number * 60_000)
    with database.write() as connection:
        assert assign_message(connection, [1, 2], "m")
        mark_failed(connection, "m", state=FAILED, due_ms=77, error="no")
        assert [(row.attempts, row.due_ms, row.error) for row in read_heads(connection, 9)][:2] == [(1, 77, "no")] * 2
        mark_sent(connection, "m", 99)
        mark_failed(connection, "m", state=FAILED, due_ms=78, error="late word of another")
        assert [row.id for row in read_heads(connection, 9)] == [3]
        assert give_up(connection, error="gone", target_id=target_id) == 1
        log = read_deliveries(connection, limit=2)
        log += read_deliveries(connection, limit=2, before=log[-1][0].id, target_id=target_id)
    assert [(row.id, row.state, row.attempts, row.sent_ms, name) for row, name in log] == [
        (3, GIVEN_UP, 0, None, "t"),
        (2, SENT, 2, 99, "t"),
        (1, SENT, 2, 99, "t"),
    ]


def test_what_is_old_is_given_up_and_nothing_else(database: Database) -> None:
    _target(database)
    _alert(database, _rule(database), 0)
    with database.write() as connection:
        assert give_up(connection, error="old", before_ms=1_700_000_000_000) == 0
        assert give_up(connection, error="old", before_ms=1_700_000_000_001) == 1


def test_a_deleted_target_keeps_its_name_and_loses_its_address(database: Database) -> None:
    target_id = _target(database)
    with database.write() as connection:
        (target,) = read_targets(connection)
        assert target.url.reveal() == "json://h/secret"
        assert "secret" not in repr(target)
        assert replace_target(connection, target._replace(name="u", per_minute=3))
        assert read_targets(connection) == (target._replace(name="u", per_minute=3),)
        assert delete_target(connection, target_id, 9)
        assert not delete_target(connection, target_id, 9)
        assert not replace_target(connection, target)
        assert read_targets(connection) == ()
        assert "secret" not in str(connection.exec_driver_sql("SELECT * FROM targets").all())


def test_an_error_of_the_database_does_not_tell_what_was_to_be_written(database: Database) -> None:
    target = TargetRecord("t", Secret("json://h/secret"), "json://h/…", True, 20, None, 5)
    with pytest.raises(IntegrityError) as refused, database.write() as connection:
        append_target(connection, target._replace(shown=None))  # type: ignore[arg-type]
    told = str(refused.value).partition("DETAIL")[0]  # there PostgreSQL shows the row: keep such rows from it
    assert "secret" not in told


def test_silences_cover_a_rule_or_a_pair_from_a_time_until_another(database: Database) -> None:
    rule_id, other_id = _rule(database), _rule(database, OTHER)
    with database.write() as connection:
        of_rule = SilenceRecord(rule_id, None, 100, 200, "Ann", "", 1)
        of_pair = SilenceRecord(None, OTHER, 100, 300, "", "roll", 2)
        ids = [append_silence(connection, silence) for silence in (of_rule, of_pair)]
        kept = [silence._replace(id=number) for silence, number in zip((of_rule, of_pair), ids, strict=True)]
        assert read_silences(connection, 9) == (kept[1], kept[0])
        assert read_silences_until(connection, 200) == (kept[1],)
    alert = AlertRecord(rule_id, PAIR, "z", "above", 0, 100, 0, 0, 0, 0, 0, 0, 0, 0)
    assert [kept[0].covers(alert._replace(at_ms=at_ms)) for at_ms in (99, 100, 199, 200)] == [False, True, True, False]
    elsewhere = alert._replace(rule_id=other_id, pair=OTHER)
    assert [silence.covers(elsewhere) for silence in kept] == [False, True]
    assert [silence.covers(alert) for silence in kept] == [True, False]
    with database.write() as connection:
        assert end_silence(connection, ids[1], 150)
        assert end_silence(connection, ids[1], 400)
        assert not end_silence(connection, 99, 150)
        ends = [silence.until_ms for silence in read_silences(connection, 9)]
    assert ends == [150, 200]
    assert all(later > earlier for earlier, later in pairwise(ids))


def test_how_each_target_stands_is_told_by_one_question(database: Database) -> None:
    good, dead, lost, new, gone = (_target(database) for _ in range(5))
    rule_id = _rule(database)
    for number in range(3):
        _alert(database, rule_id, number * 60_000)
    with database.write() as connection:
        ids = {
            target_id: [row.id for row in read_heads(connection, 9) if row.target_id == target_id]
            for target_id in (good, dead, lost)
        }
        for target_id, count in ((good, 2), (dead, 2), (lost, 3)):
            for number, delivery_id in enumerate(ids[target_id][:count]):
                assert assign_message(connection, [delivery_id], f"{target_id}-{number}")
        mark_sent(connection, f"{good}-0", 50)
        mark_sent(connection, f"{good}-1", 60)
        mark_sent(connection, f"{dead}-0", 55)
        mark_failed(connection, f"{dead}-1", state=FAILED, due_ms=70, error="refused")
        mark_failed(connection, f"{lost}-0", state=GIVEN_UP, due_ms=70, error="first")
        mark_sent(connection, f"{lost}-1", 58)
        mark_failed(connection, f"{lost}-2", state=GIVEN_UP, due_ms=70, error="last")
        give_up(connection, error="none", target_id=new)
        delete_target(connection, gone, 9)
        queues = {each.target_id: each[1:] for each in read_queues(connection)}
        made = 1_700_000_000_000
        assert queues == {
            good: (1, 60, None, None, None, None),
            dead: (2, 55, made, "refused", None, None),
            lost: (0, 58, None, None, made, "last"),
            new: (0, None, None, None, made, "none"),
        }
        append_test(connection, lost, "t", 100)
        mark_sent(connection, "t", 110)
        assert next(each for each in read_queues(connection) if each.target_id == lost) == (
            lost, 0, 110, None, None, None, None,
        )  # fmt: skip
        failed = read_deliveries(connection, limit=9, state=FAILED)
        assert [(row.target_id, row.error) for row, _name in failed] == [(dead, "refused")]
