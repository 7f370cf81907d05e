"""Alerts on their way to targets: from the alert's own transaction until they are sent or given up."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    ScalarSelect,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from store.sql.alerts import AlertRecord
from store.sql.tables import ALERTS, DELIVERIES, RULE_TARGETS, TARGETS

WAITING, FAILED, SENT, GIVEN_UP = "waiting", "failed", "sent", "given up"
OPEN = (WAITING, FAILED)
"""States of what is still to be sent."""


class DeliveryRecord(NamedTuple):
    """One alert for one target; a test has no alert. `message` groups what goes in one message, and is its id."""

    id: int
    alert_id: int | None
    target_id: int
    message: str | None
    state: str
    attempts: int
    due_ms: int
    sent_ms: int | None
    error: str | None
    created_ms: int


class QueueRecord(NamedTuple):
    """How a target stands. `sent_ms` is of the newest delivery that it took, None where it took none.

    `failing` says why the oldest of those that were tried in vain was refused, made at `failing_ms`; `lost` the same of
    the newest that was given up, where none was taken that is newer.
    """

    target_id: int
    waits: int
    sent_ms: int | None
    failing_ms: int | None
    failing: str | None
    lost_ms: int | None
    lost: str | None


def append_deliveries(connection: Connection, alert: AlertRecord, now_ms: int) -> None:
    """An alert in the log is to go to the targets that its rule names; where it names none, to those for everything."""
    its = {"of_rule": alert.rule_id, "of_bar": alert.bar_ms, "of_event": alert.event}
    connection.execute(_appending(), {**its, "now": now_ms})


@cache
def _appending() -> Insert:
    """Kept, since a statement made anew costs more than it takes."""
    bound = {"rule_id": "of_rule", "bar_ms": "of_bar", "event": "of_event"}
    its = and_(*(ALERTS.c[name] == bindparam(word) for name, word in bound.items()))
    of_rule = RULE_TARGETS.c.rule_id == ALERTS.c.rule_id
    named = exists().where(of_rule, RULE_TARGETS.c.target_id == TARGETS.c.id)
    wanted = or_(named, and_(TARGETS.c.everything, ~exists().where(of_rule)))
    now = bindparam("now", type_=DELIVERIES.c.due_ms.type)
    values = (literal(WAITING), literal(0), now, now)
    each = ALERTS.join(TARGETS, TARGETS.c.deleted_ms.is_(None))
    chosen = select(ALERTS.c.id, TARGETS.c.id, *values).select_from(each).where(its, wanted)
    columns = ("alert_id", "target_id", "state", "attempts", "due_ms", "created_ms")
    return insert(DELIVERIES).from_select(columns, chosen.order_by(TARGETS.c.id))


def append_test(connection: Connection, target_id: int, message: str, now_ms: int) -> DeliveryRecord:
    """A message to a target that tells of no alert."""
    fields = {"target_id": target_id, "message": message, "state": WAITING, "attempts": 0, "due_ms": now_ms}
    row = connection.execute(insert(DELIVERIES).values(**fields, created_ms=now_ms).returning(DELIVERIES)).one()
    return _delivery(row)


def read_heads(connection: Connection, each: int) -> tuple[DeliveryRecord, ...]:
    """Of every target the open deliveries that come first: tests, what was tried, then the oldest; at most `each`."""
    kind = case((DELIVERIES.c.alert_id.is_(None), 0), (DELIVERIES.c.message.is_not(None), 1), else_=2)
    order = (kind, DELIVERIES.c.id)
    place = func.row_number().over(partition_by=DELIVERIES.c.target_id, order_by=order).label("place")
    ranked = select(DELIVERIES, place).where(DELIVERIES.c.state.in_(OPEN)).subquery()
    rows = connection.execute(select(ranked).where(ranked.c.place <= each).order_by(ranked.c.target_id, ranked.c.place))
    return tuple(_delivery(row) for row in rows)


def assign_message(connection: Connection, delivery_ids: Sequence[int], message: str) -> bool:
    """Give deliveries the message that takes them along; False, and nothing done, where one has another."""
    free = DELIVERIES.c.id.in_(delivery_ids) & DELIVERIES.c.message.is_(None) & DELIVERIES.c.state.in_(OPEN)
    if connection.execute(select(func.count()).select_from(DELIVERIES).where(free)).scalar_one() != len(delivery_ids):
        return False
    connection.execute(update(DELIVERIES).where(free).values(message=message))
    return True


def mark_sent(connection: Connection, message: str, sent_ms: int) -> None:
    """A message was taken by its receiver; also where somebody else had given it up meanwhile."""
    values = {"state": SENT, "sent_ms": sent_ms, "attempts": DELIVERIES.c.attempts + 1, "error": None}
    connection.execute(update(DELIVERIES).where(DELIVERIES.c.message == message).values(values))


def read_sent_since(connection: Connection, since_ms: int) -> tuple[tuple[int, int], ...]:
    """Of every message that was taken after a time its target and when; the first one first."""
    sent = (DELIVERIES.c.state == SENT) & (DELIVERIES.c.sent_ms > since_ms)
    at_ms = func.max(DELIVERIES.c.sent_ms)
    statement = select(DELIVERIES.c.target_id, at_ms).where(sent).group_by(DELIVERIES.c.target_id, DELIVERIES.c.message)
    return tuple((target_id, sent_ms) for target_id, sent_ms in connection.execute(statement.order_by(at_ms)))


def mark_failed(connection: Connection, message: str, *, state: str, due_ms: int, error: str) -> None:
    """A message was not taken: to be tried again at `due_ms`, or given up."""
    still_open = (DELIVERIES.c.message == message) & DELIVERIES.c.state.in_(OPEN)
    values = {"state": state, "due_ms": due_ms, "error": error, "attempts": DELIVERIES.c.attempts + 1}
    connection.execute(update(DELIVERIES).where(still_open).values(values))


def give_up(connection: Connection, *, error: str, target_id: int | None = None, before_ms: int | None = None) -> int:
    """Give up what is open of a target, or was made before a time; how many."""
    wanted: list[ColumnElement[bool]] = [DELIVERIES.c.state.in_(OPEN)]
    if target_id is not None:
        wanted.append(DELIVERIES.c.target_id == target_id)
    if before_ms is not None:
        wanted.append(DELIVERIES.c.created_ms < before_ms)
    return connection.execute(update(DELIVERIES).where(*wanted).values(state=GIVEN_UP, error=error)).rowcount


def read_deliveries(
    connection: Connection,
    *,
    limit: int,
    before: int | None = None,
    target_id: int | None = None,
    alert_id: int | None = None,
    state: str | None = None,
) -> tuple[tuple[DeliveryRecord, str], ...]:
    """The newest first, each with the name of its target; `before` is the id of the last one of the page before."""
    wanted: list[ColumnElement[bool]] = []
    asked = ((DELIVERIES.c.target_id, target_id), (DELIVERIES.c.alert_id, alert_id), (DELIVERIES.c.state, state))
    for column, value in asked:
        if value is not None:
            wanted.append(column == value)
    if before is not None:
        wanted.append(DELIVERIES.c.id < before)
    statement = select(DELIVERIES, TARGETS.c.name).join(TARGETS).where(*wanted)
    rows = connection.execute(statement.order_by(DELIVERIES.c.id.desc()).limit(limit))
    return tuple((_delivery(row), row.name) for row in rows)


def read_queues(connection: Connection) -> tuple[QueueRecord, ...]:
    """How each target stands that is not deleted; found by the index on state and target, however many there are."""
    sent, failing, lost = (DELIVERIES.alias(name) for name in ("sent", "failing", "lost"))
    open_of_it = DELIVERIES.c.state.in_(OPEN) & (DELIVERIES.c.target_id == TARGETS.c.id)
    waits = select(func.count()).select_from(DELIVERIES).where(open_of_it).correlate(TARGETS).scalar_subquery()
    not_made_good = or_(sent.c.id.is_(None), sent.c.id < lost.c.id)
    joined = (
        TARGETS.outerjoin(sent, sent.c.id == _id_of(func.max(DELIVERIES.c.id), SENT))
        .outerjoin(failing, failing.c.id == _id_of(func.min(DELIVERIES.c.id), FAILED))
        .outerjoin(lost, and_(lost.c.id == _id_of(func.max(DELIVERIES.c.id), GIVEN_UP), not_made_good))
    )
    fields = (sent.c.sent_ms, failing.c.created_ms, failing.c.error, lost.c.created_ms, lost.c.error)
    rows = connection.execute(
        select(TARGETS.c.id, waits, *fields)
        .select_from(joined)
        .where(TARGETS.c.deleted_ms.is_(None))
        .order_by(TARGETS.c.id)
    )
    return tuple(QueueRecord(*row) for row in rows)


def _id_of(which: ColumnElement[int], state: str) -> ScalarSelect[int]:
    """The first or last delivery of a state, of the target in the row."""
    of_it = (DELIVERIES.c.state == state) & (DELIVERIES.c.target_id == TARGETS.c.id)
    return select(which).where(of_it).correlate(TARGETS).scalar_subquery()


def _delivery(row: Any) -> DeliveryRecord:
    return DeliveryRecord(*(getattr(row, name) for name in DeliveryRecord._fields))
