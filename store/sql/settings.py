"""The settings, every state of them that ever held."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from store.sql.tables import SETTINGS


class SettingsRecord(NamedTuple):
    """One state of the settings; thresholds hold for bars closing at or after `effective_ms`."""

    effective_ms: int
    entry: float
    exit: float
    refresh_ms: int
    min_correlation: float
    written_ms: int


def append_settings(connection: Connection, record: SettingsRecord) -> None:
    connection.execute(insert(SETTINGS).values(record._asdict()))


def read_settings(connection: Connection) -> tuple[SettingsRecord, ...]:
    """All states in the order they were written; the last is the current one, none at first."""
    columns = [SETTINGS.c[name] for name in SettingsRecord._fields]
    return tuple(SettingsRecord(*row) for row in connection.execute(select(*columns).order_by(SETTINGS.c.id)))
