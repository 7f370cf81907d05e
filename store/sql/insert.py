"""An insert that does nothing where a unique constraint says that the row is there already."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table, literal


def append_once(connection: Connection, table: Table, values: dict[str, Any]) -> bool:
    """Insert one row; False where a row with the same unique columns stands."""
    statement = insert_of(connection)(table).values(values).on_conflict_do_nothing().returning(literal(1))
    return connection.execute(statement).first() is not None  # a count of rows is not given everywhere


def insert_of(connection: Connection) -> Any:
    """The `insert` of the connection's dialect, whose statements say what to do where a row stands."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415 - each dialect is megabytes
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]  # noqa: PLC0415
    return insert
