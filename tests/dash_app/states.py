"""Processes as they might speak, for pages and API."""

from __future__ import annotations

from dataclasses import replace

from redis import Redis

from store import keys
from store.latencies import Latency
from store.process_state import ConnectionView, ProcessState, Vitals, process_name, write_process

STARTED_MS = 1_782_907_245_000  # 2026-07-01 12:00:45 UTC
SAID_MS = STARTED_MS + 3_600_000
CONNECTION = ConnectionView(
    venue="spot",
    name="spot-1",
    host="stream.example:9443",
    connected=True,
    detail="",
    streams=24,
    since_ms=STARTED_MS + 1_000,
    last_frame_ms=SAID_MS - 250,
    rotation_ms=STARTED_MS + 84_600_000,
    tried=3,
    opened=2,
    lost=1,
    replaced=0,
    skew_s=-0.125,
)
INGEST = ProcessState(
    kind="ingest",
    host="desk-1",
    pid=11,
    started_ms=STARTED_MS,
    said_ms=SAID_MS,
    versions={"python": "3.11.7", "spreadboard": "0.1.0"},
    memory_mb=101.5,
    cpu_share=0.25,
    threads=9,
    descriptors=31,
    vitals=Vitals(
        rates={"trades": 412.4, "batches": 19.5},
        counts={"trades": 90_000, "dropped_frames": 1_234},
        latencies={"publish": Latency(1.23, 4.56, 7.89, 1_170)},
        connections=(CONNECTION,),
    ),
)
WEB = replace(INGEST, kind="web", pid=22, vitals=Vitals(latencies={"refresh": Latency(0.5, 12.4, 30.0, 60)}))


def grown_old(client: Redis, state: ProcessState, age_ms: int) -> None:
    """Write a state whose last word was so long ago."""
    written_ms = write_process(client, state)
    name = process_name(state.kind, state.host, state.pid)
    raw = client.hget(keys.PROCESSES, name)
    assert isinstance(raw, bytes)
    client.hset(keys.PROCESSES, name, str(written_ms - age_ms).encode() + raw[raw.index(b" ") :])
