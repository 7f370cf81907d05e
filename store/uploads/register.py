"""The register of uploads: a row each in SQL, with the cleaned content from which its streams are built."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, insert, select

from store.sql.tables import MINUTES, UPLOADS


class UploadRow(NamedTuple):
    """One upload without its content. `report` is JSON; times are UTC ms."""

    id: int
    symbol: str
    kind: str
    timeframe: str | None
    file_name: str
    uploaded_ms: int
    rows: int
    first_ms: int
    last_ms: int
    zone: str
    sha256: str
    report: str


_COLUMNS = [UPLOADS.c[name] for name in UploadRow._fields]


def append_upload(connection: Connection, row: UploadRow, content: bytes) -> int:
    """Add one, whose own `id` is not looked at; gives the id that it has from now on."""
    values: dict[str, Any] = {**row._asdict(), "content": content}
    del values["id"]
    key = connection.execute(insert(UPLOADS).values(values)).inserted_primary_key
    return int(key[0]) if key is not None else 0


def read_uploads(connection: Connection) -> tuple[UploadRow, ...]:
    """All of them, by the order in which they came."""
    return tuple(UploadRow(*row) for row in connection.execute(select(*_COLUMNS).order_by(UPLOADS.c.id)))


def read_ids(connection: Connection) -> dict[str, int]:
    """Symbol → id of all of them."""
    rows = connection.execute(select(UPLOADS.c.symbol, UPLOADS.c.id))
    return {row.symbol: row.id for row in rows}


def read_upload(connection: Connection, symbol: str) -> UploadRow | None:
    row = connection.execute(select(*_COLUMNS).where(UPLOADS.c.symbol == symbol)).first()
    return None if row is None else UploadRow(*row)


def read_content(connection: Connection, symbol: str) -> bytes | None:
    """The cleaned rows as Parquet (`store.uploads.content`), None where there is no such upload."""
    found = connection.execute(select(UPLOADS.c.content).where(UPLOADS.c.symbol == symbol)).scalar()
    return None if found is None else bytes(found)


def count_uploads(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(UPLOADS)).scalar_one())


def delete_upload(connection: Connection, symbol: str, instrument: str) -> bool:
    """Delete one with its minutes; False where there is none."""
    gone = connection.execute(delete(UPLOADS).where(UPLOADS.c.symbol == symbol)).rowcount == 1
    connection.execute(delete(MINUTES).where(MINUTES.c.instrument == instrument))
    return gone
