"""One answer to one tick: the page's sections, or why there are none."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from dash_app.page_cache import PageCache
from dash_app.request import PageRequest, parse_request
from dash_app.sections import Answer, MadePage, Memo, Section, SectionCache, props_section
from dash_app.views.alerts import alerts_sections
from dash_app.views.data import data_sections
from dash_app.views.market import market_parameters, market_sections
from dash_app.views.market_state import market_refusal
from dash_app.views.monitor import monitor_sections
from dash_app.views.news import news_section
from dash_app.views.pair import pair_parameters, pair_sections
from dash_app.views.pair_state import state_props
from dash_app.views.refusal import nothing_here, refusal_props
from dash_app.views.shell import shell_section, store_section
from dash_app.views.system import system_sections
from engine.board import Board
from engine.errors import ParameterError, StoreSlow, StoreUnavailable, UnknownInstrument

_AS_THEY_CAME = "Whatever numbers are below are as they last came; the page goes on"
STORE_DOWN = f"The store does not answer. {_AS_THEY_CAME} when it is back."
STORE_SLOW = f"The store is slow to answer. {_AS_THEY_CAME} with its next answer."


class Refresher:
    """Answers ticks over a board; one for a process, safe between threads."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._sections = SectionCache()
        self._pages: PageCache[MadePage] = PageCache()
        self._memo = Memo()

    def answer(self, tick: object, now_ms: int) -> Answer | None:
        """What is new to the browser that asks, None when nothing is. `now_ms` is UTC."""
        request = parse_request(tick)
        try:
            page = self._pages.get(request.asked, lambda: self._fresh(request, now_ms), lambda made: made.moved())
            return page.answer(request)
        except StoreUnavailable as error:  # met by a section that reads the store when it is made
            return self._sections.answer(request, _without_store(error))

    def _fresh(self, request: PageRequest, now_ms: int) -> MadePage:
        try:
            sections = tuple(_sections(self._board, request, now_ms, self._memo))
        except StoreUnavailable as error:
            sections = _without_store(error)
        return MadePage(sections, self._sections, partial(_moved, self._board, request))


def _moved(board: Board, request: PageRequest) -> bool:
    """Whether a bar of the page closed since it was made; True for pages that follow no bars of their own."""
    try:
        if request.page == "pair":
            return board.reader.moved(pair_parameters(board, request.view))
        return request.page != "market" or board.reader.moved(market_parameters(board, request.view))
    except (ParameterError, StoreUnavailable):
        return True


def _without_store(error: StoreUnavailable) -> tuple[Section, ...]:
    slow = isinstance(error, StoreSlow)
    line = ("clock", "stale", STORE_SLOW) if slow else ("bad", "bad-text", STORE_DOWN)
    return store_section(slow=slow), props_section("state", "slow" if slow else "down", state_props([line], stale=True))


def _sections(board: Board, request: PageRequest, now_ms: int, memo: Memo) -> Iterator[Section]:
    main = {"pair": "y", "market": "instrument"}.get(request.page, "")
    venue = request.view.get(main, "").partition(":")[0]
    yield shell_section(board.reader.feeds(), venue, board.desk.unacknowledged(), now_ms)
    yield news_section(board, memo)
    if request.page == "monitor":
        yield from monitor_sections(board, request, now_ms)
    elif request.page == "alerts":
        yield from alerts_sections(board, request, now_ms)
    elif request.page == "system":
        yield from system_sections(board, now_ms)
    elif request.page == "data":
        yield from data_sections(board, request, now_ms, memo)
    elif request.page == "pair":
        yield from _pair(board, request, now_ms, memo)
    elif request.page == "market":
        yield from _market(board, request, now_ms, memo)


def _market(board: Board, request: PageRequest, now_ms: int, memo: Memo) -> Iterator[Section]:
    """The instrument's sections, or the refusal in their place."""
    try:
        sections = list(market_sections(board, request, market_parameters(board, request.view), now_ms, memo))
    except (ParameterError, UnknownInstrument) as error:
        names = [instrument.id for instrument in board.reader.instruments()]
        props = market_refusal(error, request, names) if names else nothing_here()
        sections = [props_section("state", "refused", props)]
    yield from sections


def _pair(board: Board, request: PageRequest, now_ms: int, memo: Memo) -> Iterator[Section]:
    """The pair's sections, or the refusal in their place."""
    try:
        sections = list(pair_sections(board, request, pair_parameters(board, request.view), now_ms, memo))
    except (ParameterError, UnknownInstrument) as error:
        names = [instrument.id for instrument in board.reader.instruments()]
        props = refusal_props(error, request.view, names) if names else nothing_here()
        sections = [props_section("state", "refused", props)]
    yield from sections
