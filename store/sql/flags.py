"""Things that are done once in the life of a database."""

from __future__ import annotations

from sqlalchemy import Connection

from store.sql.insert import append_once
from store.sql.tables import FLAGS


def append_flag(connection: Connection, name: str, written_ms: int) -> bool:
    """Raise a flag; False where it was up already, so that what it stands for is done once."""
    return append_once(connection, FLAGS, {"name": name, "written_ms": written_ms})
