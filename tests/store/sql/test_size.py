"""The size of a database of either kind grows by what is put into it."""

from __future__ import annotations

from sqlalchemy import text

from store.sql.database import Database
from store.sql.size import database_bytes

NUMBERS = 100_000
FILL = f"""
INSERT INTO filler WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {NUMBERS})
SELECT n FROM counted
"""  # a constant


def test_a_filled_table_makes_it_larger(database: Database) -> None:
    before = database_bytes(database)
    with database.write() as connection:
        connection.execute(text("CREATE TABLE filler (n INTEGER)"))
        connection.execute(text(FILL))
    grown = database_bytes(database) - before
    assert 5 * NUMBERS < grown < 60 * NUMBERS  # an integer with its row's head takes 8 bytes here, 36 there
