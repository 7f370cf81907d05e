"""Mark prices and minutes of the universe on their way into a real store, and read back from it."""

from __future__ import annotations

from math import nan
from typing import Any

import numpy as np
import pytest
from redis import Redis

from engine.universe import read_universe
from ingest.core.core import Core
from ingest.core.events import TickerRow
from ingest.live.besides import Besides
from store import keys
from store.client import connect_writer
from store.errors import Fenced, StoreUnavailable
from store.marks import MarkPrice, Settlement, read_marks, read_settlements
from tests.faults.store_server import store_server

MINUTE_MS = 60_000
START_MS = 1_782_907_200_000
ROOM = 1_000_000


def besides(client: Redis, *, fence: int = 0, room: int = ROOM) -> tuple[Core, Besides]:
    core = Core("usdm", ["BTCUSDT", "ETHUSDT"], universe=True)
    return core, Besides(client, core, universe_bytes=room, fence=fence)


def tell(core: Core, minute: int, prices: dict[str, float], *, seconds: range = range(1, 61)) -> None:
    """Arrays of these seconds of a minute, with the same prices."""
    assert core.universe is not None
    for second in seconds:
        time_ms = START_MS + minute * MINUTE_MS + second * 1_000
        rows = [TickerRow(symbol, price, 10 * price, time_ms) for symbol, price in prices.items()]
        core.universe.take(time_ms, rows)


def close(core: Core, minute: int) -> None:
    assert core.universe is not None
    core.universe.close_to(START_MS + (minute + 1) * MINUTE_MS)


def test_minutes_are_read_back_on_their_grid(client: Redis) -> None:
    core, writer = besides(client)
    for minute, prices in enumerate([{"A": 1.0}, {"A": 1.5, "币安人生": 0.25}, {}, {"币安人生": 0.5}]):
        if minute != 2:  # nobody listened
            tell(core, minute, prices)
            close(core, minute)
        writer.write()
    found = read_universe(client, "usdm", 10)
    assert found.symbols == ("A", "币安人生")
    assert found.open_time_ms.tolist() == [START_MS + minute * MINUTE_MS for minute in range(4)]
    np.testing.assert_array_equal(found.closes, [[1.0, nan], [1.5, 0.25], [nan, nan], [nan, 0.5]])
    np.testing.assert_array_equal(found.turnover, [[10.0, nan], [15.0, 2.5], [nan, nan], [nan, 5.0]])
    assert found.completeness.tolist() == [1.0, 1.0, 0.0, 1.0]
    last = read_universe(client, "usdm", 1)
    assert (last.symbols, last.closes.tolist()) == (("币安人生",), [[0.5]])
    assert read_universe(client, "spot", 10).symbols == ()


def test_a_restart_puts_the_parts_of_a_minute_together(client: Redis) -> None:
    core, writer = besides(client)
    tell(core, 0, {"A": 1.0, "B": 2.0}, seconds=range(1, 31))
    writer.end()
    core, writer = besides(client)
    tell(core, 0, {"C": 3.0, "A": 1.5}, seconds=range(35, 61))
    close(core, 0)
    writer.write()
    found = read_universe(client, "usdm", 5)
    assert found.symbols == ("A", "B", "C")
    assert found.closes.tolist() == [[1.5, 2.0, 3.0]]
    assert found.completeness.tolist() == [56 / 60]


def test_a_minute_written_twice_is_as_once(client: Redis) -> None:
    core, writer = besides(client)
    tell(core, 0, {"A": 1.0}, seconds=range(1, 31))
    writer.end()
    entries: Any = client.xrange(keys.universe("usdm"))
    client.xadd(keys.universe("usdm"), entries[0][1])
    found = read_universe(client, "usdm", 5)
    assert (found.closes.tolist(), found.completeness.tolist()) == ([[1.0]], [0.5])


def test_a_list_of_symbols_that_another_made_longer_is_read_anew(client: Redis) -> None:
    (core, writer), (other_core, other) = besides(client), besides(client)
    for each, source, symbol in ((writer, core, "A"), (other, other_core, "B"), (writer, core, "C")):
        minute = "ABC".index(symbol)
        tell(source, minute, {symbol: minute + 1.0})
        close(source, minute)
        each.write()
    found = read_universe(client, "usdm", 5)
    assert found.symbols == ("A", "B", "C")
    np.testing.assert_array_equal(np.diag(found.closes), [1.0, 2.0, 3.0])


