"""Ten thousand messages a second for ten seconds, into a store that takes 200 ms to answer each write."""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from redis import Redis

from bench.burst import BurstExchange, Last, burst_exchange, last_of, stored_last, websocket_frames
from bench.chaos import feed_of, wait_for
from bench.chaos_scene import Child
from bench.chaos_truth import compare
from bench.processes import process_tree
from bench.servers import HOST, free_port
from bench.soak_table import Figure
from ingest.sim.catalogue import INSTRUMENTS
from ingest.sim.exchange import SimulatedExchange
from store.client import connect_reader
from store.embedded import server_command
from tests.tools.fault_proxy import fault_proxy

START_MS = 1_782_907_245_000  # 2026-07-01 12:00:45 UTC
FIRST, PER_S, BURST_S, AFTER = 3_000, 10_000, 10, 3_000
WRITE_S = 0.2
LAG_LIMIT_S, MEMORY_LIMIT_MB = 2.0, 100.0
LIMIT_S = 60.0


def burst() -> list[Figure]:
    """Rate that was reached, lag after the last message, memory, and what is lost."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sb-", dir="/tmp")))
        frames = websocket_frames(folder, seed=7, start_ms=START_MS, count=FIRST + PER_S * BURST_S + AFTER)
        port = free_port()
        command = server_command(folder, folder / "s", persist=False)
        command[command.index("--port") + 1] = str(port)
        store = Child("store", command, folder)
        store.start()
        stack.callback(store.end)
        exchange = stack.enter_context(SimulatedExchange(start_ms=START_MS))
        sender = stack.enter_context(burst_exchange(exchange.rest_url))
        slow = stack.enter_context(fault_proxy(f"{HOST}:{port}"))
        client = connect_reader(f"redis://{HOST}:{port}")
        stack.callback(client.close)
        settings = {"FEED": "sim", "SIM_URL": sender.url, "REDIS_URL": f"redis://{slow.netloc}"}
        ingestor = Child("ingestor", (sys.executable, "-m", "ingest"), folder, settings)
        ingestor.start()
        stack.callback(ingestor.end)
        _begin(sender, client, frames[:FIRST])
        before_mb = _resident_mb(ingestor)
        slow.delay_s = WRITE_S
        rate = sender.send(frames[FIRST : FIRST + PER_S * BURST_S], per_s=PER_S)
        ended_s, sent = time.monotonic(), last_of(frames[: FIRST + PER_S * BURST_S])
        whole = wait_for(lambda: _has_all(client, sent), "", LIMIT_S, every_s=0.01)
        lag_s = time.monotonic() - ended_s if whole else float("inf")
        grown_mb = _resident_mb(ingestor) - before_mb
        slow.delay_s = 0.0
        sender.send(frames[FIRST + PER_S * BURST_S :], per_s=1_000)
        wait_for(lambda: _has_all(client, last_of(frames)), "", LIMIT_S)
        ingestor.end()
        found = [
            compare(client, exchange.world, spec.symbol, since_ms=START_MS, until_ms=sent.time_ms)
            for spec in INSTRUMENTS
        ]
    words = [each for one in found for each in one.differences]
    for each in words:
        print(each)
    return [
        Figure(19, f"messages/s sent for {len(frames) / PER_S:.0f} s", rate, None, ""),
        Figure(19, "lag after the last of them", lag_s, LAG_LIMIT_S, "s"),
        Figure(19, "memory of the ingestor", grown_mb, MEMORY_LIMIT_MB, "MB"),
        Figure(19, "differences from what was sent", len(words), 0, ""),
    ]


def _begin(sender: BurstExchange, client: Redis, frames: list[bytes]) -> None:
    wait_for(lambda: sender.connected, "the connection", LIMIT_S)
    sender.send(frames, per_s=500)

    def streams() -> bool:
        feed = feed_of(client)
        return feed is not None and feed.state == "streaming"

    wait_for(streams, "the feed", LIMIT_S)


def _has_all(client: Redis, sent: Last) -> bool:
    return all(stored_last(client, symbol) >= last for symbol, last in sent.ids.items())


def _resident_mb(child: Child) -> float:
    assert child.process is not None
    return process_tree(child.process.pid)[0].resident_mb
