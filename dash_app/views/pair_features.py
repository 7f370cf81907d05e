"""The feature table's newest rows on the data tab, every column; the whole of it is in the exports."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import numpy as np
from numpy.typing import NDArray

from dash_app import ids
from dash_app.api.rows_out import REASONS
from dash_app.components.features_box import FEATURE_COLUMNS
from dash_app.components.table import table_columns
from dash_app.figures.view import PairView
from dash_app.words import clock, full_time, listed, number, signed, significant
from engine.board import Board
from engine.features import NUMBERS
from engine.rows import Note

Props = dict[str, dict[str, Any]]
SHOWN = 20
AHEAD = 3  # bars that may have closed since the view was taken
_SIGNALS = {1: "long", -1: "short", 0: "flat"}


def features_props(view: PairView) -> Props:
    """The table's head and what stands above it; a method that looks back has no rows, and no exports."""
    p, causal = view.parameters, view.parameters.method.causal
    base, query = f"/api/v1/pairs/{p.y}/{p.x}/features", urlencode(p.query)
    return {
        ids.FEATURES: {"columns": table_columns(FEATURE_COLUMNS, _names(view))},
        ids.FEATURES_NOTE: {"children": features_note(view)},
        ids.FEATURES_CSV: {"href": f"{base}.csv?{query}" if causal else None},
        ids.FEATURES_XLSX: {"href": f"{base}.xlsx?{query}" if causal else None},
    }


def features_note(view: PairView) -> str:
    if not view.parameters.method.causal:
        return "none by a fit drawn back over its window: choose rolling, Kalman or your own ratio"
    total = len(view.snapshot.rows)
    shown = f"newest {min(total, SHOWN)} of {total:,} rows, all in the export; {len(FEATURE_COLUMNS)} columns to scroll"
    return f"as known at each close, nothing ahead · {shown}" if total else "none yet"


def feature_cells(board: Board, view: PairView, since_ms: int = 0) -> list[dict[str, str]]:
    """The newest rows of the view's bars that open after `since_ms`, newest first, as text."""
    shown = view.snapshot.rows["open_time_ms"][-SHOWN:]
    wanted = shown[shown > since_ms]
    if not view.parameters.method.causal or not len(wanted):
        return []
    rows = board.reader.features(view.parameters, last=len(wanted) + AHEAD)
    return [_row(row, view) for row in rows[np.isin(rows["open_time_ms"], wanted)][::-1]]


def _names(view: PairView) -> dict[str, str]:
    """Columns whose unit is the legs' or the scale's."""
    closes = {f"close_{name}": listed(f"close {name}", leg.quote) for name, leg in (("y", view.y), ("x", view.x))}
    return closes | {"spread": view.spread_name}


def _row(row: NDArray[np.void], view: PairView) -> dict[str, str]:
    """What a column does not write in a way of its own is written to six digits."""
    opened, bar_ms = int(row["open_time_ms"]), view.bar_ms
    out = {name: significant(float(row[name]), 6) for name in NUMBERS}
    for leg, digits in (("y", view.y.digits), ("x", view.x.digits)):
        out[f"close_{leg}"] = number(float(row[f"close_{leg}"]), digits)
        out[f"return_{leg}"] = signed(1e4 * float(row[f"return_{leg}"]), 2)
        out[f"volatility_{leg}"] = number(1e4 * float(row[f"volatility_{leg}"]), 2)
        out[f"imbalance_{leg}"] = signed(100 * float(row[f"imbalance_{leg}"]), 0)
        out[f"completeness_{leg}"] = number(100 * float(row[f"completeness_{leg}"]), 1)
        out[f"trades_{leg}"] = f"{int(row[f'trades_{leg}']):,}"
    for name, digits in (("beta", 4), ("beta_rolling", 4), ("beta_kalman", 4), ("correlation", 3)):
        out[name] = number(float(row[name]), digits)
    return out | {
        "id": str(opened + bar_ms),
        "time": _time(opened + bar_ms, bar_ms),
        "open_time": _time(opened, bar_ms),
        "spread": signed(float(row["spread"]) * view.spread_factor, view.spread_digits + 1),
        "z": signed(float(row["z"]), 2),
        "half_life_bars": number(float(row["half_life_bars"]), 1),
        "signal": _SIGNALS[int(row["signal"])] if np.isfinite(row["z"]) else "",
        "reason": REASONS[Note(int(row["note"]))] or "",
    }


def _time(ms: int, bar_ms: int) -> str:
    return full_time(ms)[5:19] if bar_ms >= 900_000 else clock(ms)
