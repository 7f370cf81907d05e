"""The monitor page's answer: watchlist, prices, feed, what waits for somebody."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from zlib import crc32

from dash import html

from dash_app import ids
from dash_app.components.monitor_body import WATCHLIST_COLUMNS
from dash_app.components.table import table_columns
from dash_app.figures.view import Leg
from dash_app.request import PageRequest
from dash_app.sections import Section, props_section
from dash_app.views.feed import ended_words, feed_props, feed_rows
from dash_app.views.held_back import held_back
from dash_app.views.log import unacknowledged_rows
from dash_app.views.pair_controls import leg_options
from dash_app.views.pair_head import leg_of
from dash_app.views.pair_state import state_props
from dash_app.views.shell import main_feed
from dash_app.views.silence import bars_stale, feed_stale, leg_stale, usual_rate
from dash_app.views.watch_row import WatchRow, watch_cells
from dash_app.words import clock, listed, minute, number
from engine.board import Board
from engine.desk.types import Settings
from engine.errors import UnknownInstrument
from engine.snapshot import Snapshot
from engine.views import FeedState

UNACKNOWLEDGED_SHOWN = 3


def monitor_sections(board: Board, request: PageRequest, now_ms: int) -> Iterator[Section]:
    """Sections of the page. Raises `StoreUnavailable`."""
    feeds, settings = board.reader.feeds(), board.desk.settings()
    infos = {view.id: view.info for view in board.reader.instruments()}
    rows = _watch_rows(board, feeds, infos, now_ms)
    yield props_section("state", "monitor", _state(feeds, now_ms))
    yield props_section("feed", "monitor", feed_props(feeds, len(infos), now_ms))
    yield props_section("options", "monitor", _options(infos, feeds))
    yield _watch_section(rows, settings)
    yield _live_section(board, rows)
    yield props_section("feed-list", "monitor", _feed_list(feeds, rows, infos, request, now_ms))
    alerts = board.desk.alerts(limit=UNACKNOWLEDGED_SHOWN, unacknowledged=True)
    version = str(board.desk.version())
    yield Section(
        "waiting",
        version,
        f"waiting|{version}",
        lambda: {"props": _waiting(alerts, infos, board.desk.unacknowledged())},
    )
    yield Section(
        "settings",
        str(settings.refresh_ms),
        f"refresh|{settings.refresh_ms}",
        lambda: {"settings": {"refresh": settings.refresh_ms}},
    )


def _watch_rows(board: Board, feeds: Sequence[FeedState], infos: Mapping[str, Any], now_ms: int) -> list[WatchRow]:
    """One row for each watched pair whose instruments are there, the widest z first, those without a current z last."""
    last_alerts, stages = board.desk.last_alerts(), board.desk.stages()
    home = main_feed(feeds, "")
    rows = []
    for watched in board.desk.watchlist():
        p = watched.parameters
        try:
            snapshot = board.reader.snapshot(p)
        except UnknownInstrument:
            continue
        feed = main_feed(feeds, p.y.partition(":")[0])
        y, x = leg_of(p.y, dict(infos)), leg_of(p.x, dict(infos))
        ended = y.uploaded or x.uploaded or (feed is not None and feed.state == "ended")
        stale = snapshot.as_of_ms if ended else _stale_ms(snapshot, feed, y, x, now_ms)
        diagnosis, alert = board.reader.diagnosis(p), last_alerts.get(p.key)
        venue = home.venue if home else ""
        stage, held = stages.get(p.key), held_back(board, snapshot)
        rows.append(WatchRow(watched, snapshot, y, x, diagnosis, alert, stale, None, venue, ended, stage, held))
    common = _common_as_of(rows)
    rows = [replace(row, common_as_of_ms=common) for row in rows]
    return sorted(rows, key=lambda row: (not row.current, -abs(row.z) if math.isfinite(row.z) else 0.0))


def _common_as_of(rows: Sequence[WatchRow]) -> int | None:
    """The close that most rows share, so that only the others name theirs."""
    times = [row.snapshot.as_of_ms for row in rows]
    known = [time for time in times if time is not None]
    return max(set(known), key=lambda time: (known.count(time), time), default=None)


def _stale_ms(snapshot: Snapshot, feed: FeedState | None, y: Leg, x: Leg, now_ms: int) -> int | None:
    if feed is None:
        return None
    whole = feed_stale(feed, now_ms) or bars_stale(snapshot, feed, now_ms)
    if whole:
        return whole.since_ms
    for leg, column in ((y, "trades_y"), (x, "trades_x")):
        state = feed.legs.get(leg.instrument) or feed.legs.get(leg.symbol)
        silent = leg_stale(state, feed, partial(usual_rate, snapshot, column), now_ms)
        if silent:
            return silent.since_ms
    return None


def _watch_section(rows: Sequence[WatchRow], settings: Settings) -> Section:
    version = f"{crc32('|'.join(row.version for row in rows).encode()):08x}.{settings.entry:g}.{settings.exit:g}"
    return Section(
        "watch",
        version,
        f"watch|{version}",
        lambda: {"watch": [watch_cells(row) for row in rows], "props": _heads(rows, settings)},
    )


def _heads(rows: Sequence[WatchRow], settings: Settings) -> dict[str, dict[str, Any]]:
    counts = {
        "all": len(rows),
        "signal": sum(bool(row.signal and row.current) for row in rows),
        "look": sum(row.needs_a_look for row in rows),
    }
    names = {"all": "All", "signal": "Signal", "look": "Needs a look"}
    as_of = _common_as_of(rows)
    order = f"by |z|, rows without a current z last · entry ±{settings.entry:g}, exit ±{settings.exit:g}"
    note: list[Any] = [html.Span(f"{order} · " if as_of else order, className="sb-wide")]
    if as_of:
        note += [f"as of {minute(as_of)} UTC", html.Span(" unless a row says otherwise", className="sb-wide")]
    empty = "" if rows else "Nothing is watched yet: add a pair here, or press Watch on a pair's page."
    return {
        ids.WATCHLIST: {"columns": table_columns(WATCHLIST_COLUMNS, _names(rows, settings))},
        ids.FILTER: {"options": [{"value": key, "label": f"{name} {counts[key]}"} for key, name in names.items()]},
        ids.WATCHLIST_NOTE: {"children": note},
        ids.WATCHLIST_EMPTY: {"children": empty},
    }


def _names(rows: Sequence[WatchRow], settings: Settings) -> dict[str, str]:
    """Column names with the unit that all rows share."""
    level = f"±{settings.entry:g}"
    names = {"bar": f"bar, ticks at {level}", "spark": f"z, 60 bars, lines at {level}"}
    for column, quotes in (("price_y", {row.y.quote for row in rows}), ("price_x", {row.x.quote for row in rows})):
        if len(quotes) == 1:
            names[column] = listed(f"price {column[-1]}", quotes.pop())
    scales = {row.watched.parameters.scale.value for row in rows}
    return names | ({"beta": f"beta, {scales.pop()}"} if len(scales) == 1 else {})


def _live_section(board: Board, rows: Sequence[WatchRow]) -> Section:
    """Prices of now by row: the unfinished bar's, else the last close."""
    live: dict[str, list[str]] = {}
    for row in rows:
        prices = board.reader.open_prices(row.watched.parameters)
        last = row.snapshot.rows[-1] if len(row.snapshot.rows) else None
        y = prices.y if prices.y is not None else (float(last["y"]) if last is not None else None)
        x = prices.x if prices.x is not None else (float(last["x"]) if last is not None else None)
        live[str(row.watched.id)] = [number(y, row.y.digits), number(x, row.x.digits)]
    version = f"{crc32(repr(live).encode()):08x}"
    return Section("live", version, f"live|{version}", lambda: {"live": live})


