"""The figure of the pair page: whole, or only what came since the last bar that a browser has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from dash_app.figures.alert_marks import alert_marks, note_marks
from dash_app.figures.breaks import break_marks
from dash_app.figures.correlation import correlation_figure
from dash_app.figures.hedge import hedge_figure
from dash_app.figures.overview import line_columns, overview_figure
from dash_app.figures.overview_events import events, events_source
from dash_app.figures.overview_words import words_and_ranges
from dash_app.sections import Section, encode, raw_section
from dash_app.views.pair_rail import alert_words
from dash_app.views.pair_scene import PairScene, made
from engine.beta_note import beta_note
from engine.dated_breaks import dated_breaks
from engine.parameters import Method

ALERTS_MARKED = 200
NOTES_MARKED = 50


def figure_sections(scene: PairScene) -> Iterator[Section]:
    view, p = scene.view, scene.view.parameters
    if scene.tab == "overview":
        yield _overview_section(scene)
        yield _events_section(scene)
        yield _breaks_section(scene)
        yield _alerts_section(scene)
        prices = scene.board.reader.open_prices(p)
        mark = None if prices.open_time_ms is None else prices.open_time_ms + view.bar_ms
        version = f"{mark}.{prices.y}.{prices.x}"
        yield made("open", version, p.key, lambda: {"open": {"t": mark, "y": prices.y, "x": prices.x}})
    elif scene.tab in ("hedge", "correlation"):
        version = f"{scene.tab}.{scene.slow_bar}.{scene.look}.{scene.settings.min_correlation:g}"
        yield made("figure", version, p.key, lambda: {"figure": _other_figure(scene)})


def _other_figure(scene: PairScene) -> dict[str, Any]:
    view, snapshot_of = scene.view, scene.board.reader.snapshot
    if scene.tab == "correlation":
        return correlation_figure(view, scene.settings.min_correlation, scene.frame)
    tested = scene.board.reader.diagnosis(view.parameters)
    rolling, kalman = (
        replace(view, snapshot=snapshot_of(p), beta_note=beta_note(p, tested))
        for p in (replace(view.parameters, method=method, beta=None) for method in (Method.ROLLING, Method.KALMAN))
    )
    return hedge_figure(rolling, kalman, scene.frame)


def _overview_section(scene: PairScene) -> Section:
    """Whole for a browser that has nothing of this generation and look, else only what came since its last bar."""
    view = scene.view
    version = f"overview.{scene.look}.{scene.bar}"
    whole = made("figure", version, view.parameters.key, lambda: {"figure": overview_figure(view, scene.frame)})
    if not view.parameters.method.causal:
        return whole

    def since(seen: str) -> Section | None:
        bar = scene.bar_seen(seen, f"overview.{scene.look}.")
        return None if bar is None else _overview_delta(scene, version, bar)

    return replace(whole, since=since)


def _overview_delta(scene: PairScene, version: str, since: int) -> Section:
    view = scene.view

    def delta() -> dict[str, Any]:
        rows = view.snapshot.rows
        new = rows[np.searchsorted(rows["open_time_ms"], since, side="right") :]
        start, end = view.span_ms()
        return {
            "delta": {"rows": line_columns(view, new), "range": [start, end], **words_and_ranges(view, scene.frame)}
        }

    return Section("figure", version, f"{view.parameters.key}|delta|{since}|{version}", delta)


def _events_section(scene: PairScene) -> Section:
    """Marks, areas and bands; their version is their content, so that they go out only when something happened."""
    key = scene.view.parameters.key

    def make() -> Section:
        return raw_section("events", key, encode({"events": events(scene.view, scene.frame)}), f".{scene.look}")

    source = events_source(scene.view) if scene.view.parameters.method.causal else scene.bar
    return scene.memo.section(f"{key}|events|{scene.look}", source, make)


def _alerts_section(scene: PairScene) -> Section:
    """What fired of exactly these parameters, and notes about the pair; it goes out only when something is new."""
    desk, p = scene.board.desk, scene.view.parameters

    def make() -> Section:
        fired = desk.alerts(limit=ALERTS_MARKED, pair=p, fired=True)
        marks = alert_marks([(alert, alert_words(alert)) for alert in fired], scene.frame)
        marks += note_marks(desk.notes(p.y, p.x, limit=NOTES_MARKED), scene.frame)
        return raw_section("alerts", p.key, encode({"alerts": marks}), f".{scene.request.theme}")

    return scene.memo.section(f"{p.key}|alerts|{scene.request.theme}", str(desk.version()), make)


def _breaks_section(scene: PairScene) -> Section:
    """With every run of the tests, and once for each look."""
    p, tested = scene.view.parameters, scene.board.reader.diagnosis(scene.view.parameters)
    when = "none" if tested is None else f"{tested.as_of_ms}.{tested.dear_as_of_ms}"
    version = f"{when}.{scene.request.theme}{int(scene.request.narrow)}"

    def marks() -> dict[str, Any]:
        return {"breaks": break_marks(dated_breaks(tested), scene.view.bar_ms, scene.frame)}

    return made("breaks", version, p.key, marks)
