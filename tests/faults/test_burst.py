"""Row 19: a burst into a store that takes its time: nothing is lost, and what waited is soon written."""

from __future__ import annotations

from pathlib import Path

from redis import Redis

from bench.burst import Last, burst_exchange, last_of, stored_last, websocket_frames
from bench.chaos_truth import compare
from bench.processes import process_tree
from ingest.sim.catalogue import INSTRUMENTS
from ingest.sim.exchange import SimulatedExchange
from store.client import connect_reader
from tests.faults.following import START_MS
from tests.faults.slow_store import tcp_store
from tests.ingest.processes import running_ingestor, stored_feed
from tests.tools.fault_proxy import fault_proxy
from tests.tools.waiting import until

FIRST, BURST, AFTER = 1_500, 20_000, 1_500
PER_S, SLOW_S = 5_000, 0.2  # half the promised rate: others share the machine; `make soak` shows the whole
MEMORY_MB = 60.0
LAG_S = 10.0  # two seconds are promised; a machine that does other things too is given more


def resident_mb(pid: int) -> float:
    return process_tree(pid)[0].resident_mb


def state_of(client: Redis) -> str:
    feed = stored_feed(client, "sim")
    return feed.state if feed else ""


def has_all(client: Redis, sent: Last) -> bool:
    return all(stored_last(client, symbol) >= last_id for symbol, last_id in sent.ids.items())


def test_a_burst_into_a_slow_store_is_stored_whole_and_soon(tmp_path: Path) -> None:
    frames = websocket_frames(tmp_path, seed=7, start_ms=START_MS, count=FIRST + BURST + AFTER)
    with (
        tcp_store() as store_url,
        SimulatedExchange(start_ms=START_MS) as exchange,
        burst_exchange(exchange.rest_url) as burst,
        fault_proxy(store_url) as slow,
    ):
        client = connect_reader(f"redis://{store_url}")
        settings = {"FEED": "sim", "SIM_URL": burst.url, "REDIS_URL": f"redis://{slow.netloc}"}
        with running_ingestor(tmp_path, **settings) as ingestor:
            until(lambda: burst.connected, "the connection")
            burst.send(frames[:FIRST], per_s=1_000)
            until(lambda: state_of(client) == "streaming", "the feed")
            before_mb = resident_mb(ingestor.process.pid)
            slow.delay_s = SLOW_S
            burst.send(frames[FIRST : FIRST + BURST], per_s=PER_S)
            sent = last_of(frames[: FIRST + BURST])
            until(lambda: has_all(client, sent), "all that was sent", limit_s=LAG_S)
            grown_mb = resident_mb(ingestor.process.pid) - before_mb
            slow.delay_s = 0.0
            burst.send(frames[FIRST + BURST :], per_s=1_000)  # their times close the bars
            until(lambda: has_all(client, last_of(frames)), "the last frames")
            assert ingestor.end() == 0
        for spec in INSTRUMENTS:
            found = compare(client, exchange.world, spec.symbol, since_ms=START_MS, until_ms=sent.time_ms)
            assert found.differences == []
            assert found.bars > 100
        client.close()
    assert grown_mb < MEMORY_MB
