"""``GET /metrics`` for Prometheus: the whole board, whichever worker is asked, as all of it stands in the store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from flask import Flask, Response

from engine.board import Board
from engine.errors import StoreUnavailable
from engine.system import ConnectionView, ProcessState, SystemView
from engine.views import FeedState

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_MB = 1_000_000


class Sample(NamedTuple):
    """One value of a metric; those of one metric stand together, under its first help and type."""

    name: str
    kind: Literal["gauge", "counter"]
    help: str
    value: float | None
    labels: dict[str, str]


def register_metrics(server: Flask, board: Board) -> None:
    """The call. It answers without a store too, and says so: a board without one is no target that is down."""

    @server.get("/metrics")
    def metrics() -> Response:
        try:
            samples = [*system_samples(board.system.look()), *feed_samples(board.reader.feeds())]
        except StoreUnavailable:
            samples = [_gauge("store_up", "Whether the store answers", 0.0)]
        return Response(exposition(samples), content_type=CONTENT_TYPE)


def exposition(samples: Iterable[Sample]) -> str:
    """Prometheus' text format, 0.0.4; what is unknown is left out."""
    grouped: dict[str, list[Sample]] = {}
    for sample in samples:
        if sample.value is not None:
            grouped.setdefault(sample.name, []).append(sample)
    lines = []
    for name, group in grouped.items():
        lines += [f"# HELP {name} {group[0].help}", f"# TYPE {name} {group[0].kind}"]
        lines += [f"{name}{_labels(sample.labels)} {_number(sample.value)}" for sample in group]
    return "\n".join([*lines, ""])


def system_samples(view: SystemView) -> Iterator[Sample]:
    """Of a process that is silent there is only how long it has been."""
    yield _gauge("store_up", "Whether the store answers", 1.0)
    yield _gauge("store_memory_bytes", "Memory that the store uses", _bytes(view.store.used_mb))
    yield _gauge("store_memory_limit_bytes", "Memory that the store may use", _bytes(view.store.limit_mb))
    yield _gauge("store_clients", "Connections to the store", view.store.clients)
    yield _counter("store_evicted_keys_total", "Keys that went for lack of memory", view.store.evicted)
    yield _gauge("database_bytes", "Size of the database", view.database.size_bytes)
    for process in view.processes:
        labels = {"kind": process.kind, "host": process.host, "pid": str(process.pid)}
        silent_s = (view.now_ms - process.written_ms) / 1000
        yield _gauge("process_silent_seconds", "Time since a process's last word", silent_s, labels)
        if not process.stale(view.now_ms):
            yield from _process_samples(process, labels)


def feed_samples(feeds: Iterable[FeedState]) -> Iterator[Sample]:
    """Of each venue's feed."""
    for feed in feeds:
        labels = {"venue": feed.venue}
        state = labels | {"state": feed.state}
        lag_s = None if feed.lag_p95_ms is None else feed.lag_p95_ms / 1000
        legs = feed.legs.values()
        yield _gauge("feed_state", "1 for the state that a feed is in", 1.0, state)
        yield _gauge("feed_written_seconds", "UTC of a feed's last word", feed.written_ms / 1000, labels)
        yield _gauge("feed_received_seconds", "UTC of the last frame", feed.received_ms / 1000, labels)
        yield _gauge("feed_lag_p95_seconds", "Exchange time to receipt, p95 of 10 s", lag_s, labels)
        yield _counter("feed_trades_total", "Trades received", feed.trades, labels)
        yield _counter("feed_rejected_total", "Frames rejected", feed.rejected, labels)
        yield _counter("feed_duplicates_total", "Trades that came twice", feed.duplicates, labels)
        yield _counter("feed_reconnects_total", "Connections lost", feed.reconnects, labels)
        yield _counter("feed_dropped_frames_total", "Frames given up", feed.dropped_frames, labels)
        yield _counter("feed_store_failures_total", "Attempts to write that failed", feed.store_failures, labels)
        yield _counter("feed_trimmed_entries_total", "Entries given up for room", feed.trimmed_entries, labels)
        yield _counter("feed_gaps_total", "Gaps of trade ids", sum(leg.gaps for leg in legs), labels)
        yield _gauge("feed_gaps_open", "Gaps that may still be filled", sum(leg.gaps_open for leg in legs), labels)
        yield _gauge("feed_missing_ids", "Trade ids that are absent", sum(leg.missing_ids for leg in legs), labels)


def _process_samples(process: ProcessState, labels: dict[str, str]) -> Iterator[Sample]:
    vitals = process.vitals
    yield _gauge("process_info", "Versions", 1.0, labels | process.versions)
    yield _gauge("process_start_seconds", "UTC of a process's start", process.started_ms / 1000, labels)
    yield _gauge("process_memory_bytes", "Resident memory", _bytes(process.memory_mb), labels)
    yield _gauge("process_cpu_share", "Share of one core", process.cpu_share, labels)
    yield _gauge("process_threads", "Threads", process.threads, labels)
    yield _gauge("process_open_files", "File descriptors in use", process.descriptors, labels)
    for name, rate in vitals.rates.items():
        yield _gauge("process_rate", "What a process does a second", rate, labels | {"of": name})
    for name, count in vitals.counts.items():
        yield _gauge("process_count", "What a process counts", count, labels | {"of": name})
    for name, latency in vitals.latencies.items():
        of = labels | {"of": name}
        yield _gauge("latency_samples", "Times of the last minute", latency.n, of)
        for quantile, ms in (("0.5", latency.p50), ("0.95", latency.p95), ("0.99", latency.p99)):
            seconds = None if ms is None else ms / 1000
            yield _gauge("latency_seconds", "Percentiles of the last minute", seconds, of | {"quantile": quantile})
    for connection in vitals.connections:
        yield from _connection_samples(process, connection)


def _connection_samples(process: ProcessState, connection: ConnectionView) -> Iterator[Sample]:
    labels = {"venue": connection.venue, "connection": connection.name, "pid": str(process.pid)}
    age_s = None if connection.last_frame_ms is None else (process.said_ms - connection.last_frame_ms) / 1000
    yield _gauge("connection_up", "Whether data comes", float(connection.connected), labels)
    yield _gauge("connection_streams", "Streams asked for", connection.streams, labels)
    yield _gauge("connection_silent_streams", "Streams that do not deliver", len(connection.silent), labels)
    yield _gauge("connection_frame_age_seconds", "Time since the last frame", age_s, labels)
    yield _counter("connection_attempts_total", "Attempts to connect", connection.tried, labels)
    yield _counter("connection_lost_total", "Ends without a successor", connection.lost, labels)
    yield _counter("connection_replaced_total", "Ends with a successor", connection.replaced, labels)
    yield _gauge("venue_clock_ahead_seconds", "The venue's clock before ours", connection.skew_s, labels)


def _gauge(name: str, help_text: str, value: float | None, labels: dict[str, str] | None = None) -> Sample:
    return Sample(f"spreadboard_{name}", "gauge", help_text, value, labels or {})


def _counter(name: str, help_text: str, value: float | None, labels: dict[str, str] | None = None) -> Sample:
    return Sample(f"spreadboard_{name}", "counter", help_text, value, labels or {})


def _bytes(mb: float | None) -> float | None:
    return None if mb is None else mb * _MB


def _labels(labels: dict[str, str]) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}" if labels else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float | None) -> str:
    return f"{value:.15g}"
