"""A store that dies with all it held: the ingestor stays up, says that it fills the window again, and does."""

from __future__ import annotations

from pathlib import Path

from ingest.sim.exchange import SimulatedExchange
from store.timeframes import Timeframe
from tests.faults.store_server import store_server
from tests.ingest.klines import assert_equal_to_klines, minutes_of
from tests.ingest.processes import running_ingestor, stored_bars, stored_feed
from tests.tools.waiting import until

START_MS = 1_782_907_245_000  # 2026-07-01 12:00:45 UTC
BUSY, NAME = "BTCUSDT", "sim:BTCUSDT"


def test_a_store_killed_without_a_file_is_filled_again_over_rest_and_the_feed_says_so(tmp_path: Path) -> None:
    with (
        store_server() as store,
        store.client() as client,
        SimulatedExchange(start_ms=START_MS, speed=20.0) as exchange,
    ):
        settings = {"FEED": "sim", "SIM_URL": exchange.rest_url, "REDIS_URL": store.url, "SYMBOLS": BUSY}
        with running_ingestor(tmp_path, **settings) as ingestor:
            until(lambda: minutes_of(client, BUSY) >= 1, "a minute")
            store.kill()
            store.start()
            said: set[tuple[str, str]] = set()

            def refilled() -> bool:
                if feed := stored_feed(client, "sim"):
                    said.add((feed.state, feed.detail.partition(" (")[0]))
                return len(stored_bars(client, NAME, Timeframe.M1)) > 1000 and bool(feed and feed.state == "streaming")

            until(refilled, "history in the new store")
            assert ("warming", "rebuilding: the store lost what was in it") in said
            assert ingestor.end() == 0
        assert_equal_to_klines(exchange, client, BUSY)
