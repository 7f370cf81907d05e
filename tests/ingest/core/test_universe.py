"""Ticker arrays become minutes: closes as of the simulated exchange's own trades, and which seconds were heard."""

from __future__ import annotations

import orjson
import pytest

from ingest.core.core import Core
from ingest.core.events import TickerRow
from ingest.core.universe import Universe
from ingest.sim.broadcast import Broadcast
from ingest.sim.catalogue import INSTRUMENTS
from ingest.sim.klines import KlineBook
from ingest.sim.streams import Kind, stream_of
from ingest.sim.world import EVENT_DELAY_MS, World
from store.universe import MOST_SYMBOLS, UniverseMinute

MINUTE_MS = 60_000
START_MS = 1_782_907_200_000  # 2026-07-01 12:00 UTC, a whole minute
ALL = (1 << 60) - 1

Frame = tuple[int, bytes]


@pytest.fixture(scope="module")
def world() -> World:
    return World(7)


def arrays(world: World, start_ms: int, end_ms: int, *, trades: bool = False) -> list[Frame]:
    """What the simulated exchange sends after `start_ms` up to `end_ms`."""
    streams = [stream_of(Kind.MINI_TICKERS)] + ([stream_of(Kind.AGG_TRADE, "BTCUSDT")] if trades else [])
    frames = Broadcast(world, KlineBook(world)).frames(streams, start_ms, end_ms)
    return [(frame.event_ms * 1000, frame.combined.encode()) for frame in frames]


def minutes_of(core: Core, frames: list[Frame]) -> list[UniverseMinute]:
    assert core.universe is not None
    core.feed(frames)
    assert core.counts().rejections == 0
    return list(core.universe.ready())


def true_closes(world: World, open_ms: int) -> dict[str, float]:
    """The last trade of each symbol that the venue could tell of within the minute, from the planted trades."""
    closes = {}
    for spec in INSTRUMENTS:
        trades = world.trades_between(spec.symbol, open_ms - EVENT_DELAY_MS, open_ms + MINUTE_MS - EVENT_DELAY_MS)
        if len(trades):
            closes[spec.symbol] = round(int(trades.price_ticks[-1]) / 10**spec.price_decimals, spec.price_decimals)
    return closes


def test_closes_are_those_of_the_planted_trades(world: World) -> None:
    core = Core("sim", ["BTCUSDT"], universe=True)
    minutes = minutes_of(core, arrays(world, START_MS, START_MS + 6 * MINUTE_MS + 1_000, trades=True))
    assert [minute.open_time_ms for minute in minutes] == [START_MS + n * MINUTE_MS for n in range(6)]
    for minute in minutes:
        closes = {symbol: close for symbol, (close, _) in minute.prices.items()}
        assert closes == true_closes(world, minute.open_time_ms)
        assert minute.heard == ALL
    told = [set(minute.prices) for minute in minutes]
    assert any("TRXUSDT" not in symbols for symbols in told), "a quiet symbol has minutes without a price"
    assert set().union(*told) == {spec.symbol for spec in INSTRUMENTS}


def test_turnover_is_the_last_that_was_told(world: World) -> None:
    frames = arrays(world, START_MS, START_MS + MINUTE_MS + 1_000)
    (minute,) = minutes_of(Core("sim", [], universe=True), frames)
    told = {}
    for _, raw in frames:
        for row in orjson.loads(raw)["data"]:
            if row["E"] <= START_MS + MINUTE_MS:
                told[row["s"]] = float(row["q"])
    assert {symbol: turnover for symbol, (_, turnover) in minute.prices.items()} == told


def test_minutes_do_not_depend_on_how_frames_are_divided(world: World) -> None:
    frames = arrays(world, START_MS, START_MS + 3 * MINUTE_MS + 1_000, trades=True)
    whole = minutes_of(Core("sim", ["BTCUSDT"], universe=True), frames)
    core, pieces = Core("sim", ["BTCUSDT"], universe=True), []
    for frame in frames:
        pieces += minutes_of(core, [frame])
    assert pieces == whole


def test_a_minute_that_was_heard_in_part_says_which(world: World) -> None:
    frames = arrays(world, START_MS + 20_000, START_MS + 2 * MINUTE_MS + 1_000)
    first, second = minutes_of(Core("sim", [], universe=True), frames)
    assert first.heard == ALL - ((1 << 20) - 1)
    assert second.heard == ALL


def test_two_lives_leave_the_parts_of_one_minute(world: World) -> None:
    """The later part has the last word; together they hold what one life would have held."""
    before, after = Core("sim", [], universe=True), Core("sim", [], universe=True)
    assert before.universe is not None
    head = minutes_of(before, arrays(world, START_MS, START_MS + 37_000))
    before.universe.break_off()
    head += before.universe.ready()
    tail = minutes_of(after, arrays(world, START_MS + 37_000, START_MS + MINUTE_MS + 1_000))
    (whole,) = minutes_of(Core("sim", [], universe=True), arrays(world, START_MS, START_MS + MINUTE_MS + 1_000))
    assert [part.open_time_ms for part in (*head, *tail)] == [START_MS, START_MS]
    assert head[0].heard == (1 << 37) - 1
    assert head[0].heard | tail[0].heard == whole.heard == ALL
    assert {**head[0].prices, **tail[0].prices} == whole.prices


def test_seconds_without_an_array_are_not_heard() -> None:
    universe = Universe()
    for second in (1, 2, 3, 9, 10, 12):  # the array of second 11 had nothing to tell
        universe.take(START_MS + second * 1_000, [])
    universe.close_to(START_MS + MINUTE_MS)
    (minute,) = universe.ready()
    assert minute.heard == sum(1 << second for second in (0, 1, 2, 8, 9, 10, 11))


def test_arrays_off_the_whole_second_leave_no_second_out() -> None:
    universe = Universe()
    for second in range(62):
        universe.take(START_MS + second * 1_000 + (999 if second % 2 else 3), [])
        universe.close_to(START_MS + second * 1_000 - 500)
    (minute,) = universe.ready()
    assert minute.heard == ALL


def test_what_comes_late_changes_no_closed_minute_and_no_later_price() -> None:
    universe = Universe()
    universe.take(START_MS + 2_000, [TickerRow("A", 2.0, 1.0, START_MS + 2_000)])
    universe.take(START_MS + 1_000, [TickerRow("A", 1.0, 1.0, START_MS + 1_000)])
    universe.close_to(START_MS + MINUTE_MS)
    universe.take(START_MS + 3_000, [TickerRow("A", 3.0, 1.0, START_MS + 3_000)])
    universe.close_to(START_MS + 2 * MINUTE_MS)
    assert [minute.prices for minute in universe.ready()] == [{"A": (2.0, 1.0)}]


def test_a_venue_gone_mad_does_not_fill_the_memory() -> None:
    universe = Universe()
    rows = [TickerRow(f"S{number}", 1.0, 1.0, START_MS + 1_000) for number in range(MOST_SYMBOLS + 5)]
    universe.take(START_MS + 1_000, rows)
    universe.break_off()
    (minute,) = universe.ready()
    assert len(minute.prices) == MOST_SYMBOLS
