"""Where messages go, and which rules name which targets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from store.sql.tables import RULE_TARGETS, TARGETS


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A text that no log, page or error may hold: only `reveal` gives it."""

    _text: str

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"


class TargetRecord(NamedTuple):
    """A target: `shown` is what of its address may be shown, `per_minute` how many messages it gets at most."""

    name: str
    url: Secret
    shown: str
    everything: bool
    per_minute: int
    template: str | None
    created_ms: int
    id: int = 0


def append_target(connection: Connection, target: TargetRecord) -> int:
    """Write a target; its id."""
    target_id: int = connection.execute(insert(TARGETS).values(_values(target)).returning(TARGETS.c.id)).scalar_one()
    return target_id


def replace_target(connection: Connection, target: TargetRecord) -> bool:
    """Write all but its birth anew; False where no such target stands."""
    values = _values(target)
    del values["created_ms"]
    return connection.execute(update(TARGETS).where(_standing(target.id)).values(values)).rowcount == 1


def read_targets(connection: Connection) -> tuple[TargetRecord, ...]:
    """All that are not deleted, the first made first."""
    rows = connection.execute(select(TARGETS).where(TARGETS.c.deleted_ms.is_(None)).order_by(TARGETS.c.id))
    return tuple(_target(row) for row in rows)


def delete_target(connection: Connection, target_id: int, deleted_ms: int) -> bool:
    """Forget its address, keep its name for the log, and free the rules that named it; False where it is not there."""
    values = {"deleted_ms": deleted_ms, "url": ""}
    gone = connection.execute(update(TARGETS).where(_standing(target_id)).values(values)).rowcount == 1
    connection.execute(delete(RULE_TARGETS).where(RULE_TARGETS.c.target_id == target_id))
    return gone


def read_rule_targets(connection: Connection) -> dict[int, tuple[int, ...]]:
    """The targets that rules name, by the rule's id; a rule that is not there names none."""
    found: dict[int, list[int]] = {}
    columns = (RULE_TARGETS.c.rule_id, RULE_TARGETS.c.target_id)
    for rule_id, target_id in connection.execute(select(*columns).order_by(*columns)):
        found.setdefault(rule_id, []).append(target_id)
    return {rule_id: tuple(target_ids) for rule_id, target_ids in found.items()}


def replace_rule_targets(connection: Connection, rule_id: int, target_ids: Iterable[int]) -> None:
    connection.execute(delete(RULE_TARGETS).where(RULE_TARGETS.c.rule_id == rule_id))
    rows = [{"rule_id": rule_id, "target_id": target_id} for target_id in sorted(set(target_ids))]
    if rows:
        connection.execute(insert(RULE_TARGETS), rows)


def _standing(target_id: int) -> Any:
    return (TARGETS.c.id == target_id) & TARGETS.c.deleted_ms.is_(None)


def _values(target: TargetRecord) -> dict[str, Any]:
    values = {**target._asdict(), "url": target.url.reveal()}
    del values["id"]
    return values


def _target(row: Any) -> TargetRecord:
    fields = {name: getattr(row, name) for name in TargetRecord._fields}
    return TargetRecord(**{**fields, "url": Secret(row.url)})
