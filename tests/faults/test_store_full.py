"""A store of 25 MB that is full and evicts nothing: the ingestor makes room, keeps the newest, and says what went."""

from __future__ import annotations

import numpy as np
from redis import Redis

from ingest.sim.exchange import SimulatedExchange
from store import keys
from store.feed import FeedState
from store.retention import stream_caps
from store.room import ENOUGH, make_room, read_room
from store.timeframes import Timeframe
from tests.faults.live_session import live_session
from tests.faults.store_server import store_server
from tests.ingest.processes import stored_bars, stored_feed, stored_ids
from tests.tools.waiting import until

START_MS = 1_782_907_245_000  # 2026-07-01 12:00:45 UTC
BUSY, NAME = "BTCUSDT", "sim:BTCUSDT"
MEMORY_MB, MB = 25, 1 << 20
LEFT_BYTES = 1_300_000  # of the store: less than the past of the symbols takes
SYMBOLS = [BUSY, "ETHUSDT", "SOLUSDT", "XRPUSDT"]
LEAST = stream_caps(0.0, 1)


def fill_up(client: Redis, left_bytes: int) -> None:
    """Somebody else's values, until so much is left."""
    size = 16_384
    for number in range(MEMORY_MB * MB // size):
        room = read_room(client)
        if room.limit - room.used < left_bytes + size:
            return
        client.set(f"theirs:{number}", b"x" * size)


def told(client: Redis) -> FeedState | None:
    return stored_feed(client, "sim")


def assert_newest_kept(client: Redis, timeframe: Timeframe, *, fewest: int) -> None:
    """Bars without a hole up to the newest."""
    opened = np.array(sorted(stored_bars(client, NAME, timeframe)))
    assert len(opened) >= fewest
    assert (np.diff(opened) == timeframe.ms).all()


def test_an_ingestor_that_begins_with_a_full_store_makes_room_and_says_so() -> None:
    with (
        store_server(memory_mb=MEMORY_MB) as store,
        store.client() as client,
        SimulatedExchange(start_ms=START_MS, speed=20.0) as exchange,
    ):
        fill_up(client, LEFT_BYTES)
        with live_session(exchange, store.url, SYMBOLS):
            until(lambda: (feed := told(client)) and "the store is full" in feed.alarm, "it to be said")
            until(lambda: client.exists(keys.bars(NAME, Timeframe.S1)), "bars")
            newest_ms = max(stored_bars(client, NAME, Timeframe.S1))
            until(lambda: max(stored_bars(client, NAME, Timeframe.S1)) > newest_ms + 60_000, "a minute more")
        assert not read_room(client).above(1.0)
        assert_newest_kept(client, Timeframe.S1, fewest=LEAST.bars_1s)
        assert_newest_kept(client, Timeframe.M1, fewest=LEAST.bars_1m)
        ids = stored_ids(client, NAME)
        assert len(ids) == ids[-1] - ids[0] + 1


def test_a_store_that_becomes_full_is_trimmed_and_bars_go_on() -> None:
    with (
        store_server(memory_mb=MEMORY_MB) as store,
        store.client() as client,
        SimulatedExchange(start_ms=START_MS, speed=20.0) as exchange,
        live_session(exchange, store.url, [BUSY]),
    ):
        until(lambda: len(stored_bars(client, NAME, Timeframe.S1)) > 3_600, "an hour of seconds and more")
        oldest_ms, newest_ms = (f(stored_bars(client, NAME, Timeframe.S1)) for f in (min, max))
        fill_up(client, 0)
        until(lambda: (feed := told(client)) and "the store is full" in feed.alarm, "the alarm")
        until(lambda: max(stored_bars(client, NAME, Timeframe.S1)) > newest_ms + 60_000, "a minute more")
        kept = stored_bars(client, NAME, Timeframe.S1)
        assert min(kept) > oldest_ms
        assert_newest_kept(client, Timeframe.S1, fewest=LEAST.bars_1s)
        feed = told(client)
        assert feed is not None
        assert feed.state == "streaming"
        assert feed.trimmed_entries > 0


def test_room_is_made_until_there_is_enough_and_the_newest_are_kept() -> None:
    """The oracle is the server's own INFO."""
    key, count = keys.bars(NAME, Timeframe.S1), 60_000
    with store_server(memory_mb=MEMORY_MB) as store, store.client() as client:
        with client.pipeline(transaction=False) as pipe:
            for number in range(count):
                pipe.xadd(key, {keys.FIELD: b"x" * 85}, id=f"{number + 1}-0")
            pipe.execute()
        fill_up(client, 0)
        before = client.xlen(key)
        trimmed = make_room(client, [NAME], stream_caps(10.0, 1), 1.0)
        room = read_room(client)
        assert not room.above(ENOUGH)
        assert room.above(ENOUGH - 0.15), "more than enough was given up"
        assert client.xlen(key) == before - trimmed.entries
        (newest, _), *_ = client.xrevrange(key, count=1)
        assert newest == f"{count}-0".encode()
