"""What followed each alert that a position could have been taken on, written when it was over."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, literal, select

from store.sql.alerts import AlertRecord, alert_record
from store.sql.insert import append_once, insert_of
from store.sql.tables import ALERTS, OUTCOMES, RULE_ENDINGS

UNKNOWN = "unknown"
_MOVES = ("favourable", "adverse", "move")


class OutcomeRecord(NamedTuple):
    """`ending` as `analytics.outcomes.Ending` has it, or `UNKNOWN`; moves are None where nobody knows them."""

    alert_id: int
    ending: str
    bars: int
    favourable: float | None
    adverse: float | None
    move: float | None
    written_ms: int


def append_outcome(connection: Connection, outcome: OutcomeRecord) -> bool:
    """Write it and count it for its rule; False where one of this alert stands already."""
    fields = outcome._asdict()
    for name in _MOVES:
        if fields[name] is not None and not math.isfinite(fields[name]):
            fields[name] = None
    if not append_once(connection, OUTCOMES, fields):
        return False
    one_more = select(ALERTS.c.rule_id, literal(outcome.ending), literal(1)).where(ALERTS.c.id == outcome.alert_id)
    statement = insert_of(connection)(RULE_ENDINGS).from_select(["rule_id", "ending", "alerts"], one_more)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["rule_id", "ending"], set_={"alerts": RULE_ENDINGS.c.alerts + 1}
        )
    )
    return True


def read_outcomes(connection: Connection, alert_ids: Iterable[int]) -> dict[int, OutcomeRecord]:
    """Those that are known, by the alert's id."""
    columns = [OUTCOMES.c[name] for name in OutcomeRecord._fields]
    rows = connection.execute(select(*columns).where(OUTCOMES.c.alert_id.in_(list(alert_ids))))
    return {row.alert_id: OutcomeRecord(*row) for row in rows}


class OpenAlerts(NamedTuple):
    """`upto` is the id up to which the log was looked through."""

    alerts: tuple[AlertRecord, ...]
    upto: int


def read_open_alerts(
    connection: Connection, *, kinds: Sequence[str], events: Sequence[str], limit: int, after: int = 0
) -> OpenAlerts:
    """Alerts of these kinds and events of which no outcome is written, by ascending id from beyond `after` on."""
    last: int = connection.execute(select(func.coalesce(func.max(ALERTS.c.id), 0))).scalar_one()
    if last <= after:
        return OpenAlerts((), after)
    wanted = (ALERTS.c.id > after, ALERTS.c.kind.in_(kinds), ALERTS.c.event.in_(events), OUTCOMES.c.alert_id.is_(None))
    statement = select(ALERTS).outerjoin(OUTCOMES).where(*wanted).order_by(ALERTS.c.id).limit(limit)
    alerts = tuple(alert_record(row) for row in connection.execute(statement))
    return OpenAlerts(alerts, alerts[-1].id if len(alerts) == limit else last)


def read_endings(connection: Connection) -> dict[int, dict[str, int]]:
    """How many outcomes of each ending every rule has, by the rule's id."""
    counts: dict[int, dict[str, int]] = {}
    for rule_id, ending, alerts in connection.execute(select(RULE_ENDINGS)):
        counts.setdefault(rule_id, {})[ending] = alerts
    return counts
