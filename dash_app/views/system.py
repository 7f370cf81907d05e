"""The system page's answer: what processes, store, database and feeds say of themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dash_app import ids
from dash_app.missed_words import missed_minutes, missed_trades
from dash_app.sections import Section, props_section
from dash_app.views.pair_state import state_props
from dash_app.views.shell import lag_means
from dash_app.views.silence import feed_stale
from dash_app.views.system_rows import connection_rows, feed_rows, latency_rows, milliseconds, process_rows
from dash_app.views.system_store import size, store_rows, versions
from dash_app.views.system_trouble import system_trouble
from dash_app.words import clock, number
from engine.board import Board
from engine.system import ProcessState, SystemView
from engine.views import FeedState, ReaderGap

_PROCESSES = "each speaks every 2 s, is grey after 4 s of silence and gone after 10 min"
_LATENCIES = "of lags: the last 10 s; from 10 µs to 100 s, to 4.5 %"
_MB = 1_000_000


def system_sections(board: Board, now_ms: int) -> Iterator[Section]:
    """Sections of the page. Raises `StoreUnavailable`."""
    view, feeds = board.system.look(), board.reader.feeds()
    yield props_section("state", "system", state_props(system_trouble(view, feeds)))
    yield props_section("strip", "system", _strip(view, feeds, now_ms) | _missed(board.reader.all_missed()))
    yield props_section("processes", "system", _processes(view))
    yield props_section("links", "system", _links(view, feeds, now_ms))
    yield props_section("facts", "system", _facts(view))


def _processes(view: SystemView) -> dict[str, dict[str, Any]]:
    return {
        ids.PROCESSES: {"data": process_rows(view)},
        ids.PROCESSES_NOTE: {"children": _PROCESSES},
        ids.LATENCIES: {"data": latency_rows(view)},
        ids.LATENCIES_NOTE: {"children": _LATENCIES},
    }


def _facts(view: SystemView) -> dict[str, dict[str, Any]]:
    return {ids.STORE_FACTS: {"data": store_rows(view)}, ids.VERSIONS: {"children": versions(view)}}


def _links(view: SystemView, feeds: Sequence[FeedState], now_ms: int) -> dict[str, dict[str, Any]]:
    connections = connection_rows(view)
    count = f"{len(connections)} connection{'s' * (len(connections) != 1)}, as their ingestor last said"
    return {
        ids.CONNECTIONS: {"data": connections},
        ids.CONNECTIONS_NOTE: {"children": count if connections else "None: a recording needs none."},
        ids.FEEDS: {"data": feed_rows(feeds, now_ms)},
        ids.FEEDS_NOTE: {"children": "counts since the ingestor's start" if feeds else "None has written yet."},
    }


def _strip(view: SystemView, feeds: Sequence[FeedState], now_ms: int) -> dict[str, dict[str, Any]]:
    """What is of now is of the living: of processes that speak, and of feeds that are not stale."""
    live = [feed for feed in feeds if feed_stale(feed, now_ms) is None]
    alive = [process for process in view.processes if not process.stale(view.now_ms)]
    lags = [feed.lag_p95_ms or 0.0 for feed in live if lag_means(feed)]
    legs = [leg for feed in feeds for leg in feed.legs.values()]
    memory = [process.memory_mb for process in alive if process.memory_mb is not None]
    limit = view.store.limit_mb
    values = {
        "processes": (str(len(alive)), f"of {len(view.processes)}"),
        "trades": (number(sum(feed.trades_per_s for feed in live), 0), "/s") if live else ("–", ""),
        "lag": (number(max(lags), 0) if lags else "–", "ms" if lags else ""),
        "answers": _answers(alive),
        "gaps": (number(sum(leg.gaps_open for leg in legs), 0), f"of {sum(leg.gaps for leg in legs):,}"),
        "reconnects": (number(sum(feed.reconnects for feed in feeds), 0), ""),
        "dropped": (number(sum(feed.dropped_frames for feed in feeds), 0), ""),
        "memory": (number(sum(memory), 0) if memory else "–", "MB" if memory else ""),
        "store": (number(view.store.used_mb, 1) or "–", f"of {limit:,.0f} MB" if limit else "MB"),
        "database": size(view.database.size_bytes) or ("–", ""),
        "as-of": (clock(view.now_ms), ""),
    }
    out: dict[str, dict[str, Any]] = {}
    for name, (value, note) in values.items():
        out[f"system-{name}"] = {"children": value}
        out[f"system-{name}-note"] = {"children": note}
    return out


def _missed(missed: Sequence[ReaderGap]) -> dict[str, dict[str, Any]]:
    """What left the store before the archive, or the history of minutes, had read it."""
    minutes = missed_minutes(missed)
    return {
        "system-missed": {"children": number(missed_trades(missed), 0)},
        "system-missed-note": {"children": f"and {minutes:,} min" if minutes else ""},
    }


def _answers(alive: Sequence[ProcessState]) -> tuple[str, str]:
    """Of the worker that is slowest."""
    times = [process.vitals.latencies.get("refresh") for process in alive if process.kind == "web"]
    known = [latency.p95 for latency in times if latency is not None and latency.p95 is not None]
    return (milliseconds(max(known)), "ms") if known else ("–", "")
