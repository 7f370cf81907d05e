"""An insert that does nothing where a unique constraint says that the row is there already."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, literal


def append_once(connection: Connection, table: Table, values: dict[str, Any]) -> bool:
    """Insert one row; False where a row with the same unique columns stands."""
    statement = _once(connection.dialect.name, table)
    return connection.execute(statement, values).first() is not None  # a count of rows is not given everywhere


@cache
def _once(dialect: str, table: Table) -> Any:
    """Kept, since a statement made anew costs more than it takes."""
    return _insert(dialect)(table).on_conflict_do_nothing().returning(literal(1))


def insert_of(connection: Connection) -> Any:
    """The `insert` of the connection's dialect, whose statements say what to do where a row stands."""
    return _insert(connection.dialect.name)


def _insert(dialect: str) -> Any:
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415 - each dialect is megabytes
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]  # noqa: PLC0415
    return insert
