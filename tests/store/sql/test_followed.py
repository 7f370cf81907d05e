"""What is followed, in a database of each kind: in order, once, also when two write the first change at a time."""

from __future__ import annotations

from threading import Barrier, Thread

from store.sql.database import Database
from store.sql.followed import append_first_set, append_followed, delete_followed, read_followed

CHINESE = "币安人生USDT"


def _symbols(database: Database, venue: str) -> list[str]:
    with database.read() as connection:
        return [record.symbol for record in read_followed(connection) if record.venue == venue]


def test_symbols_come_in_their_order_and_each_once(database: Database) -> None:
    with database.write() as connection:
        append_first_set(connection, "sim", ("B", "A"), 7)
        append_first_set(connection, "sim", ("C",), 8)
        assert append_followed(connection, "sim", CHINESE, 9)
        assert not append_followed(connection, "sim", "A", 9)
        assert append_followed(connection, "spot", "A", 9)
    assert (_symbols(database, "sim"), _symbols(database, "spot")) == (["B", "A", CHINESE], ["A"])
    with database.write() as connection:
        assert delete_followed(connection, "sim", "B")
        assert not delete_followed(connection, "sim", "B")
        assert append_followed(connection, "sim", "B", 10)
    assert _symbols(database, "sim") == ["A", CHINESE, "B"]


def test_two_first_changes_at_a_time_keep_both(database: Database) -> None:
    first, ready = ("A", "B", "C"), Barrier(2)

    def add() -> None:
        ready.wait(10)
        with database.write() as connection:
            append_first_set(connection, "sim", first, 7)
            append_followed(connection, "sim", "D", 8)

    def end() -> None:
        ready.wait(10)
        with database.write() as connection:
            append_first_set(connection, "sim", first, 7)
            delete_followed(connection, "sim", "B")

    threads = [Thread(target=add), Thread(target=end)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(_symbols(database, "sim")) == ["A", "C", "D"]
