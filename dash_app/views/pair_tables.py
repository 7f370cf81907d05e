"""The tables of the pair page as sections: whole, or only the rows that came since the last bar that a browser has."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from dash_app import ids
from dash_app.sections import Section
from dash_app.views.pair_features import SHOWN, feature_cells, features_note, features_props
from dash_app.views.pair_scene import PairScene, made
from dash_app.views.pair_table import PAGE_ROWS, bar_columns, bar_rows


def bars_section(scene: PairScene) -> Section:
    """The newest page of the table follows the bars; a page further back stays as it was read."""
    view, size = scene.view, PAGE_ROWS[scene.tab]
    total = len(view.snapshot.rows)
    asked = scene.request.view.get("bars", "0")
    page = min(int(asked) if asked.isdecimal() else 0, max(total - 1, 0) // size)
    version = f"{page}.{size}." + (scene.bar if page == 0 else str(view.snapshot.generation))
    first = page * size
    whole = made(
        "bars",
        version,
        view.parameters.key,
        lambda: {
            "bars": {"rows": bar_rows(view, first, first + size), "size": size, "first": first, "total": total},
            "props": {ids.BARS: {"columns": bar_columns(view)}},
        },
    )
    if page or not view.parameters.method.causal:
        return whole

    def since(seen: str) -> Section | None:
        bar = scene.bar_seen(seen, f"0.{size}.")
        return None if bar is None else _bars_delta(scene, version, bar, size)

    return replace(whole, since=since)


def _bars_delta(scene: PairScene, version: str, since: int, size: int) -> Section:
    view, rows = scene.view, scene.view.snapshot.rows
    new = min(len(rows) - int(np.searchsorted(rows["open_time_ms"], since, side="right")), size)
    return Section(
        "bars",
        version,
        f"{view.parameters.key}|bars-delta|{since}|{version}",
        lambda: {"bars": {"new": bar_rows(view, 0, new), "size": size, "first": 0, "total": len(rows)}},
    )


def features_section(scene: PairScene) -> Section:
    """The newest rows with their head; for a browser that has some of them, only what came since."""
    view, board, version = scene.view, scene.board, f"features.{scene.bar}"

    def whole() -> dict[str, Any]:
        return {"features": {"rows": feature_cells(board, view), "size": SHOWN}, "props": features_props(view)}

    def since(seen: str) -> Section | None:
        bar = scene.bar_seen(seen, "features.")
        if bar is None or not view.parameters.method.causal:
            return None
        key = f"{view.parameters.key}|features-delta|{bar}|{version}"
        return Section("features", version, key, lambda: _features_delta(scene, bar))

    return replace(made("features", version, view.parameters.key, whole), since=since)


def _features_delta(scene: PairScene, since_ms: int) -> dict[str, Any]:
    return {
        "features": {"new": feature_cells(scene.board, scene.view, since_ms), "size": SHOWN},
        "props": {ids.FEATURES_NOTE: {"children": features_note(scene.view)}},
    }
