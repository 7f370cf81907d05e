"""The lives of watched pairs: each stage that one entered, kept for good; the last of a pair is where it stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from store.sql.alerts import AlertRecord, alert_record
from store.sql.pairs import PairRecord, encode_pair, parse_pair
from store.sql.tables import ALERTS, PAIR_STAGES, WATCHLIST


class StageRecord(NamedTuple):
    """A stage from the close of a bar on. `facts` is what was known at its end; ids ascend within a pair."""

    pair: PairRecord
    stage: str
    at_ms: int
    cause: str
    asked: str | None
    rule_id: int | None
    reason: str
    by: str
    facts: str
    written_ms: int
    id: int = 0


def lock_lives(connection: Connection, pair_keys: Iterable[str]) -> frozenset[str]:
    """Those of the pairs that are watched; nobody else writes their stages until the transaction ends."""
    statement = select(WATCHLIST.c.pair_key).where(WATCHLIST.c.pair_key.in_(sorted(set(pair_keys))))
    rows = connection.execute(statement.order_by(WATCHLIST.c.id).with_for_update())
    return frozenset(row.pair_key for row in rows)


def append_stages(connection: Connection, stages: Sequence[StageRecord]) -> None:
    if stages:
        connection.execute(insert(PAIR_STAGES), [_values(stage) for stage in stages])


def replace_facts(connection: Connection, facts: Mapping[int, str]) -> None:
    """What is known now, by the id of the stage that goes on."""
    if facts:
        statement = update(PAIR_STAGES).where(PAIR_STAGES.c.id == bindparam("stage_id")).values(facts=bindparam("now"))
        connection.execute(statement, [{"stage_id": stage_id, "now": now} for stage_id, now in facts.items()])


def delete_stages_after(connection: Connection, pair_key: str, stage_id: int) -> None:
    """Forget what followed a stage: it is to be written anew."""
    connection.execute(delete(PAIR_STAGES).where(PAIR_STAGES.c.pair_key == pair_key, PAIR_STAGES.c.id > stage_id))


def read_last_stage(connection: Connection, pair_key: str) -> StageRecord | None:
    """Where a pair stands, or how its last life ended; None for one that was never watched."""
    last = select(func.max(PAIR_STAGES.c.id)).where(PAIR_STAGES.c.pair_key == pair_key).scalar_subquery()
    row = connection.execute(select(PAIR_STAGES).where(PAIR_STAGES.c.id == last)).one_or_none()
    return None if row is None else _stage(row)


def read_last_stages(connection: Connection, pair_keys: Collection[str] | None = None) -> dict[str, StageRecord]:
    """Where all watched pairs stand, or those of them among these, by their keys.

    It looks up the last of each pair, so that it costs no more as histories grow.
    """
    of_pair = PAIR_STAGES.c.pair_key == WATCHLIST.c.pair_key
    last = select(select(func.max(PAIR_STAGES.c.id)).where(of_pair).scalar_subquery()).select_from(WATCHLIST)
    if pair_keys is not None:
        last = last.where(WATCHLIST.c.pair_key.in_(sorted(pair_keys)))
    rows = connection.execute(select(PAIR_STAGES).where(PAIR_STAGES.c.id.in_(last)))
    return {row.pair_key: _stage(row) for row in rows}


def read_stages(
    connection: Connection,
    *,
    limit: int,
    before: int | None = None,
    pair_key: str | None = None,
    legs: tuple[str, str] | None = None,
) -> tuple[StageRecord, ...]:
    """The newest first; of one pair with all its parameters, or of its legs with any. `before` is an id."""
    statement = select(PAIR_STAGES).order_by(PAIR_STAGES.c.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(PAIR_STAGES.c.id < before)
    if pair_key is not None:
        statement = statement.where(PAIR_STAGES.c.pair_key == pair_key)
    if legs is not None:
        statement = statement.where(PAIR_STAGES.c.y == legs[0], PAIR_STAGES.c.x == legs[1])
    return tuple(_stage(row) for row in connection.execute(statement))


def read_alerts_since(
    connection: Connection, pair_key: str, since_ms: int, kinds: Sequence[str]
) -> tuple[AlertRecord, ...]:
    """All of a pair of these kinds whose bars close at or after a time, the first first."""
    wanted = (ALERTS.c.pair_key == pair_key, ALERTS.c.at_ms >= since_ms, ALERTS.c.kind.in_(kinds))
    rows = connection.execute(select(ALERTS).where(*wanted).order_by(ALERTS.c.at_ms, ALERTS.c.id))
    return tuple(alert_record(row) for row in rows)


def _values(stage: StageRecord) -> dict[str, Any]:
    values = stage._asdict()
    del values["id"], values["pair"]
    return {**values, **encode_pair(stage.pair)}


def _stage(row: Any) -> StageRecord:
    fields = {name: getattr(row, name) for name in StageRecord._fields if name != "pair"}
    return StageRecord(pair=parse_pair(row), **fields)