def test_minutes_that_count_through_a_lost_list_are_dropped(client: Redis) -> None:
    core, writer = besides(client)
    tell(core, 0, {"A": 1.0})
    close(core, 0)
    writer.write()
    client.delete(keys.universe_symbols("usdm"))
    tell(core, 1, {"B": 2.0})
    close(core, 1)
    writer.write()
    found = read_universe(client, "usdm", 5)
    assert (found.symbols, found.closes.tolist()) == (("B",), [[2.0]])


def test_the_stream_keeps_within_its_room(client: Redis) -> None:
    core, writer = besides(client, room=0)
    for minute in range(70):
        tell(core, minute, {"A": 1.0}, seconds=range(60, 61))
        close(core, minute)
        writer.write()
    assert client.xlen(keys.universe("usdm")) == 60
    assert read_universe(client, "usdm", 100).open_time_ms[0] == START_MS + 10 * MINUTE_MS


def mark(time_ms: int, *, next_ms: int = START_MS + 9_000) -> MarkPrice:
    return MarkPrice(100.5, 100.25, -0.000125, next_ms, time_ms)


def test_the_last_mark_price_and_every_settlement(client: Redis) -> None:
    core, writer = besides(client)
    for second in (1, 8, 10, 12):
        core.marks.take(
            "BTCUSDT", mark(START_MS + 1_000 * second, next_ms=START_MS + (9_000 if second < 9 else 99_000))
        )
        writer.write()
    assert read_marks(client, ["usdm:BTCUSDT", "usdm:ETHUSDT"]) == [
        mark(START_MS + 12_000, next_ms=START_MS + 99_000),
        None,
    ]
    paid = Settlement(START_MS + 9_000, -0.000125, 100.5, START_MS + 8_000)
    assert read_settlements(client, "usdm:BTCUSDT") == (paid,)
    assert read_settlements(client, "usdm:ETHUSDT") == ()


def test_a_restart_over_a_settlement_knows_what_was_told_before(client: Redis) -> None:
    core, writer = besides(client)
    core.marks.take("BTCUSDT", mark(START_MS + 5_000))
    writer.end()
    core, writer = besides(client)
    writer.begin()
    core.marks.take("BTCUSDT", mark(START_MS + 10_000, next_ms=START_MS + 99_000))
    writer.write()
    (paid,) = read_settlements(client, "usdm:BTCUSDT")
    assert (paid.time_ms, paid.told_ms) == (START_MS + 9_000, START_MS + 5_000)


def test_who_has_been_replaced_writes_nothing(client: Redis) -> None:
    newer_core, newer = besides(client, fence=2)
    tell(newer_core, 0, {"A": 1.0})
    close(newer_core, 0)
    newer.write()
    client.hset(keys.open_bars("usdm:BTCUSDT"), "fence", "2")
    core, older = besides(client, fence=1)
    tell(core, 1, {"A": 9.0})
    close(core, 1)
    with pytest.raises(Fenced):
        older.write()
    core, older = besides(client, fence=1)
    core.marks.take("BTCUSDT", mark(START_MS))
    with pytest.raises(Fenced):
        older.write()
    assert read_universe(client, "usdm", 5).closes.tolist() == [[1.0]]
    assert read_marks(client, ["usdm:BTCUSDT"]) == [None]


def test_what_lasts_waits_for_a_store_that_refuses(client: Redis) -> None:
    """A key of another type stands in for any refusal; it is cured, and nothing that lasts is missing."""
    core, writer = besides(client)
    client.set(keys.universe("usdm"), "another type")
    client.set(keys.funding("usdm:BTCUSDT"), "another type")
    core.marks.take("BTCUSDT", mark(START_MS + 8_000))
    core.marks.take("BTCUSDT", mark(START_MS + 10_000, next_ms=START_MS + 99_000))
    for minute in range(3):
        tell(core, minute, {"A": 1.0 + minute})
        close(core, minute)
        writer.write()
    client.delete(keys.universe("usdm"), keys.funding("usdm:BTCUSDT"))
    writer.end()
    assert read_universe(client, "usdm", 5).closes.tolist() == [[1.0], [2.0], [3.0]]
    assert len(read_settlements(client, "usdm:BTCUSDT")) == 1


def test_who_keeps_the_count_hears_of_a_store_that_is_away() -> None:
    failures: list[StoreUnavailable] = []
    core = Core("usdm", ["BTCUSDT"])
    core.marks.take("BTCUSDT", mark(START_MS))
    with store_server() as store:
        client = connect_writer(store.url)
        client.ping()
        with store.frozen():
            Besides(client, core, universe_bytes=ROOM, on_failure=failures.append).write()
        client.close()
    assert len(failures) == 1
