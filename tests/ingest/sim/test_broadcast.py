"""What the venue says: shapes of the messages, and independence of how time is cut."""

from __future__ import annotations

import itertools
import math

import orjson
import pytest

from ingest.sim.broadcast import Broadcast
from ingest.sim.catalogue import INSTRUMENTS
from ingest.sim.klines import KlineBook
from ingest.sim.streams import Kind, stream_of
from ingest.sim.world import World

START = 1_790_002_795_000
STREAMS = [
    stream_of(kind, spec.symbol) for kind in (Kind.AGG_TRADE, Kind.BOOK_TICKER, Kind.MARK_PRICE) for spec in INSTRUMENTS
] + [stream_of(Kind.MINI_TICKERS)]


@pytest.fixture(scope="module")
def broadcast() -> Broadcast:
    world = World(7)
    return Broadcast(world, KlineBook(world))


def test_frames_do_not_depend_on_how_time_is_cut(broadcast: Broadcast) -> None:
    whole = broadcast.frames(STREAMS, START, START + 6_000)
    cuts = [START, START + 1, START + 999, START + 1_000, START + 5_003, START + 6_000]
    parts = [f for a, b in itertools.pairwise(cuts) for f in broadcast.frames(STREAMS[::-1], a, b)]
    assert whole == parts


def test_every_kind_has_the_fields_of_the_futures_venue(broadcast: Broadcast) -> None:
    fields = {
        "aggTrade": {"e", "E", "s", "a", "p", "q", "nq", "f", "l", "T", "m", "st"},
        "bookTicker": {"e", "u", "E", "T", "s", "b", "B", "a", "A", "st"},
        "markPriceUpdate": {"e", "E", "s", "p", "i", "r", "T"},
        "24hrMiniTicker": {"e", "E", "s", "c", "o", "h", "l", "v", "q", "st"},
    }
    seen = set()
    for frame in broadcast.frames(STREAMS, START, START + 3_000):
        message = orjson.loads(frame.combined)
        assert message["stream"] == frame.stream
        for data in message["data"] if isinstance(message["data"], list) else [message["data"]]:
            assert set(data) == fields[data["e"]]
            assert data["E"] == frame.event_ms
            numbers = [float(v) for k, v in data.items() if isinstance(v, str) and k not in ("e", "s", "r")]
            assert all(0 < n < math.inf for n in numbers)
            seen.add(data["e"])
    assert seen == set(fields)


def test_the_ticker_array_comes_each_second_and_names_only_what_traded(broadcast: Broadcast) -> None:
    arrays = broadcast.frames([stream_of(Kind.MINI_TICKERS)], START, START + 4_000)
    assert [frame.event_ms for frame in arrays] == [START + k * 1_000 for k in (1, 2, 3, 4)]
    trades = broadcast.frames([stream_of(Kind.AGG_TRADE, spec.symbol) for spec in INSTRUMENTS], START, START + 4_000)
    for array in arrays:
        last = {
            orjson.loads(f.data)["s"]: orjson.loads(f.data)["p"]
            for f in trades
            if array.event_ms - 1_000 < f.event_ms <= array.event_ms
        }
        assert {row["s"]: row["c"] for row in orjson.loads(array.data)} == last


def test_asks_stand_above_bids_and_ids_are_consecutive(broadcast: Broadcast) -> None:
    quotes = [
        orjson.loads(f.data) for f in broadcast.frames([stream_of(Kind.BOOK_TICKER, "ADAUSDT")], START, START + 9_000)
    ]
    assert all(float(quote["a"]) > float(quote["b"]) for quote in quotes)
    assert [quote["u"] for quote in quotes] == list(range(quotes[0]["u"], quotes[0]["u"] + len(quotes)))
