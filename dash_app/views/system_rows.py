"""Rows of the system page's tables: processes, their times, connections and feeds."""

from __future__ import annotations

from collections.abc import Sequence

from dash_app.components.cells import text
from dash_app.components.icon import icon_html
from dash_app.views.shell import lag_means
from dash_app.views.silence import feed_stale
from dash_app.words import clock, duration, moment, number, signed
from engine.system import ConnectionView, ProcessState, SystemView
from engine.views import FeedState

_OF_THE_FEED = ("trades", "rejected", "duplicates", "reconnects")  # shown with the feed
_NAMED = 3  # silent streams


def process_rows(view: SystemView) -> list[dict[str, str]]:
    """One row a process that spoke within ten minutes; one that is silent is as it last was."""
    return [_process_row(process, view.now_ms) for process in view.processes]


def latency_rows(view: SystemView) -> list[dict[str, str]]:
    """One row for each thing that a living process times."""
    return [
        {
            "id": f"{process.name} {what}",
            "process": _name(process),
            "what": what,
            "p50": milliseconds(latency.p50),
            "p95": milliseconds(latency.p95),
            "p99": milliseconds(latency.p99),
            "n": number(latency.n, 0),
        }
        for process in view.processes
        if not process.stale(view.now_ms)
        for what, latency in process.vitals.latencies.items()
    ]


def connection_rows(view: SystemView) -> list[dict[str, str]]:
    """Each connection as its ingestor last said; of one that is silent, unless another speaks for the same now."""
    rows: dict[str, dict[str, str]] = {}
    for process in sorted(view.processes, key=lambda each: not each.stale(view.now_ms)):
        for connection in process.vitals.connections:
            key = f"{connection.venue} {connection.name}"
            rows[key] = {"id": key, **_connection_row(connection, process, view.now_ms)}
    return [rows[key] for key in sorted(rows)]


def feed_rows(feeds: Sequence[FeedState], now_ms: int) -> list[dict[str, str]]:
    return [_feed_row(feed, now_ms) for feed in feeds]


def milliseconds(ms: float | None) -> str:
    """Three digits are what a histogram knows; blank for None."""
    size = 0.0 if ms is None else ms
    return number(ms, 3 if size < 1 else 2 if size < 10 else 1 if size < 100 else 0)


def _ago(ms: int) -> str:
    """By milliseconds below a second: that is how long a frame is usually ago."""
    return f"{max(ms, 0)} ms ago" if ms < 1_000 else f"{duration(ms / 1000)} ago"


def _process_row(process: ProcessState, now_ms: int) -> dict[str, str]:
    stale = process.stale(now_ms)
    mark = icon_html("clock", tone="stale") if stale else icon_html("good", tone="good")
    vitals = process.vitals
    counts = {name: count for name, count in vitals.counts.items() if count and name not in _OF_THE_FEED}
    since = f"silent since {clock(process.written_ms)}" if stale else moment(process.started_ms, process.said_ms)
    return {
        "id": process.name,
        "tone": "stale" if stale else "",
        "process": f"{mark} {_name(process)}",
        "since": since,
        "memory": number(process.memory_mb, 1),
        "cpu": number(None if process.cpu_share is None else 100 * process.cpu_share, 1),
        "threads": str(process.threads),
        "files": number(process.descriptors, 0),
        "does": " · ".join(_rate(rate, name) for name, rate in vitals.rates.items()),
        "counts": " · ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in counts.items()),
        "notes": "; ".join(vitals.notes),
    }


def _rate(rate: float, name: str) -> str:
    return f"{number(rate, 0 if rate >= 100 or not rate else 1)} {name}/s"


def _name(process: ProcessState) -> str:
    return f'<b>{process.kind}</b> <span class="sb-dim">{text(f"{process.host}:{process.pid}")}</span>'


def _connection_row(connection: ConnectionView, process: ProcessState, now_ms: int) -> dict[str, str]:
    stale, silent_ms = process.stale(now_ms), now_ms - process.written_ms
    if stale:
        mark, tone, state = "clock", "stale", f"silent since {clock(process.written_ms)}"
    elif not connection.connected:
        mark, tone, state = "bad", "bad-text", connection.detail or "not connected"
    elif connection.silent:
        more = f" and {len(connection.silent) - _NAMED} more" if len(connection.silent) > _NAMED else ""
        mark, tone, state = "doubtful", "doubtful-text", f"silent: {', '.join(connection.silent[:_NAMED])}{more}"
    else:
        mark, tone, state = "good", "good", "delivers"
    frame_ms = connection.last_frame_ms
    return {
        "tone": "stale" if stale else "",
        "connection": f"{icon_html(mark, tone=tone)} <b>{text(connection.venue)}</b> {text(connection.name)}",
        "host": connection.host,
        "state": text(state),
        "streams": str(connection.streams),
        "silent": str(len(connection.silent)),
        "frame": "" if frame_ms is None else _ago(process.said_ms - frame_ms + (silent_ms if stale else 0)),
        "since": moment(connection.since_ms, process.said_ms),
        "rotation": moment(connection.rotation_ms, process.said_ms),
        "tried": number(connection.tried, 0),
        "lost": number(connection.lost, 0),
        "replaced": number(connection.replaced, 0),
        "skew": signed(connection.skew_s, 2),
    }


def _feed_row(feed: FeedState, now_ms: int) -> dict[str, str]:
    stale = feed_stale(feed, now_ms)
    good = feed.state == "streaming" and stale is None
    mark = icon_html("good", tone="good") if good else icon_html("clock", tone="stale")
    legs = feed.legs.values()
    return {
        "id": feed.venue,
        "tone": "stale" if stale else "",
        "venue": f"{mark} <b>{text(feed.venue)}</b> {feed.origin}",
        "state": f"stale since {clock(stale.since_ms)}: {stale.what}" if stale else (feed.detail or feed.state),
        "trades": number(feed.trades_per_s, 1),
        "quotes": number(feed.quotes_per_s, 1),
        "lag": number(feed.lag_p95_ms, 1) if lag_means(feed) else "",
        "gaps": number(sum(leg.gaps for leg in legs), 0),
        "open": number(sum(leg.gaps_open for leg in legs), 0),
        "missing": number(sum(leg.missing_ids for leg in legs), 0),
        "rejected": number(feed.rejected, 0),
        "duplicates": number(feed.duplicates, 0),
        "reconnects": number(feed.reconnects, 0),
        "since": moment(feed.started_ms, now_ms),
    }
