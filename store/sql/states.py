"""Where each rule stands: the last bar it judged, moved on by compare-and-set so that two monitors never both do."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, select, update

from store.sql.insert import append_once
from store.sql.tables import RULE_STATES


class StateRecord(NamedTuple):
    """`state` after the bar that opened at `bar_ms`; `epoch` names the store whose bars were judged."""

    state: str
    bar_ms: int
    epoch: str


def read_states(connection: Connection) -> dict[int, StateRecord]:
    """The state of every rule that has judged a bar, by the rule's id."""
    columns = [RULE_STATES.c[name] for name in StateRecord._fields]
    return {rule_id: StateRecord(*row) for rule_id, *row in connection.execute(select(RULE_STATES.c.rule_id, *columns))}


def replace_state(
    connection: Connection, rule_id: int, before: StateRecord | None, after: StateRecord, written_ms: int
) -> bool:
    """Move a rule from `before` (None: it had none) to `after`; False where somebody else moved it first."""
    values = {**after._asdict(), "written_ms": written_ms}
    if before is None:
        return append_once(connection, RULE_STATES, {"rule_id": rule_id, **values})
    unmoved = (
        (RULE_STATES.c.rule_id == rule_id)
        & (RULE_STATES.c.bar_ms == before.bar_ms)
        & (RULE_STATES.c.epoch == before.epoch)
        & (RULE_STATES.c.state == before.state)
    )
    return connection.execute(update(RULE_STATES).where(unmoved).values(values)).rowcount == 1
