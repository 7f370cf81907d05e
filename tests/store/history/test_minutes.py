"""Minutes in SQL: what was written comes back to the bit, and what knows more stays, in whatever order bars come."""

from __future__ import annotations

import math
import sqlite3
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from store.bars import NO_TRADE_ID, UNKNOWN_MISSING, Bar, Source, encode_bar, parse_bars
from store.grid import Bars
from store.history.cursors import MinuteCursor, read_cursors, replace_cursor
from store.history.minutes import IMPORTED, Span, append_minutes, minutes_span, read_minutes
from store.sql.database import Database, open_database
from store.sql.migrate import upgrade
from store.timeframes import Timeframe
from tests.store.bar_data import START_MS, made_bar

NAME = "sim:BTCUSDT"
MINUTE_MS = Timeframe.M1.ms


def _bars(*bars: Bar) -> Bars:
    return parse_bars([encode_bar(bar) for bar in bars])


def _minute(number: int = 0, *, revision: int = 0, missing: int = 0, source: Source = Source.TRADES) -> Bar:
    return made_bar(number, Timeframe.M1, revision=revision)._replace(missing=missing, source=source)


def _write(database: Database, *bars: Bar, generation: int = 1, name: str = NAME) -> None:
    with database.write() as connection:
        append_minutes(connection, name, _bars(*bars), generation=generation)


def _read(database: Database, start_ms: int = 0, end_ms: int = 2**42) -> Bars:
    with database.read() as connection:
        return read_minutes(connection, NAME, start_ms=start_ms, end_ms=end_ms)


def test_bars_come_back_to_the_last_bit(database: Database) -> None:
    odd = _minute(3)._replace(
        close=0.1 + 0.2, volume=5e-324, trades=0xFFFF_FFFF, first_id=2**62, last_id=2**62 + 0xFFFF_FFFF
    )
    quiet = _minute(4)._replace(
        first_id=NO_TRADE_ID, last_id=NO_TRADE_ID, trades=0, bid=math.nan, ask=math.nan, buy_volume=math.nan
    )
    kline = _minute(5, source=Source.KLINES, missing=UNKNOWN_MISSING)
    written = [_minute(number) for number in range(3)] + [odd, quiet, kline]
    _write(database, *written)
    assert _read(database).tobytes() == _bars(*written).tobytes()


def test_a_range_is_half_open_and_of_one_instrument(database: Database) -> None:
    _write(database, *(_minute(number) for number in range(10)))
    _write(database, *(_minute(number) for number in range(20)), name="sim:ETHUSDT")
    found = _read(database, START_MS + 2 * MINUTE_MS, START_MS + 5 * MINUTE_MS)
    assert found.tobytes() == _bars(*(_minute(number) for number in (2, 3, 4))).tobytes()
    with database.read() as connection:
        assert minutes_span(connection, NAME) == Span(START_MS, START_MS + 9 * MINUTE_MS)
        assert minutes_span(connection, "sim:NONE") is None


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_last_revision_wins_in_whatever_order_they_come(database: Database, order: tuple[int, ...]) -> None:
    for revision in order:
        _write(database, _minute(revision=revision, missing=revision))  # even where it knows of more that lacks
    assert _read(database).tobytes() == _bars(_minute(revision=2, missing=2)).tobytes()


def test_within_one_write_too_the_last_revision_wins(database: Database) -> None:
    _write(database, _minute(revision=1), _minute(1), _minute(revision=3), _minute(revision=2))
    assert _read(database)["revision"].tolist() == [3, 0]


UNKNOWN = UNKNOWN_MISSING
KNOWLEDGE = [
    _minute(missing=UNKNOWN)._replace(close=1.0),
    _minute(missing=9)._replace(close=2.0),
    _minute(missing=2)._replace(close=3.0),
    _minute(missing=UNKNOWN, source=Source.KLINES)._replace(close=4.0),
    _minute(missing=0)._replace(close=5.0),
]
"""From who knows how much lacks to nothing lacks, of one minute."""


@pytest.mark.parametrize("less", range(len(KNOWLEDGE)))
@pytest.mark.parametrize("more", range(len(KNOWLEDGE)))
def test_of_two_lives_of_the_store_that_bar_stays_which_knows_more(database: Database, less: int, more: int) -> None:
    """An emptied store counts revisions anew, so that a higher one there says nothing."""
    _write(database, KNOWLEDGE[less]._replace(revision=7), generation=1)
    _write(database, KNOWLEDGE[more], generation=2)
    _write(database, KNOWLEDGE[more], generation=IMPORTED)
    assert _read(database)["close"][0] == KNOWLEDGE[max(less, more)].close


def test_a_repetition_changes_nothing(address: str) -> None:
    opened = open_database(address)
    upgrade(opened)
    bars = [_minute(number, revision=number % 3) for number in range(50)]
    _write(opened, *bars)
    before = _read(opened).tobytes()
    for generation in (1, 1, 2, IMPORTED):
        _write(opened, *bars, generation=generation)
    assert _read(opened).tobytes() == before
    opened.close()


def test_sqlite_itself_reads_the_same_numbers(tmp_path: Path) -> None:
    """Read by the sqlite3 module, without any code of ours."""
    opened = open_database(f"sqlite:///{tmp_path}/own.sqlite")
    upgrade(opened)
    bars = [_minute(number) for number in range(4)]
    _write(opened, *bars, _minute(4, missing=UNKNOWN, source=Source.KLINES)._replace(bid=math.nan))
    opened.close()
    rows = sqlite3.connect(tmp_path / "own.sqlite").execute(
        "SELECT open_time_ms, close, volume, trades, first_id, last_id, bid, missing FROM minutes ORDER BY open_time_ms"
    )
    found = rows.fetchall()
    expected = [(b.open_time_ms, b.close, b.volume, b.trades, b.first_id, b.last_id, b.bid, b.missing) for b in bars]
    assert found[:4] == expected
    assert found[4][6:] == (None, None)


def test_a_cursor_moves_only_from_where_it_was(database: Database) -> None:
    first, second = MinuteCursor("e1", "1-0", 1), MinuteCursor("e1", "2-0", 1)
    with database.write() as connection:
        assert replace_cursor(connection, NAME, None, first)
        assert not replace_cursor(connection, NAME, None, second)
        assert replace_cursor(connection, NAME, first, second)
        assert not replace_cursor(connection, NAME, first, MinuteCursor("e1", "3-0", 1))
        assert read_cursors(connection) == {NAME: second}


def test_no_bars_are_an_empty_answer(database: Database) -> None:
    assert len(_read(database)) == 0
    _write(database)
    assert np.array_equal(_read(database), _bars())
