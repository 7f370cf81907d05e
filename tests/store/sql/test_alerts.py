"""The log of alerts and the states of rules."""

from __future__ import annotations

import math

import pytest
from sqlalchemy.exc import IntegrityError

from store.sql.alerts import (
    AlertRecord,
    acknowledge_alert,
    append_alert,
    count_unacknowledged,
    read_alert,
    read_alerts,
    read_last_alerts,
)
from store.sql.database import Database
from store.sql.pairs import PairRecord
from store.sql.rules import LevelRecord, append_rule
from store.sql.states import StateRecord, read_states, replace_state

PAIR = PairRecord("sim:A|sim:B", "sim:A", "sim:B", {"timeframe": "1m"})
OTHER = PairRecord("sim:C|sim:D", "sim:C", "sim:D", {"timeframe": "1m"})


def _rule(database: Database, pair: PairRecord = PAIR) -> int:
    with database.write() as connection:
        level = LevelRecord(0, None, None, True)
        return append_rule(connection, pair, kind="z", origin="user", created_ms=1, level=level)


def _alert(rule_id: int, bar_ms: int, event: str = "above", pair: PairRecord = PAIR) -> AlertRecord:
    return AlertRecord(rule_id, pair, "z", event, bar_ms, bar_ms + 60_000, 2.5, 2.5, 0.1, 0.9, math.nan, 2.0, 0.5, 7)


def test_the_same_event_at_the_same_bar_is_kept_once(database: Database) -> None:
    rule_id = _rule(database)
    with database.write() as connection:
        assert append_alert(connection, _alert(rule_id, 60_000))
        assert not append_alert(connection, _alert(rule_id, 60_000)._replace(z=9.0))
        assert append_alert(connection, _alert(rule_id, 60_000, "clear"))
    with database.read() as connection:
        assert [alert.z for alert in read_alerts(connection, limit=10, events=["above"])] == [2.5]


def test_a_number_that_is_not_known_comes_back_as_none(database: Database) -> None:
    rule_id = _rule(database)
    with database.write() as connection:
        append_alert(connection, _alert(rule_id, 60_000))
    with database.read() as connection:
        (alert,) = read_alerts(connection, limit=10)
    assert alert.correlation is None
    assert alert._replace(id=0, correlation=math.nan).pair == PAIR


def test_an_alert_of_no_rule_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as connection:
        append_alert(connection, _alert(404, 60_000))


def test_pages_of_the_log_meet_without_overlap_though_bars_were_written_late(database: Database) -> None:
    rule_id = _rule(database)
    bars = [5, 1, 4, 2, 3]
    with database.write() as connection:
        for bar in bars:
            append_alert(connection, _alert(rule_id, bar * 60_000))
    seen: list[int] = []
    before = None
    with database.read() as connection:
        while page := read_alerts(connection, limit=2, before=before):
            seen += [alert.bar_ms // 60_000 for alert in page]
            before = page[-1].id
        newer = read_alerts(connection, limit=10, after=page[0].id if page else 3)
        assert read_alerts(connection, limit=10, before=10_000) == ()
    assert seen == [5, 4, 3, 2, 1]
    assert sorted(alert.bar_ms // 60_000 for alert in newer) == [2, 3]


def test_the_order_of_the_log_does_not_depend_on_when_its_alerts_were_written(database: Database) -> None:
    first, second = _rule(database), _rule(database, OTHER)
    newest = [(2, second, "clear"), (2, second, "below"), (2, first, "above")]
    wanted = [*newest, (1, second, "above"), (1, first, "above")]
    written = [wanted[place] for place in (1, 3, 0, 2, 4)]
    with database.write() as connection:
        for bar, rule_id, event in written:
            append_alert(connection, _alert(rule_id, bar * 60_000, event))
    with database.read() as connection:
        whole = read_alerts(connection, limit=10)
        paged, before = [], None
        while page := read_alerts(connection, limit=1, before=before):
            paged += page
            before = page[-1].id
        last = read_last_alerts(connection)
    assert [(alert.bar_ms // 60_000, alert.rule_id, alert.event) for alert in whole] == wanted
    assert tuple(paged) == whole
    assert [alert.id for alert in last] == [whole[0].id]


def test_the_log_is_filtered_by_pair_legs_and_time(database: Database) -> None:
    first, second = _rule(database), _rule(database, OTHER)
    with database.write() as connection:
        append_alert(connection, _alert(first, 60_000))
        append_alert(connection, _alert(first, 120_000))
        append_alert(connection, _alert(second, 60_000, pair=OTHER))
    with database.read() as connection:
        assert len(read_alerts(connection, limit=10, pair_key=OTHER.pair_key)) == 1
        assert len(read_alerts(connection, limit=10, legs=("sim:A", "sim:B"))) == 2
        assert len(read_alerts(connection, limit=10, since_ms=180_000)) == 1
        last = {alert.pair.pair_key: alert.bar_ms for alert in read_last_alerts(connection)}
    assert last == {PAIR.pair_key: 120_000, OTHER.pair_key: 60_000}


def test_the_first_to_acknowledge_stands(database: Database) -> None:
    rule_id = _rule(database)
    with database.write() as connection:
        append_alert(connection, _alert(rule_id, 60_000))
        append_alert(connection, _alert(rule_id, 120_000, "clear"))
        (alert,) = read_alerts(connection, limit=10, events=["above"])
        assert count_unacknowledged(connection, ["above"]) == 1
        assert acknowledge_alert(connection, alert.id, at_ms=8, by="Ann", note="seen")
        assert not acknowledge_alert(connection, alert.id, at_ms=9, by="Ben", note="")
        assert count_unacknowledged(connection, ["above"]) == 0
        known = read_alert(connection, alert.id)
    assert known is not None
    assert (known.acknowledged_ms, known.acknowledged_by, known.note) == (8, "Ann", "seen")


def test_a_state_moves_on_only_from_where_it_was(database: Database) -> None:
    rule_id = _rule(database)
    one, two, three = (StateRecord("idle", bar_ms, "e") for bar_ms in (1, 2, 3))
    with database.write() as connection:
        assert replace_state(connection, rule_id, None, one, 0)
        assert not replace_state(connection, rule_id, None, two, 0)
        assert replace_state(connection, rule_id, one, two, 0)
        assert not replace_state(connection, rule_id, one, three, 0)
        assert not replace_state(connection, rule_id, two._replace(epoch="f"), three, 0)
        assert read_states(connection) == {rule_id: two}
