"""Rows of the bars table, newest first, as text."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dash_app.components.icon import icon_html
from dash_app.components.pair_body import BAR_COLUMNS
from dash_app.components.table import table_columns
from dash_app.figures.view import PairView
from dash_app.words import clock, full_time, interval, number, signed
from engine.rows import Note

PAGE_ROWS = {"overview": 15, "data": 50}
_SIGNALS = {1: ("long", "long"), -1: ("short", "short"), 0: ("flat", "flat")}


def bar_rows(view: PairView, first: int, stop: int) -> list[dict[str, Any]]:
    """Rows [first, stop) counted from the newest bar."""
    rows = view.snapshot.rows
    total = len(rows)
    return [_bar_row(view, rows, i) for i in range(total - 1 - first, max(total - 1 - stop, -1), -1)]


def bar_columns(view: PairView) -> list[dict[str, Any]]:
    """The table's head: names of the legs and units."""
    y, x = view.y, view.x
    names = {
        "y": y.quoted,
        "x": x.quoted,
        "beta": f"beta, {view.parameters.scale.value}",
        "spread": view.spread_name,
    }
    return table_columns(BAR_COLUMNS, names)


def _bar_row(view: PairView, rows: NDArray[np.void], index: int) -> dict[str, Any]:
    row = rows[index]
    close_ms = int(row["open_time_ms"]) + view.bar_ms
    known = bool(np.isfinite(row["z"]))
    mark, word = _SIGNALS[int(row["signal"])]
    entry = known and index > 0 and int(row["signal"]) not in (0, int(rows["signal"][index - 1]))
    complete = min(float(row["completeness_y"]), float(row["completeness_x"]))
    absent = int(row["note"]) == Note.GAP
    unquoted = not absent and bool(np.isnan(row["y"]) or np.isnan(row["x"]))  # a price at the close there always is
    return {
        "id": str(close_ms),
        "close": full_time(close_ms)[5:19] if view.bar_ms >= 900_000 else clock(close_ms),
        "y": number(float(row["y"]), view.y.digits),
        "x": number(float(row["x"]), view.x.digits),
        "beta": number(float(row["beta"]), 4),
        "interval": interval(float(row["beta_low"]), float(row["beta_high"]), 3),
        "spread": signed(float(row["spread"]) * view.spread_factor, view.spread_digits + 1),
        "z": signed(float(row["z"]), 2),
        "signal": f"{icon_html('gap', tone='dim')} gap"
        if absent
        else "no quote"
        if unquoted
        else _signal(mark, word, entry)
        if known
        else "",
        "trades": "" if absent else f"{int(row['trades_y']):,} / {int(row['trades_x']):,}",
        "complete": ""
        if absent
        else "unknown"
        if np.isnan(complete)
        else number(100 * complete, 0 if complete == 1 else 1),
    }


def _signal(mark: str, word: str, entry: bool) -> str:
    tone = {"long": "long-text", "short": "short-text"}.get(mark, "dim")
    return f"{icon_html(mark, tone=tone)} {word}" + (", entry" if entry else "")
