"""The last mark price of each instrument, and funding that is settled when its time has come."""

from __future__ import annotations

from math import nan

import pytest

from ingest.core.core import Core
from ingest.core.marks import Marks
from ingest.sim.broadcast import Broadcast
from ingest.sim.catalogue import HOUR_MS
from ingest.sim.funding import funding_rate
from ingest.sim.klines import KlineBook
from ingest.sim.streams import Kind, stream_of
from ingest.sim.world import World
from store.marks import MarkPrice, Settlement

NOON_MS = 1_782_907_200_000  # 2026-07-01 12:00 UTC: TRX, LINK and DOT settle, BTC does not
NEXT_MS = NOON_MS + 8 * HOUR_MS


def word(time_ms: int, *, rate: float = 0.0001, next_ms: int = NEXT_MS, price: float = 100.0) -> MarkPrice:
    return MarkPrice(price, 99.0, rate, next_ms, time_ms)


def test_over_a_settlement_of_the_simulated_exchange() -> None:
    world, symbols = World(7), ["BTCUSDT", "LINKUSDT", "TRXUSDT"]
    streams = [stream_of(Kind.MARK_PRICE, symbol) for symbol in symbols]
    core = Core("sim", symbols)
    frames = Broadcast(world, KlineBook(world)).frames(streams, NOON_MS - 5_000, NOON_MS + 3_000)
    core.feed([(frame.event_ms * 1000, frame.combined.encode()) for frame in frames])
    assert core.counts().rejections == 0
    updates = {update.instrument: update for update in core.marks.ready("sim")}
    assert [len(updates[f"sim:{symbol}"].settled) for symbol in symbols] == [0, 1, 1]
    (paid,) = updates["sim:LINKUSDT"].settled
    assert (paid.time_ms, paid.told_ms) == (NOON_MS, NOON_MS - 1_000)
    assert paid.rate == pytest.approx(funding_rate("LINKUSDT", NOON_MS - 1_000), abs=5e-9)
    last = updates["sim:LINKUSDT"].mark
    assert (last.time_ms, last.next_funding_ms) == (NOON_MS + 3_000, NOON_MS + 4 * HOUR_MS)
    assert core.marks.ready("sim") == ()


def test_an_older_word_is_left_out() -> None:
    marks = Marks()
    marks.take("A", word(2_000, price=2.0))
    marks.take("A", word(1_000, price=1.0))
    marks.take("A", word(2_000, price=3.0))
    (update,) = marks.ready("usdm")
    assert (update.instrument, update.mark.price) == ("usdm:A", 2.0)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (word(NEXT_MS - 5_000), word(NEXT_MS - 4_000, next_ms=NEXT_MS + 1)),  # another interval from now on
        (word(NEXT_MS - 5_000), word(NEXT_MS + 1_000)),  # the venue has not settled yet
        (word(NEXT_MS - 5_000, rate=nan, next_ms=0), word(NEXT_MS + 1_000, next_ms=NEXT_MS + 1)),
        (word(NEXT_MS - 5_000), word(NEXT_MS + 1_000, rate=nan, next_ms=0)),
    ],
)
def test_a_funding_time_that_moves_for_another_reason_settles_nothing(before: MarkPrice, after: MarkPrice) -> None:
    marks = Marks()
    marks.take("A", before)
    marks.take("A", after)
    (update,) = marks.ready("usdm")
    assert update.settled == ()


def test_what_an_earlier_life_heard_is_settled_with_the_time_it_was_told() -> None:
    marks = Marks()
    marks.begin_after("A", word(NEXT_MS - HOUR_MS, rate=-0.0003, price=98.0))
    marks.take("A", word(NEXT_MS + 60_000, next_ms=NEXT_MS + 8 * HOUR_MS))
    (update,) = marks.ready("usdm")
    assert update.settled == (Settlement(NEXT_MS, -0.0003, 98.0, NEXT_MS - HOUR_MS),)
