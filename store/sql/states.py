"""Where each rule stands: the last bar it judged, moved on by compare-and-set so that two monitors never both do."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from store.sql.insert import append_once
from store.sql.tables import RULE_STATES

_UNMOVED = {"rule_id": "of_rule", "bar_ms": "was_at", "epoch": "was_epoch", "state": "was"}
_MOVE = update(RULE_STATES).where(*(RULE_STATES.c[name] == bindparam(word) for name, word in _UNMOVED.items()))


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
    unmoved = {"of_rule": rule_id, "was_at": before.bar_ms, "was_epoch": before.epoch, "was": before.state}
    return connection.execute(_MOVE, {**unmoved, **values}).rowcount == 1
