"""The feature table's newest rows on the data tab; the whole of it is in the exports."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import numpy as np
from numpy.typing import NDArray

from dash_app import ids
from dash_app.figures.view import PairView
from dash_app.words import clock, full_time, number, signed
from engine.board import Board

Props = dict[str, dict[str, Any]]
SHOWN = 20
_DIGITS = {"beta_rolling": 4, "beta_kalman": 4, "correlation": 3, "half_life_bars": 1}


def features_props(board: Board, view: PairView) -> Props:
    """Rows, newest first, and the addresses of the whole; a method that looks back has none."""
    p = view.parameters
    if not p.method.causal:
        words = "none by a fit drawn back over its window: choose rolling, Kalman or your own ratio"
        return {
            ids.FEATURES: {"data": []},
            ids.FEATURES_NOTE: {"children": words},
            ids.FEATURES_CSV: {"href": None},
            ids.FEATURES_XLSX: {"href": None},
        }
    rows = board.reader.features(p, last=SHOWN)
    base, query = f"/api/v1/pairs/{p.y}/{p.x}/features", urlencode(p.query)
    note = (
        f"as known at each close, nothing ahead · newest {len(rows)} of {len(view.snapshot.rows):,}, all in the export"
    )
    return {
        ids.FEATURES: {"data": [_row(row, view.bar_ms) for row in rows[::-1]]},
        ids.FEATURES_NOTE: {"children": note if len(rows) else "none yet"},
        ids.FEATURES_CSV: {"href": f"{base}.csv?{query}"},
        ids.FEATURES_XLSX: {"href": f"{base}.xlsx?{query}"},
    }


def _row(row: NDArray[np.void], bar_ms: int) -> dict[str, str]:
    close_ms = int(row["open_time_ms"]) + bar_ms
    out = {"id": str(close_ms), "time": full_time(close_ms)[5:19] if bar_ms >= 900_000 else clock(close_ms)}
    for leg in ("y", "x"):
        out[f"return_{leg}"] = signed(1e4 * float(row[f"return_{leg}"]), 2)
        out[f"volatility_{leg}"] = number(1e4 * float(row[f"volatility_{leg}"]), 2)
        out[f"imbalance_{leg}"] = signed(100 * float(row[f"imbalance_{leg}"]), 0)
    return out | {name: number(float(row[name]), digits) for name, digits in _DIGITS.items()}
