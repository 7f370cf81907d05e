"""Ten thousand messages a second for ten seconds, into a store that takes 200 ms to answer each write."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
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
from ingest.sim.world import World
from store.client import connect_reader
from store.embedded import server_command
from tests.tools.fault_proxy import FaultProxy, fault_proxy

START_MS = 1_782_907_245_000  # 2026-07-01 12:00:45 UTC
FIRST, PER_S, BURST_S, AFTER = 3_000, 10_000, 10, 3_000
WRITE_S = 0.2
LAG_LIMIT_S, MEMORY_LIMIT_MB = 2.0, 100.0
LIMIT_S = 60.0


@dataclass(frozen=True, slots=True)
class _Scene:
    """An ingestor between a sender of frames and a store behind a proxy."""

    exchange: SimulatedExchange
    sender: BurstExchange
    slow: FaultProxy
    client: Redis
    ingestor: Child


@contextmanager
def _scene(folder: Path) -> Iterator[_Scene]:
    port = free_port()
    command = server_command(folder, folder / "s", persist=False)
    command[command.index("--port") + 1] = str(port)
    store = Child("store", command, folder)
    with (
        ExitStack() as stack,
        SimulatedExchange(start_ms=START_MS) as exchange,
        burst_exchange(exchange.rest_url) as sender,
        fault_proxy(f"{HOST}:{port}") as slow,
    ):
        store.start()
        stack.callback(store.end)
        client = connect_reader(f"redis://{HOST}:{port}")
        stack.callback(client.close)
        settings = {"FEED": "sim", "SIM_URL": sender.url, "REDIS_URL": f"redis://{slow.netloc}"}
        ingestor = Child("ingestor", (sys.executable, "-m", "ingest"), folder, settings)
        ingestor.start()
        stack.callback(ingestor.end)
        yield _Scene(exchange, sender, slow, client, ingestor)


def burst() -> list[Figure]:
    """Rate that was reached, lag after the last message, memory, and what is lost."""
    end = FIRST + PER_S * BURST_S
    with tempfile.TemporaryDirectory(prefix="sb-", dir="/tmp") as name:
        frames = websocket_frames(Path(name), seed=7, start_ms=START_MS, count=end + AFTER)
        with _scene(Path(name)) as scene:
            client = scene.client
            _begin(scene.sender, client, frames[:FIRST])
            before_mb = _resident_mb(scene.ingestor)
            scene.slow.delay_s = WRITE_S
            rate = scene.sender.send(frames[FIRST:end], per_s=PER_S)
            ended_s, sent = time.monotonic(), last_of(frames[:end])
            whole = wait_for(lambda: _has_all(client, sent), "", LIMIT_S, every_s=0.01)
            lag_s = time.monotonic() - ended_s if whole else float("inf")
            grown_mb = _resident_mb(scene.ingestor) - before_mb
            scene.slow.delay_s = 0.0
            scene.sender.send(frames[end:], per_s=1_000)  # their times close the bars
            wait_for(lambda: _has_all(client, last_of(frames)), "", LIMIT_S)
            scene.ingestor.end()
            wrong = _differences(client, scene.exchange.world, sent.time_ms)
    return [
        Figure(19, f"messages/s sent for {BURST_S} s", rate, None, ""),
        Figure(19, "lag after the last of them", lag_s, LAG_LIMIT_S, "s"),
        Figure(19, "memory of the ingestor", grown_mb, MEMORY_LIMIT_MB, "MB"),
        Figure(19, "differences from what was sent", wrong, 0, ""),
    ]


def _differences(client: Redis, world: World, until_ms: int) -> float:
    found = [compare(client, world, spec.symbol, since_ms=START_MS, until_ms=until_ms) for spec in INSTRUMENTS]
    words = [each for one in found for each in one.differences]
    for each in words:
        print(each)
    return len(words)


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
