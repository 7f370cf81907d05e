"""The market page's answer: which sections it has, and the version of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import numpy as np

from dash_app import ids
from dash_app.components.market_body import controls_line
from dash_app.figures.market import market_figure
from dash_app.figures.market_view import MarketView, candle_columns
from dash_app.figures.market_words import market_words
from dash_app.figures.panels import Frame
from dash_app.request import PageRequest
from dash_app.sections import Memo, Section, props_section
from dash_app.views.market_gaps import DAY_MS, gaps_props
from dash_app.views.market_head import cards_props, head_props, mark_props, price_props
from dash_app.views.market_state import market_state
from dash_app.views.market_table import PAGE_ROWS, market_bar_columns, market_bar_rows
from dash_app.views.pair_controls import leg_options
from dash_app.views.pair_head import leg_of
from dash_app.views.pair_scene import made
from dash_app.words import clock, span
from engine.board import Board
from engine.market.parameters import MarketParameters, parse_market_parameters
from engine.market.snapshot import MarketSnapshot, generation

SHOWN_BARS = {"short": 90, "normal": 240, "long": 960}
SHOWN_SECONDS = {"short": 120, "normal": 300, "long": 1_200}
EXPORTED = 100_000


def market_parameters(board: Board, view: Mapping[str, str]) -> MarketParameters:
    """Those of the request; without an instrument those of the first one. Raises `ParameterError`."""
    name = view.get("instrument", "")
    if not name:
        name = next((instrument.id for instrument in board.reader.instruments()), "")
    return parse_market_parameters(name, view)


@dataclass(frozen=True, slots=True)
class MarketScene:
    """All that the sections of one answer are made from."""

    board: Board
    request: PageRequest
    view: MarketView
    now_ms: int

    @property
    def frame(self) -> Frame:
        return Frame(self.request.theme, self.request.narrow)

    @property
    def scope(self) -> str:
        return f"market|{self.view.parameters.key}"

    @property
    def look(self) -> str:
        """What a drawing depends on besides the data."""
        show = self.view.show if self.request.view.get("show") != "all" else "all"
        return f"{self.request.theme}{int(self.request.narrow)}.{show}.{self.view.group}"

    @property
    def made_of(self) -> str:
        """The bars shown, by what was revised or is absent among them."""
        return str(generation(self.view.rows, self.view.bar_ms))

    @property
    def last(self) -> int:
        rows = self.view.snapshot.rows
        return int(rows["open_time_ms"][-1]) if len(rows) else 0

    def seen_bar(self, seen: str, prefix: str) -> int | None:
        """Open time of the last bar that a browser has, by a version, if all of that still holds."""
        opened = seen.removeprefix(prefix)
        rows = self.view.rows
        if not seen.startswith(prefix) or not opened.isdecimal() or not len(rows):
            return None
        return int(opened) if int(rows["open_time_ms"][0]) <= int(opened) <= self.last else None


def market_sections(
    board: Board, request: PageRequest, p: MarketParameters, now_ms: int, memo: Memo
) -> Iterator[Section]:
    """Sections of the page of an instrument. Raises `UnknownInstrument` and `StoreUnavailable`."""
    infos = {view.id: view.info for view in board.reader.instruments()}
    yield memo.section(
        f"market|{p.instrument}|controls",
        "|".join(infos),
        lambda: props_section("controls", "controls", _controls(p, list(infos))),
    )
    snapshot = board.reader.market(p)
    base = infos[p.instrument].base if p.instrument in infos else ""
    leg, show = leg_of(p.instrument, infos), shown_bars(request.view.get("show", ""), snapshot)
    missed = tuple(gap for gap in board.reader.all_missed() if gap.instrument == p.instrument)
    view = MarketView(snapshot, leg, base, show, board.reader.ledger(p.instrument), missed)
    scene = MarketScene(board, request, view, now_ms)
    yield from _small_sections(scene)
    yield _bars_section(scene)
    yield _gaps_section(scene)
    yield from _figure_sections(scene)


def shown_bars(show: str, snapshot: MarketSnapshot) -> int:
    """How many bars are drawn."""
    choices = SHOWN_SECONDS if snapshot.parameters.timeframe.ms < 60_000 else SHOWN_BARS
    return max(len(snapshot.rows), 1) if show == "all" else choices.get(show, choices["normal"])


def _controls(p: MarketParameters, names: list[str]) -> dict[str, dict[str, Any]]:
    venue = p.instrument.partition(":")[0]
    return {
        ids.INSTRUMENT: {"options": leg_options(names, {venue}, (p.instrument,)), "value": p.instrument},
        ids.VENUE: {"children": venue},
    }


def _small_sections(scene: MarketScene) -> Iterator[Section]:
    view, board, p = scene.view, scene.board, scene.view.parameters
    yield props_section("state", scene.scope, market_state(view, board.reader.feeds(), scene.now_ms))
    open_bar = board.reader.open_bar(p.instrument, p.timeframe)
    price = None if open_bar is None or open_bar.open_time_ms <= scene.last or open_bar.close <= 0 else open_bar.close
    now = f"{price}.{scene.last}"
    yield made("live", now, scene.scope, lambda: {"props": price_props(view, price)})
    venue = p.instrument.partition(":")[0]
    venue_ms = max((feed.venue_time_ms for feed in board.reader.feeds() if feed.venue == venue), default=0)
    yield props_section("mark", scene.scope, mark_props(view, board.reader.mark(p.instrument), venue_ms))
    refresh_ms = board.desk.settings().refresh_ms
    yield Section(
        "settings", str(refresh_ms), f"market-settings|{refresh_ms}", lambda: {"settings": {"refresh": refresh_ms}}
    )
    yield made("cards", p.timeframe.value, scene.scope, lambda: {"props": cards_props(p)})
    head = f"{scene.made_of}.{scene.last}.{scene.look}.{view.ledger.version}"
    yield made("head", head, scene.scope, lambda: {"props": head_props(view) | _shown_props(scene)})
    # The candle that is still open stands after the last closed one, at its own close.
    width = view.group * view.bar_ms
    mark = None if price is None or open_bar is None else (open_bar.open_time_ms // width + 1) * width
    yield made("open", f"{mark}.{price}", scene.scope, lambda: {"chart_open": {"t": mark, "price": price}})


def _shown_props(scene: MarketScene) -> dict[str, dict[str, Any]]:
    view, p = scene.view, scene.view.parameters
    kept, as_of = len(view.snapshot.rows), clock(view.snapshot.as_of_ms)
    length = f"last {span(len(view.rows) * view.bar_ms)} of {span(kept * view.bar_ms)} kept"
    query = urlencode({"timeframe": p.timeframe.value, "limit": str(EXPORTED)})
    base = f"/api/v1/bars/{p.instrument}"
    return {
        ids.SHOWN: {"children": f"closed {p.timeframe} bars to {as_of} UTC · {length}" if as_of else ""},
        ids.CONTROLS_LINE: {"children": controls_line(p.query)},
        ids.NOTHING: {"children": "" if kept else "Chart, table and export come with the first closed bar."},
        ids.EXPORT_CSV: {"href": f"{base}.csv?{query}"},
        ids.EXPORT_XLSX: {"href": f"{base}.xlsx?{query}"},
    }


def _bars_section(scene: MarketScene) -> Section:
    """The newest page of the table follows the bars; a page further back stays as it was read."""
    view = scene.view
    total = len(view.snapshot.rows)
    asked = scene.request.view.get("bars", "0")
    page = min(int(asked) if asked.isdecimal() else 0, max(total - 1, 0) // PAGE_ROWS)
    prefix = f"{page}.{scene.made_of}."
    first = page * PAGE_ROWS
    whole = made(
        "bars",
        prefix + str(0 if page else scene.last),
        scene.scope,
        lambda: {
            "bars": {
                "rows": market_bar_rows(view, first, first + PAGE_ROWS),
                "size": PAGE_ROWS,
                "first": first,
                "total": total,
            },
            "props": {ids.BARS: {"columns": market_bar_columns(view)}},
        },
    )
    if page:
        return whole

    def since(seen: str) -> Section | None:
        bar = scene.seen_bar(seen, prefix)
        return None if bar is None else _bars_delta(scene, whole.version, bar)

    return replace(whole, since=since)


def _gaps_section(scene: MarketScene) -> Section:
    """The ledger of the span shown: another one when a gap changes, or leaves the span, or a reader missed more."""
    view = scene.view
    missed = f"{len(view.missed)}.{view.missed[-1].noticed_ms if view.missed else 0}"
    version = f"{view.ledger.version}.{len(view.gaps)}.{missed}.{(view.snapshot.as_of_ms or 0) // DAY_MS}"
    return made("gaps", version, f"{scene.scope}|{scene.look}", lambda: {"props": gaps_props(view)})


def _bars_delta(scene: MarketScene, version: str, since: int) -> Section:
    view, rows = scene.view, scene.view.snapshot.rows
    new = min(len(rows) - int(np.searchsorted(rows["open_time_ms"], since, side="right")), PAGE_ROWS)
    part = {"size": PAGE_ROWS, "first": 0, "total": len(rows)}
    key = f"{scene.scope}|bars-delta|{since}|{version}"
    return Section("bars", version, key, lambda: {"bars": {"new": market_bar_rows(view, 0, new), **part}})


def _figure_sections(scene: MarketScene) -> Iterator[Section]:
    """Whole for a browser that has nothing of these bars and look, else only what came since its last bar."""
    view = scene.view
    prefix = f"{scene.look}.{scene.made_of}."
    version = f"{prefix}{scene.last}|{view.ledger.version}"
    whole = made("figure", version, scene.scope, lambda: {"chart": market_figure(view, scene.frame)})

    def since(seen: str) -> Section | None:
        bar = scene.seen_bar(seen.partition("|")[0], prefix)
        return None if bar is None else _figure_delta(scene, version, bar)

    yield replace(whole, since=since)


def _figure_delta(scene: MarketScene, version: str, since: int) -> Section:
    view = scene.view

    def delta() -> dict[str, Any]:
        rows = view.rows
        place = int(np.searchsorted(rows["open_time_ms"], since, side="right"))
        if place < len(rows):  # the candle that the new bar belongs to is sent whole
            place -= int(rows["open_time_ms"][place]) // view.bar_ms % view.group
        new = rows[max(place, 0) :]
        words = market_words(view, scene.frame)
        return {"chart_delta": {"rows": candle_columns(view, new), "range": list(view.span_ms()), **words}}

    return Section("figure", version, f"{scene.scope}|delta|{since}|{version}", delta)
