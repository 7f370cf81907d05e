"""The data page's answer: instruments with their statistics, made once for all who look at the same span."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dash_app import ids
from dash_app.components.data_body import DEFAULTS, SPANS
from dash_app.components.pair_header import TIMEFRAMES
from dash_app.request import PageRequest
from dash_app.sections import Memo, Section, encode, props_section, raw_section
from dash_app.views.data_followed import followed_props
from dash_app.views.data_rows import data_rows
from dash_app.views.data_uploads import uploads_props
from dash_app.views.pair_controls import leg_options
from dash_app.views.pair_state import state_props
from dash_app.views.shell import main_feed
from dash_app.words import bar_time, duration, span
from engine.board import Board
from engine.data_stats import Span
from engine.data_table import DataView
from engine.desk.types import FollowedInstrument
from engine.parameters import Timeframe

DAY_MS, MINUTE_MS = 86_400_000, 60_000
SETTLED_MS = 5_000  # after a bar's close: late trades have come by then
NOTHING_YET = "No instruments here yet: they come when the feed's ingestor has read its list, or with a file of yours."


def data_sections(board: Board, request: PageRequest, now_ms: int, memo: Memo) -> Iterator[Section]:
    """Sections of the page. Raises `StoreUnavailable`."""
    timeframe, chosen = _chosen(request, "timeframe", TIMEFRAMES), _chosen(request, "span", SPANS)
    view = board.data.view(Timeframe(timeframe), Span(chosen))
    scope = f"data|{timeframe}|{chosen}"
    yield props_section("state", "data", state_props([]))
    followed, day = board.data.followed(), now_ms // DAY_MS
    yield memo.section(
        scope,
        f"{view.version}.{hash(followed)}.{day}",
        lambda: props_section("data", scope, _table(view, followed, now_ms)),
    )
    venues = list(dict.fromkeys(each.venue for each in followed))
    yield props_section("followed", "data", followed_props(followed, venues))
    yield _choices_section(board, view, venues)
    brought = [each.info for each in view.instruments if each.id.startswith("upload:")]
    yield memo.section(
        "data|uploads",
        f"{board.desk.version()}.{hash(tuple(brought))}.{day}",
        lambda: props_section("uploads", "data", uploads_props(board.uploads.all(), now_ms)),
    )
    refresh_ms = board.desk.settings().refresh_ms
    yield Section("settings", str(refresh_ms), f"refresh|{refresh_ms}", lambda: {"settings": {"refresh": refresh_ms}})


def _chosen(request: PageRequest, name: str, choices: tuple[str, ...]) -> str:
    given = request.view.get(name, "")
    return given if given in choices else DEFAULTS[name]


def _choices_section(board: Board, view: DataView, venues: Sequence[str]) -> Section:
    """What can be taken along and followed, and the time up to which each has bars that hardly change any more."""
    feeds = board.reader.feeds()
    home, alive = main_feed(feeds, ""), {feed.venue for feed in feeds if feed.state != "ended"}
    options = leg_options([each.id for each in view.instruments], {home.venue} if home else set())
    ends = {
        each.id: (each.last_ms - SETTLED_MS) // MINUTE_MS * MINUTE_MS if _venue(each.id) in alive else each.last_ms
        for each in board.reader.instruments()
        if each.last_ms is not None
    }
    return raw_section("choices", "data", encode({"choices": {"options": options, "ends": ends, "venues": venues}}))


def _venue(instrument: str) -> str:
    return instrument.partition(":")[0]


def _table(view: DataView, followed: Sequence[FollowedInstrument], now_ms: int) -> dict[str, dict[str, Any]]:
    return {
        ids.DATA_TABLE: {"data": data_rows(view, followed, now_ms)},
        ids.DATA_NOTE: {"children": _note(view)},
        ids.DATA_EMPTY: {"children": "" if view.instruments else NOTHING_YET},
    }


def _note(view: DataView) -> str:
    """What the numbers are of, and where that is less than was asked for."""
    ends = [each.bars.last_ms for each in view.instruments if each.bars]
    if not ends:
        return ""
    bar_ms = view.timeframe.ms
    whole = view.shown_ms >= view.span.ms
    length = span(view.shown_ms) if whole else f"{duration(view.shown_ms / 1000)} of the {span(view.span.ms)} asked for"
    more = "" if whole else ", more are not looked at at once"
    return f"last {length} of closed {view.timeframe} bars{more} · as of {bar_time(max(ends), bar_ms)} UTC"
