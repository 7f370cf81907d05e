"""The pair page's answer: which sections it has, and the version of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from engine.board import Board
from engine.desk_types import Settings
from engine.parameters import Method, PairParameters, parse_parameters
from engine.snapshot import Snapshot

from dash_app import ids
from dash_app.figures.correlation import correlation_figure
from dash_app.figures.hedge import hedge_figure
from dash_app.figures.overview import changing_parts, line_columns, overview_figure
from dash_app.figures.panels import Frame
from dash_app.figures.view import PairView
from dash_app.request import PageRequest
from dash_app.sections import Section, props_section
from dash_app.views.diagnostics import diagnostics_props
from dash_app.views.pair_controls import controls_props, export_props, watch_props
from dash_app.views.pair_head import half_life_props, head_props, leg_line, leg_of, price_props
from dash_app.views.pair_rail import betas_props, data_props, signals_props, verdict_props
from dash_app.views.pair_state import pair_state
from dash_app.views.pair_table import PAGE_ROWS, bar_columns, bar_rows
from dash_app.words import clock, span

SHOWN_BARS = {"short": 240, "normal": 480, "long": 1_440, "all": 100_000}
SHOWN_SECONDS = {"short": 300, "normal": 900, "long": 2_700, "all": 100_000}
TABS = ("overview", "hedge", "correlation", "diagnostics", "data")
_SLOW_BARS = 10  # second bars between two looks at the other methods


@dataclass(frozen=True, slots=True)
class _Scene:
    """All that the sections of one answer are made from."""

    board: Board
    request: PageRequest
    view: PairView
    settings: Settings
    now_ms: int

    @property
    def frame(self) -> Frame:
        return Frame(self.request.theme, self.request.narrow)

    @property
    def look(self) -> str:
        """What a drawing depends on besides the data."""
        s = self.view.snapshot
        return f"{self.request.theme}{int(self.request.narrow)}.{self.view.show}.{s.threshold.entry:g}.{s.threshold.exit:g}"

    @property
    def bar(self) -> str:
        rows = self.view.snapshot.rows
        return f"{self.view.snapshot.generation}.{int(rows['open_time_ms'][-1]) if len(rows) else 0}"

    @property
    def tab(self) -> str:
        return self.request.view.get("tab") if self.request.view.get("tab") in TABS else TABS[0]


def pair_parameters(board: Board, view: Mapping[str, str]) -> PairParameters:
    """Those of the request; without legs those of the first watched pair, or of the first two instruments.

    Raises `ParameterError` for what is not possible.
    """
    y, x = view.get("y", ""), view.get("x", "")
    if y or x:
        return parse_parameters(y, x, view)
    watched = board.desk.watchlist()
    if watched:
        return watched[0].parameters
    names = [instrument.id for instrument in board.reader.instruments()[:2]]
    return parse_parameters(*(names if len(names) == 2 else ("", "")), {})


def pair_sections(board: Board, request: PageRequest, p: PairParameters, now_ms: int) -> Iterator[Section]:
    """Sections of the page of a pair. Raises `UnknownInstrument` and `StoreUnavailable`."""
    infos = {view.id: view.info for view in board.reader.instruments()}
    yield props_section("controls", "controls", controls_props(p, list(infos.values())))
    snapshot = board.reader.snapshot(p)
    board.reader.look(p)
    view = PairView(snapshot, leg_of(p.y, infos), leg_of(p.x, infos), shown_bars(request.view.get("show", ""), snapshot))
    scene = _Scene(board, request, view, board.desk.settings(), now_ms)
    yield from _small_sections(scene)
    yield from _figure_sections(scene)


def shown_bars(show: str, snapshot: Snapshot) -> int:
    """How many bars are drawn: never fewer than three windows, so that a z can be seen against its past."""
    p = snapshot.parameters
    choices = SHOWN_SECONDS if p.timeframe.ms < 60_000 else SHOWN_BARS
    if show == "all":
        return max(len(snapshot.rows), 1)
    return max(choices.get(show, choices["normal"]), 2 * p.window)


def _small_sections(scene: _Scene) -> Iterator[Section]:
    view, board, p = scene.view, scene.board, scene.view.parameters
    scope = p.key
    feeds = board.reader.feeds()
    state = pair_state(view, feeds, scene.now_ms)
    diagnosis = board.reader.diagnosis(p)
    alerts = board.desk.alerts(limit=6, pair=p)
    settings = scene.settings
    yield props_section("state", scope, state)
    yield props_section("live", scope, price_props(view, board.reader.open_prices(p)))
    yield props_section("watch", scope, watch_props(board.desk.watchlist(), p))
    yield props_section("half-life", scope, half_life_props(view, diagnosis))
    yield Section(
        "settings",
        f"{settings.entry:g}.{settings.exit:g}.{settings.refresh_ms}",
        f"settings|{settings.entry:g}|{settings.exit:g}|{settings.refresh_ms}",
        lambda: {"settings": {"entry": f"{settings.entry:g}", "exit": f"{settings.exit:g}", "refresh": settings.refresh_ms}},
    )
    yield _made("head", f"{scene.bar}.{scene.look}", scope, lambda: {"props": head_props(view) | _shown_props(view)})
    tested = "none" if diagnosis is None else str(diagnosis.as_of_ms)
    yield _made("verdict", tested, scope, lambda: {"props": verdict_props(diagnosis)})
    logged = f"{scene.bar}.{board.desk.version()}"
    yield _made("signals", logged, scope, lambda: {"props": signals_props(view, alerts)})
    yield _made("data", f"{scene.bar}.{scene.look}", scope, lambda: {"props": data_props(view)})
    yield _betas_section(scene)
    if scene.tab == "diagnostics":
        yield _made("diagnostics", tested, scope, lambda: {"props": diagnostics_props(view, diagnosis)})
    if scene.tab in PAGE_ROWS:
        yield _bars_section(scene)


def _made(name: str, version: str, scope: str, make: Any) -> Section:
    return Section(name, version, f"{scope}|{name}|{version}", make)


def _shown_props(view: PairView) -> dict[str, dict[str, Any]]:
    kept = len(view.snapshot.rows)
    shown = min(view.show, kept)
    as_of = clock(view.snapshot.as_of_ms)
    text = f"closed {view.parameters.timeframe} bars to {as_of} UTC · last {span(shown * view.bar_ms)} of {span(kept * view.bar_ms)} kept"
    return {
        ids.SHOWN: {"children": text if as_of else ""},
        ids.CONTROLS_LINE: {"children": leg_line(view)},
        **export_props(view.parameters),
    }


def _figure_sections(scene: _Scene) -> Iterator[Section]:
    view, p = scene.view, scene.view.parameters
    if scene.tab == "overview":
        yield _overview_section(scene)
        prices = scene.board.reader.open_prices(p)
        mark = None if prices.open_time_ms is None else prices.open_time_ms + view.bar_ms
        version = f"{mark}.{prices.y}.{prices.x}"
        yield _made("open", version, p.key, lambda: {"open": {"t": mark, "y": prices.y, "x": prices.x}})
    elif scene.tab in ("hedge", "correlation"):
        version = f"{scene.tab}.{_slow_bar(scene)}.{scene.look}.{scene.settings.min_correlation:g}"
        yield _made("figure", version, p.key, lambda: {"figure": _other_figure(scene)})


def _other_figure(scene: _Scene) -> dict[str, Any]:
    view, snapshot_of = scene.view, scene.board.reader.snapshot
    if scene.tab == "correlation":
        return correlation_figure(view, scene.settings.min_correlation, scene.frame)
    rolling, kalman = (
        replace(view, snapshot=snapshot_of(replace(view.parameters, method=method, beta=None)))
        for method in (Method.ROLLING, Method.KALMAN)
    )
    return hedge_figure(rolling, kalman, scene.frame)


def _overview_section(scene: _Scene) -> Section:
    """Whole for a browser that has nothing of this generation and look, else only what came since its last bar."""
    view = scene.view
    version = f"overview.{scene.look}.{scene.bar}"
    since = _seen_bar(scene, "figure", f"overview.{scene.look}.")
    if since is None or not view.parameters.method.causal:
        return _made("figure", version, view.parameters.key, lambda: {"figure": overview_figure(view, scene.frame)})
    rows = view.snapshot.rows
    new = rows[np.searchsorted(rows["open_time_ms"], since, side="right") :]

    def delta() -> dict[str, Any]:
        start, end = view.span_ms()
        return {"delta": {"rows": line_columns(view, new), "range": [start, end], **changing_parts(view, scene.frame)}}

    return Section("figure", version, f"{view.parameters.key}|delta|{since}|{version}", delta)


def _bars_section(scene: _Scene) -> Section:
    """The newest page of the table follows the bars; a page further back stays as it was read."""
    view, size = scene.view, PAGE_ROWS[scene.tab]
    total = len(view.snapshot.rows)
    asked = scene.request.view.get("bars", "0")
    page = min(int(asked) if asked.isdecimal() else 0, max(total - 1, 0) // size)
    version = f"{page}.{size}." + (scene.bar if page == 0 else str(view.snapshot.generation))
    first = page * size
    if page == 0 and (since := _seen_bar(scene, "bars", f"0.{size}.")) is not None:
        rows = view.snapshot.rows
        new = min(len(rows) - int(np.searchsorted(rows["open_time_ms"], since, side="right")), size)
        return Section(
            "bars",
            version,
            f"{view.parameters.key}|bars-delta|{since}|{version}",
            lambda: {"bars": {"new": bar_rows(view, 0, new), "size": size, "first": 0, "total": total}},
        )
    return _made(
        "bars",
        version,
        view.parameters.key,
        lambda: {
            "bars": {"rows": bar_rows(view, first, first + size), "size": size, "first": first, "total": total},
            "props": {ids.BARS: {"columns": bar_columns(view)}},
        },
    )


def _seen_bar(scene: _Scene, name: str, prefix: str) -> int | None:
    """Open time of the last bar that the browser has in a section, if it is of this generation and still kept."""
    seen = scene.request.seen.get(name, "")
    generation, _, opened = seen.removeprefix(prefix).partition(".")
    rows = scene.view.snapshot.rows
    if not seen.startswith(prefix) or generation != str(scene.view.snapshot.generation) or not opened.isdecimal():
        return None
    known = len(rows) > 0 and int(rows["open_time_ms"][0]) <= int(opened) <= int(rows["open_time_ms"][-1])
    return int(opened) if known else None


def _slow_bar(scene: _Scene) -> str:
    """The version of what is worth a look every bar, but of second bars only every tenth."""
    rows = scene.view.snapshot.rows
    if not len(rows):
        return "0"
    number = int(rows["open_time_ms"][-1]) // scene.view.bar_ms
    step = _SLOW_BARS if scene.view.bar_ms < 60_000 else 1
    return f"{scene.view.snapshot.generation}.{number // step}"


def _betas_section(scene: _Scene) -> Section:
    """Hedge ratios of the same window by other methods, from snapshots that are shared like any other."""
    p = scene.view.parameters
    snapshot_of = scene.board.reader.snapshot

    def last(parameters: PairParameters) -> float | None:
        rows = snapshot_of(parameters).rows
        return float(rows["beta"][-1]) if len(rows) and np.isfinite(rows["beta"][-1]) else None

    def props() -> dict[str, Any]:
        plain = replace(p, method=Method.OLS, beta=None)
        turned = last(replace(plain, y=p.x, x=p.y))
        betas = {
            "OLS, y on x": last(plain),
            "OLS, x on y, inverted": 1 / turned if turned else None,
            "TLS": last(replace(plain, method=Method.TLS)),
            "Kalman": last(replace(plain, method=Method.KALMAN)),
        }
        return {"props": betas_props(betas, scene.view.snapshot.as_of_ms)}

    return _made("betas", _slow_bar(scene), p.key, props)
