"""Times in which nobody is told of a rule, or of a pair."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select, update

from store.sql.alerts import AlertRecord
from store.sql.pairs import PairRecord, encode_pair, parse_pair
from store.sql.tables import SILENCES


class SilenceRecord(NamedTuple):
    """Of a rule or of a pair, one of them; for bars that close at or after `from_ms` and before `until_ms`."""

    rule_id: int | None
    pair: PairRecord | None
    from_ms: int
    until_ms: int
    by: str
    note: str
    written_ms: int
    id: int = 0

    def covers(self, alert: AlertRecord) -> bool:
        of_it = self.rule_id == alert.rule_id or (self.pair is not None and self.pair.pair_key == alert.pair.pair_key)
        return of_it and self.from_ms <= alert.at_ms < self.until_ms


def append_silence(connection: Connection, silence: SilenceRecord) -> int:
    """Write a silence; its id."""
    values = silence._asdict()
    pair = values.pop("pair")
    del values["id"]
    values |= {} if pair is None else encode_pair(pair)
    silence_id: int = connection.execute(insert(SILENCES).values(values).returning(SILENCES.c.id)).scalar_one()
    return silence_id


def read_silences(connection: Connection, limit: int) -> tuple[SilenceRecord, ...]:
    """The newest first."""
    return _silences(connection.execute(select(SILENCES).order_by(SILENCES.c.id.desc()).limit(limit)))


def read_silences_until(connection: Connection, from_ms: int) -> tuple[SilenceRecord, ...]:
    """Those that end after a time."""
    return _silences(connection.execute(select(SILENCES).where(SILENCES.c.until_ms > from_ms)))


def end_silence(connection: Connection, silence_id: int, until_ms: int) -> bool:
    """Let it end at a time, if that is earlier than it would; False where no such silence is there."""
    this = SILENCES.c.id == silence_id
    connection.execute(update(SILENCES).where(this, SILENCES.c.until_ms > until_ms).values(until_ms=until_ms))
    return connection.execute(select(SILENCES.c.id).where(this)).first() is not None


def _silences(rows: Iterable[Any]) -> tuple[SilenceRecord, ...]:
    return tuple(_silence(row) for row in rows)


def _silence(row: Any) -> SilenceRecord:
    fields = {name: getattr(row, name) for name in SilenceRecord._fields if name != "pair"}
    return SilenceRecord(pair=None if row.pair_key is None else parse_pair(row), **fields)
