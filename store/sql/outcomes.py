"""What followed each alert that a position could have been taken on, written when it was over."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from store.sql.alerts import AlertRecord, alert_record
from store.sql.insert import append_once
from store.sql.tables import ALERTS, OUTCOMES

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
    """Write it; False where one of this alert stands already."""
    fields = outcome._asdict()
    for name in _MOVES:
        if fields[name] is not None and not math.isfinite(fields[name]):
            fields[name] = None
    return append_once(connection, OUTCOMES, fields)


def read_outcomes(connection: Connection, alert_ids: Iterable[int]) -> dict[int, OutcomeRecord]:
    """Those that are known, by the alert's id."""
    columns = [OUTCOMES.c[name] for name in OutcomeRecord._fields]
    rows = connection.execute(select(*columns).where(OUTCOMES.c.alert_id.in_(list(alert_ids))))
    return {row.alert_id: OutcomeRecord(*row) for row in rows}


def read_open_alerts(
    connection: Connection, *, kinds: Sequence[str], events: Sequence[str], limit: int
) -> tuple[AlertRecord, ...]:
    """Alerts of these kinds and events of which no outcome is written, the oldest first."""
    wanted = (ALERTS.c.kind.in_(kinds), ALERTS.c.event.in_(events), OUTCOMES.c.alert_id.is_(None))
    statement = select(ALERTS).outerjoin(OUTCOMES).where(*wanted).order_by(ALERTS.c.at_ms, ALERTS.c.id).limit(limit)
    return tuple(alert_record(row) for row in connection.execute(statement))


def count_endings(connection: Connection) -> dict[int, dict[str, int]]:
    """How many outcomes of each ending every rule has, by the rule's id."""
    statement = (
        select(ALERTS.c.rule_id, OUTCOMES.c.ending, func.count())
        .join(OUTCOMES, OUTCOMES.c.alert_id == ALERTS.c.id)
        .group_by(ALERTS.c.rule_id, OUTCOMES.c.ending)
    )
    counts: dict[int, dict[str, int]] = {}
    for rule_id, ending, count in connection.execute(statement):
        counts.setdefault(rule_id, {})[ending] = count
    return counts