def _feed_list(
    feeds: Sequence[FeedState], rows: Sequence[WatchRow], infos: Mapping[str, Any], request: PageRequest, now_ms: int
) -> dict[str, dict[str, Any]]:
    rates: dict[str, float] = {}
    for row in rows:
        for leg, column in ((row.y, "trades_y"), (row.x, "trades_x")):
            rates[leg.instrument] = max(rates.get(leg.instrument, 0.0), usual_rate(row.snapshot, column))
    cells = feed_rows(feeds, rates, now_ms)
    shown = cells if request.view.get("feed") == "all" else cells[:UNACKNOWLEDGED_SHOWN]
    return {
        ids.FEED_LIST: {"data": shown},
        ids.FEED_NOTE: {"children": f"worst first, {len(shown)} of {len(cells) or len(infos)}"},
    }


def _options(infos: Mapping[str, Any], feeds: Sequence[FeedState]) -> dict[str, dict[str, Any]]:
    home = main_feed(feeds, "")
    options = leg_options(list(infos), {home.venue} if home else set())
    out: dict[str, dict[str, Any]] = {ids.ADD_Y: {"options": options}, ids.ADD_X: {"options": options}}
    if len(options) > 1:
        out[ids.ADD_Y]["value"], out[ids.ADD_X]["value"] = options[0]["value"], options[1]["value"]
    return out


def _waiting(alerts: Sequence[Any], infos: Mapping[str, Any], count: int) -> dict[str, dict[str, Any]]:
    note = "None waits." if not count else "" if count <= len(alerts) else f"{count - len(alerts)} more wait"
    return {ids.UNACKNOWLEDGED: {"data": unacknowledged_rows(alerts, infos)}, ids.LOG_NOTE: {"children": note}}


def _state(feeds: Sequence[FeedState], now_ms: int) -> dict[str, dict[str, Any]]:
    if not feeds:
        return state_props(
            [("flat", "dim", "No feed has written to this store yet: start the ingestor, or wait for it.")]
        )
    feed = main_feed(feeds, "")
    stale = feed_stale(feed, now_ms)
    if feed and stale:
        words = f"Stale since {clock(stale.since_ms)} UTC: {stale.what}. Numbers below are as of then."
        return state_props([("clock", "stale", words)], stale=True)
    if feed and feed.state == "ended":
        return state_props([("flat", "dim", ended_words(feed))])
    if feed and feed.state in ("connecting", "warming"):
        return state_props([("warming", "dim", feed.detail or "Loading history before the first live bar")])
    return state_props([])
