"""The board itself over HTTP: what each process, the store and the database say of themselves."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

import orjson
from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from dash_app.api.described import Described
from dash_app.api.problems import REFUSALS
from dash_app.api.times import iso_utc
from engine.board import Board
from engine.system import ConnectionView, ProcessState, SystemView

_SYSTEM = Tag(name="system", description="How the board itself is")
OWN_CLOCK = "by the process's own clock"


class LatencyOut(Described):
    p50: float | None = Field(description="ms, as the others")
    p95: float | None
    p99: float | None
    n: int = Field(description="how many of the last minute; of a lag: ticks of the last ten seconds")


class ConnectionOut(Described):
    venue: str
    name: str
    host: str
    connected: bool = Field(description="data comes")
    detail: str
    streams: int
    silent: list[str] = Field(description="streams that should deliver and do not")
    since: str | None
    last_frame: str | None
    rotation: str | None = Field(description="when it is to be replaced by another")
    tried: int
    opened: int
    lost: int
    replaced: int
    skew_s: float | None = Field(description="how far the venue's clock is ahead of the ingestor's")


class ProcessOut(Described):
    name: str
    kind: Literal["ingest", "monitor", "web", "archive"]
    host: str
    pid: int
    started: str = Field(description=OWN_CLOCK)
    last_word: str = Field(description="by the store's clock")
    stale: bool = Field(description="it has been silent for more than five seconds: what it said is as of then")
    clock_ahead_s: float = Field(description="how far its clock is ahead of the store's")
    versions: dict[str, str]
    memory_mb: float | None = Field(description="10⁶ bytes resident")
    cpu_share: float | None = Field(description="of one core")
    threads: int
    descriptors: int | None
    rates: dict[str, float] = Field(description="a second")
    counts: dict[str, int] = Field(description="since its start")
    latencies: dict[str, LatencyOut]
    connections: list[ConnectionOut]
    notes: list[str]


class StoreOut(Described):
    name: str
    version: str
    used_mb: float | None = Field(description="10⁶ bytes, as the others")
    peak_mb: float | None
    limit_mb: float | None = Field(description="null: none")
    policy: str
    fragmentation: float | None
    clients: int | None
    most_clients: int | None
    commands_per_s: float | None
    evicted: int | None
    uptime_s: int | None


class DatabaseOut(Described):
    dialect: Literal["sqlite", "postgresql"]
    size_bytes: int | None
    reason: str = Field(description="why there is no size")


class SystemOut(Described):
    as_of: str = Field(description="by the store's clock")
    processes: list[ProcessOut] = Field(description="that spoke within ten minutes")
    store: StoreOut
    database: DatabaseOut


def system_api(board: Board) -> APIBlueprint:
    """The blueprint of the board itself."""
    api = APIBlueprint("system", __name__, abp_responses=REFUSALS)

    @api.get("/system", tags=[_SYSTEM], responses={200: SystemOut}, summary="Processes, store and database")
    def system() -> Response:
        return Response(orjson.dumps(_system_out(board.system.look())), content_type="application/json")

    return api


def _system_out(view: SystemView) -> dict[str, Any]:
    return {
        "as_of": iso_utc(view.now_ms),
        "processes": [_process_out(process, view.now_ms) for process in view.processes],
        "store": asdict(view.store),
        "database": asdict(view.database),
    }


def _process_out(process: ProcessState, now_ms: int) -> dict[str, Any]:
    vitals = process.vitals
    return {
        "name": process.name,
        "kind": process.kind,
        "host": process.host,
        "pid": process.pid,
        "started": iso_utc(process.started_ms),
        "last_word": iso_utc(process.written_ms),
        "stale": process.stale(now_ms),
        "clock_ahead_s": process.clock_ahead_s,
        "versions": process.versions,
        "memory_mb": process.memory_mb,
        "cpu_share": process.cpu_share,
        "threads": process.threads,
        "descriptors": process.descriptors,
        "rates": vitals.rates,
        "counts": vitals.counts,
        "latencies": {name: asdict(latency) for name, latency in vitals.latencies.items()},
        "connections": [_connection_out(connection) for connection in vitals.connections],
        "notes": list(vitals.notes),
    }


def _connection_out(connection: ConnectionView) -> dict[str, Any]:
    fields = asdict(connection)
    times = {name: fields.pop(f"{name}_ms") for name in ("since", "last_frame", "rotation")}
    return fields | {name: None if ms is None else iso_utc(ms) for name, ms in times.items()}
