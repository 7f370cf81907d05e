"""The pair page's answer: which sections it has, and the version of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dash_app import ids
from dash_app.figures.view import PairView
from dash_app.request import PageRequest
from dash_app.sections import Memo, Section, props_section
from dash_app.views.data_in_view import data_props
from dash_app.views.diagnostics import diagnostics_props
from dash_app.views.held_back import held_back
from dash_app.views.method_cards import cards_props
from dash_app.views.pair_beta import mark_props
from dash_app.views.pair_controls import controls_props, export_props, watch_props
from dash_app.views.pair_figures import figure_sections
from dash_app.views.pair_head import half_life_props, head_props, leg_line, leg_of, price_props
from dash_app.views.pair_rail import betas_props, honest_z_props, signals_props, signals_source
from dash_app.views.pair_scene import PairScene, made
from dash_app.views.pair_state import pair_state
from dash_app.views.pair_table import PAGE_ROWS
from dash_app.views.pair_tables import bars_section, features_section
from dash_app.views.pair_timeline import timeline_section
from dash_app.views.verdict import verdict_props
from dash_app.views.warming import KEPT_VIEW, is_warming, warming_props
from dash_app.words import clock, span
from engine.beta_note import beta_note
from engine.betas import window_betas
from engine.board import Board
from engine.diagnosis import Diagnosis
from engine.parameters import PairParameters, parse_parameters
from engine.snapshot import Snapshot
from engine.synchrony_wait import synchrony_wait

SHOWN_BARS = {"short": 240, "normal": 480, "long": 1_440, "all": 100_000}
SHOWN_SECONDS = {"short": 300, "normal": 900, "long": 2_700, "all": 100_000}


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
    y, x = names if len(names) == 2 else ("", "")
    return parse_parameters(y, x, {})


def pair_sections(board: Board, request: PageRequest, p: PairParameters, now_ms: int, memo: Memo) -> Iterator[Section]:
    """Sections of the page of a pair. Raises `UnknownInstrument` and `StoreUnavailable`.

    An address without legs gets the controls alone: they name legs, and the page then asks for those.
    """
    infos = {view.id: view.info for view in board.reader.instruments()}
    known = "|".join(infos)
    yield memo.section(
        f"{p.key}|controls",
        known,
        lambda: props_section("controls", "controls", controls_props(p, list(infos.values()))),
    )
    snapshot = board.reader.snapshot(p)
    board.reader.look(p)
    shown = shown_bars(request.view.get("show", ""), snapshot)
    note = beta_note(p, board.reader.diagnosis(p))
    ledgers = (board.reader.ledger(p.y), board.reader.ledger(p.x))
    view = PairView(snapshot, leg_of(p.y, infos), leg_of(p.x, infos), shown, note, ledgers)
    scene = PairScene(board, request, view, board.desk.settings(), now_ms, memo)
    yield from _small_sections(scene)
    yield from figure_sections(scene)


def shown_bars(show: str, snapshot: Snapshot) -> int:
    """How many bars are drawn: never fewer than three windows, so that a z can be seen against its past."""
    p = snapshot.parameters
    choices = SHOWN_SECONDS if p.timeframe.ms < 60_000 else SHOWN_BARS
    if show == "all":
        return max(len(snapshot.rows), 1)
    return max(choices.get(show, choices["normal"]), 2 * p.window)


def _small_sections(scene: PairScene) -> Iterator[Section]:
    view, board, p = scene.view, scene.board, scene.view.parameters
    scope = p.key
    feeds = board.reader.feeds()
    state = pair_state(view, feeds, scene.now_ms)
    diagnosis = board.reader.diagnosis(p)
    settings = scene.settings
    yield props_section("state", scope, state)
    yield _warming_section(scene)
    prices = board.reader.open_prices(p)
    now = f"{prices.y}.{prices.x}.{scene.bar}"
    yield made("live", now, scope, lambda: {"props": price_props(view, prices)})
    tested = "none" if diagnosis is None else str(diagnosis.as_of_ms)
    kept = board.desk.version()
    yield scene.memo.section(
        f"{scope}|watch", str(kept), lambda: props_section("watch", scope, watch_props(board.desk.watchlist(), p))
    )
    yield made("half-life", tested, scope, lambda: {"props": half_life_props(view, diagnosis) | mark_props(view)})
    yield Section(
        "settings",
        f"{settings.entry:g}.{settings.exit:g}.{settings.refresh_ms}",
        f"settings|{settings.entry:g}|{settings.exit:g}|{settings.refresh_ms}",
        lambda: {
            "settings": {"entry": f"{settings.entry:g}", "exit": f"{settings.exit:g}", "refresh": settings.refresh_ms}
        },
    )
    yield made(
        "head",
        f"{scene.bar}.{scene.look}.{kept}",
        scope,
        lambda: {"props": head_props(view, held_back(board, view.snapshot)) | _shown_props(view)},
    )
    yield made("cards", tested, scope, lambda: {"props": cards_props(view, diagnosis)})
    yield made("verdict", tested, scope, lambda: {"props": verdict_props(view, diagnosis)})
    logged = f"{signals_source(view) if p.method.causal else scene.bar}.{scene.slow_bar}.{kept}"
    yield scene.memo.section(
        f"{scope}|signals",
        logged,
        lambda: props_section("signals", scope, signals_props(view, board.desk.alerts(limit=6, pair=p))),
    )
    yield made(
        "data",
        f"{scene.slow_bar}.{scene.look}.{view.gaps_version}",
        scope,
        lambda: {"props": data_props(view) | honest_z_props(view)},
    )
    yield _betas_section(scene)
    yield timeline_section(scene)
    yield from _tab_sections(scene, diagnosis, tested)


def _tab_sections(scene: PairScene, diagnosis: Diagnosis | None, tested: str) -> Iterator[Section]:
    """What is below the tabs, besides figures; `tested` names the last tests."""
    view, scope = scene.view, scene.view.parameters.key
    if scene.tab == "diagnostics":
        waits = f".{scene.slow_bar}" if synchrony_wait(view.snapshot, diagnosis) else ""
        yield made("diagnostics", tested + waits, scope, lambda: {"props": diagnostics_props(view, diagnosis)})
    if scene.tab in PAGE_ROWS:
        yield bars_section(scene)
    if scene.tab == "data":
        yield features_section(scene)


def _warming_section(scene: PairScene) -> Section:
    """Made with each bar while the pair warms up: its links carry what else the address says."""
    snapshot, asked = scene.view.snapshot, scene.request.view
    kept = ".".join(asked.get(name, "") for name in KEPT_VIEW)
    version = f"{scene.bar}.{kept}" if is_warming(snapshot) else "no"
    return made(
        "warming", version, snapshot.parameters.key, lambda: {"props": warming_props(scene.board, snapshot, asked)}
    )


def _shown_props(view: PairView) -> dict[str, dict[str, Any]]:
    kept = len(view.snapshot.rows)
    shown = min(view.show, kept)
    as_of = clock(view.snapshot.as_of_ms)
    length = f"last {span(shown * view.bar_ms)} of {span(kept * view.bar_ms)} kept"
    text = f"closed {view.parameters.timeframe} bars to {as_of} UTC · {length}"
    return {
        ids.SHOWN: {"children": text if as_of else ""},
        ids.CONTROLS_LINE: {"children": leg_line(view)},
        ids.NOTHING: {"children": "" if kept else f"{view.lack}. Chart, table and export come with the first bar."},
        **export_props(view.parameters),
    }


def _betas_section(scene: PairScene) -> Section:
    """Hedge ratios of the same window by other methods, from the rows at hand."""
    snapshot = scene.view.snapshot
    return made(
        "betas",
        scene.slow_bar,
        snapshot.parameters.key,
        lambda: {"props": betas_props(window_betas(snapshot), snapshot.as_of_ms)},
    )
