"""How large a database is."""

from __future__ import annotations

from sqlalchemy import text

from store.sql.database import Database

_SIZE = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
}


def database_bytes(database: Database) -> int:
    """Bytes of its file, or of all its tables and indexes. Raises `DatabaseUnavailable`."""
    with database.read() as connection:
        return int(connection.execute(text(_SIZE[database.dialect])).scalar_one())
