"""A store that stands still: what comes meanwhile waits in bounded memory, and what does not fit is fetched again."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis import Redis

from ingest import frames
from ingest.sim.exchange import SimulatedExchange
from store.feed import FeedState
from tests.faults.live_session import live_session
from tests.faults.store_server import store_server
from tests.ingest.klines import assert_equal_to_klines, minutes_of
from tests.ingest.processes import running_ingestor, stored_feed, stored_ids, stored_ticks
from tests.tools.waiting import until

START_MS = 1_782_907_245_000  # 2026-07-01 12:00:45 UTC
BUSY, NAME = "BTCUSDT", "sim:BTCUSDT"
LONGER_MS = 48_000  # of the exchange, at twenty times the pace: longer than the writer's patience of two seconds
QUEUE = 300  # frames: a few seconds of the exchange


def told(client: Redis) -> FeedState:
    feed = stored_feed(client, "sim")
    assert feed is not None
    return feed


def test_a_frozen_store_loses_no_trade_and_no_bar_and_gets_none_twice(tmp_path: Path) -> None:
    with (
        store_server() as store,
        store.client() as client,
        SimulatedExchange(start_ms=START_MS, speed=20.0) as exchange,
    ):
        settings = {"FEED": "sim", "SIM_URL": exchange.rest_url, "REDIS_URL": store.url, "SYMBOLS": BUSY}
        with running_ingestor(tmp_path, **settings) as ingestor:
            until(lambda: minutes_of(client, BUSY) >= 1, "a minute")
            with store.frozen():
                frozen_ms = exchange.clock.now_ms()
                until(lambda: exchange.clock.now_ms() > frozen_ms + LONGER_MS, "two writes to be given up")
            until(lambda: minutes_of(client, BUSY) >= 2, "the minute after it")
            assert ingestor.end() == 0
        assert_equal_to_klines(exchange, client, BUSY)
        ids = stored_ticks(client, NAME)["trade_id"].tolist()
        assert ids == list(range(ids[0], ids[-1] + 1)), "a write whose answer was lost was repeated or left out"


def test_what_the_queue_cannot_hold_is_dropped_counted_and_fetched_again_by_id(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(frames.FrameQueue.__init__, "__defaults__", (QUEUE,))
    with (
        store_server() as store,
        store.client() as client,
        SimulatedExchange(start_ms=START_MS, speed=20.0) as exchange,
    ):
        with live_session(exchange, store.url, [BUSY]):
            until(lambda: minutes_of(client, BUSY) >= 1, "a minute")
            before = told(client)
            with store.frozen():
                frozen_ms = exchange.clock.now_ms()
                until(lambda: exchange.clock.now_ms() > frozen_ms + 3 * LONGER_MS, "the queue to overflow")
            until(lambda: told(client).dropped_frames > before.dropped_frames, "the count to be told")
            assert "frames were dropped while the store was away" in told(client).alarm
            until(lambda: told(client).store_failures > before.store_failures, "the failures to be told")
            known = minutes_of(client, BUSY)
            until(lambda: minutes_of(client, BUSY) > known + 1, "minutes after it")
            until(lambda: not told(client).legs[BUSY].missing_ids, "the gap to be filled")
        ids = stored_ids(client, NAME)
        assert len(ids) == ids[-1] - ids[0] + 1
        assert_equal_to_klines(exchange, client, BUSY)
