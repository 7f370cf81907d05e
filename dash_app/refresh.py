"""One answer to one tick: the page's sections, or why there are none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.board import Board
from engine.errors import ParameterError, StoreUnavailable, UnknownInstrument


from dash_app.request import PageRequest, parse_request
from dash_app.sections import Section, SectionCache, props_section
from dash_app.views.alerts import alerts_sections
from dash_app.views.monitor import monitor_sections
from dash_app.views.pair import pair_parameters, pair_sections
from dash_app.views.pair_state import state_props
from dash_app.views.shell import shell_section, store_down_section


def refresh(board: Board, cache: SectionCache, tick: object, now_ms: int) -> Any:
    """What is new to the browser that asks, None when nothing is. `now_ms` is UTC."""
    request = parse_request(tick)
    try:
        return cache.answer(request, list(_sections(board, request, now_ms)))
    except StoreUnavailable:
        words = "The store does not answer. Numbers below are as they last came; this page goes on by itself when it is back."
        state = props_section("state", "down", state_props([("bad", "bad-text", words)], stale=True))
        return cache.answer(request, [store_down_section(), state])


def _sections(board: Board, request: PageRequest, now_ms: int) -> Iterator[Section]:
    venue = request.view.get("y", "").partition(":")[0] if request.page == "pair" else ""
    yield shell_section(board.reader.feeds(), venue, board.desk.unacknowledged(), now_ms)
    if request.page == "monitor":
        yield from monitor_sections(board, request, now_ms)
    elif request.page == "alerts":
        yield from alerts_sections(board, now_ms)
    elif request.page == "pair":
        yield from _pair(board, request, now_ms)


def _pair(board: Board, request: PageRequest, now_ms: int) -> Iterator[Section]:
    """The pair's sections, or the refusal in their place."""
    try:
        sections = list(pair_sections(board, request, pair_parameters(board, request.view), now_ms))
    except ParameterError as error:
        sections = [_refusal(str(error))]
    except UnknownInstrument as error:
        sections = [_refusal(f"No instrument {error.instrument} here. Choose another above, or see /api/v1/instruments.")]
    yield from sections


def _refusal(words: str) -> Section:
    words = words[:1].upper() + words[1:]
    return props_section("state", "refused", state_props([("bad", "bad-text", words)], stale=True))
