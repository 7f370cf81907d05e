"""Alert rules: what they judge, what they said and from when, and where they stand."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select, update

from store.sql.pairs import PairRecord, encode_pair, parse_pair
from store.sql.tables import RULE_LEVELS, RULES


class LevelRecord(NamedTuple):
    """Holds for bars closing at or after `effective_ms`; a level or correlation of None follows the settings.

    The lengths are in bars of the pair: how long a breach has to last, how long after an alert there is no other,
    how long the value has to be back.
    """

    effective_ms: int
    fire: float | None
    clear: float | None
    enabled: bool = True
    pending_bars: int = 0
    cooldown_bars: int = 0
    keep_bars: int = 0
    min_correlation: float | None = None


class RuleRecord(NamedTuple):
    """A rule; `levels` ascend in the order they were written, and there is at least one."""

    id: int
    pair: PairRecord
    kind: str
    origin: str
    created_ms: int
    levels: tuple[LevelRecord, ...]


def append_rule(
    connection: Connection, pair: PairRecord, *, kind: str, origin: str, created_ms: int, level: LevelRecord
) -> int:
    """Write a rule with its first level; its id."""
    values = {**encode_pair(pair), "kind": kind, "origin": origin, "created_ms": created_ms}
    rule_id: int = connection.execute(insert(RULES).values(values).returning(RULES.c.id)).scalar_one()
    append_level(connection, rule_id, level, created_ms)
    return rule_id


def append_level(connection: Connection, rule_id: int, level: LevelRecord, written_ms: int) -> None:
    values = {"rule_id": rule_id, "written_ms": written_ms, **level._asdict()}
    connection.execute(insert(RULE_LEVELS).values(values))


def read_rules(connection: Connection) -> tuple[RuleRecord, ...]:
    """All rules that are not deleted, the first made first."""
    levels: dict[int, list[LevelRecord]] = {}
    columns = [RULE_LEVELS.c[name] for name in LevelRecord._fields]
    standing = RULES.c.deleted_ms.is_(None)
    statement = select(RULE_LEVELS.c.rule_id, *columns).join(RULES).where(standing).order_by(RULE_LEVELS.c.id)
    for rule_id, *level in connection.execute(statement):
        levels.setdefault(rule_id, []).append(LevelRecord(*level))
    rows = connection.execute(select(RULES).where(standing).order_by(RULES.c.id))
    return tuple(
        RuleRecord(row.id, parse_pair(row), row.kind, row.origin, row.created_ms, tuple(levels[row.id])) for row in rows
    )


def rules_mark(connection: Connection) -> tuple[int, ...]:
    """Another one whenever what `read_rules` gives is another."""
    standing = select(func.count()).where(RULES.c.deleted_ms.is_(None)).scalar_subquery()
    last = select(func.max(RULE_LEVELS.c.id)).scalar_subquery()  # every rule begins with a level
    return tuple(number or 0 for number in connection.execute(select(standing, last)).one())


def delete_rule(connection: Connection, rule_id: int, deleted_ms: int) -> bool:
    """Mark a rule as deleted; False where no such rule stands."""
    standing = (RULES.c.id == rule_id) & RULES.c.deleted_ms.is_(None)
    return connection.execute(update(RULES).where(standing).values(deleted_ms=deleted_ms)).rowcount == 1


def delete_rules_of_pair(connection: Connection, pair_key: str, origin: str, deleted_ms: int) -> None:
    standing = (RULES.c.pair_key == pair_key) & (RULES.c.origin == origin) & RULES.c.deleted_ms.is_(None)
    connection.execute(update(RULES).where(standing).values(deleted_ms=deleted_ms))
