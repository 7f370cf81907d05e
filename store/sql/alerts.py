"""The log of alerts, kept for good."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, func, select, tuple_, update

from store.sql.insert import append_once
from store.sql.pairs import PairRecord, encode_pair, parse_pair
from store.sql.tables import ALERTS

_NUMBERS = ("value", "z", "spread", "beta", "correlation")
_PLACE = (ALERTS.c.at_ms, ALERTS.c.rule_id, ALERTS.c.id)
"""What orders the log. Ids alone tell when it was written; of one rule at one bar they tell what came first."""

_NEWEST_FIRST = tuple(column.desc() for column in _PLACE)


class AlertRecord(NamedTuple):
    """What a rule said at one bar: `bar_ms` is its open, `at_ms` its close, numbers are None where unknown.

    `silenced`: nobody was told. `bar_state`, `bar_missing`: how complete the bar was then, None where there was none.
    """

    rule_id: int
    pair: PairRecord
    kind: str
    event: str
    bar_ms: int
    at_ms: int
    value: float | None
    z: float | None
    spread: float | None
    beta: float | None
    correlation: float | None
    fire: float
    clear: float
    written_ms: int
    id: int = 0
    acknowledged_ms: int | None = None
    acknowledged_by: str | None = None
    note: str | None = None
    silenced: bool = False
    bar_state: str | None = None
    bar_missing: int | None = None


def append_alert(connection: Connection, alert: AlertRecord) -> bool:
    """Write an alert; False where the same event of the same rule at the same bar stands already."""
    fields = alert._asdict()
    del fields["id"], fields["pair"]
    for name in _NUMBERS:
        if fields[name] is not None and not math.isfinite(fields[name]):
            fields[name] = None
    return append_once(connection, ALERTS, {**fields, **encode_pair(alert.pair)})


def read_alerts(
    connection: Connection,
    *,
    limit: int,
    before: int | None = None,
    after: int | None = None,
    pair_key: str | None = None,
    legs: tuple[str, str] | None = None,
    rule_id: int | None = None,
    since_ms: int | None = None,
    until_ms: int | None = None,
    events: Sequence[str] | None = None,
    kinds: Sequence[str] | None = None,
    unacknowledged: bool = False,
) -> tuple[AlertRecord, ...]:
    """Newest bar first, those of one bar by their rules: the same order whenever they were written.

    `before` is the id of the last alert of the page before; `after` asks for higher ids. `since_ms` is the earliest
    close of a bar, `until_ms` the first too late. A `before` that is not there gives nothing.
    """
    wanted: list[ColumnElement[bool]] = []
    if before is not None:
        there = (select(column).where(ALERTS.c.id == before).scalar_subquery() for column in _PLACE)
        wanted.append(tuple_(*_PLACE) < tuple_(*there))
    if after is not None:
        wanted.append(ALERTS.c.id > after)
    if pair_key is not None:
        wanted.append(ALERTS.c.pair_key == pair_key)
    if legs is not None:
        wanted.append(and_(ALERTS.c.y == legs[0], ALERTS.c.x == legs[1]))
    if since_ms is not None:
        wanted.append(ALERTS.c.at_ms >= since_ms)
    if until_ms is not None:
        wanted.append(ALERTS.c.at_ms < until_ms)
    if rule_id is not None:
        wanted.append(ALERTS.c.rule_id == rule_id)
    if events is not None:
        wanted.append(ALERTS.c.event.in_(events))
    if kinds is not None:
        wanted.append(ALERTS.c.kind.in_(kinds))
    if unacknowledged:
        wanted.append(ALERTS.c.acknowledged_ms.is_(None))
    rows = connection.execute(select(ALERTS).where(*wanted).order_by(*_NEWEST_FIRST).limit(limit))
    return tuple(alert_record(row) for row in rows)


def read_newest_alerts(connection: Connection, limit: int, events: Sequence[str]) -> tuple[AlertRecord, ...]:
    """Those of these events that were written last, the last one first, whatever the time of their bars."""
    statement = select(ALERTS).where(ALERTS.c.event.in_(events)).order_by(ALERTS.c.id.desc()).limit(limit)
    return tuple(alert_record(row) for row in connection.execute(statement))


def read_alert(connection: Connection, alert_id: int) -> AlertRecord | None:
    row = connection.execute(select(ALERTS).where(ALERTS.c.id == alert_id)).one_or_none()
    return None if row is None else alert_record(row)


def read_last_alerts(connection: Connection) -> tuple[AlertRecord, ...]:
    """The newest alert of every pair that ever had one."""
    place = func.row_number().over(partition_by=ALERTS.c.pair_key, order_by=_NEWEST_FIRST)
    ranked = select(ALERTS.c.id, place.label("place")).subquery()
    newest = select(ranked.c.id).where(ranked.c.place == 1)
    return tuple(alert_record(row) for row in connection.execute(select(ALERTS).where(ALERTS.c.id.in_(newest))))


def count_unacknowledged(connection: Connection, events: Sequence[str]) -> int:
    """How many alerts of these kinds nobody has acknowledged."""
    unseen = ALERTS.c.acknowledged_ms.is_(None) & ALERTS.c.event.in_(events)
    statement = select(func.count()).select_from(ALERTS).where(unseen)
    return int(connection.execute(statement).scalar_one())


def acknowledge_alert(connection: Connection, alert_id: int, *, at_ms: int, by: str, note: str) -> bool:
    """Mark an alert as seen; the first to do so stands, so False where it was seen before or is not there."""
    unseen = (ALERTS.c.id == alert_id) & ALERTS.c.acknowledged_ms.is_(None)
    values = {"acknowledged_ms": at_ms, "acknowledged_by": by, "note": note}
    return connection.execute(update(ALERTS).where(unseen).values(values)).rowcount == 1


def alert_record(row: Any) -> AlertRecord:
    """A row of `ALERTS` as a record."""
    fields = {name: getattr(row, name) for name in AlertRecord._fields if name != "pair"}
    return AlertRecord(pair=parse_pair(row), **fields)
