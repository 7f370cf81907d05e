"""A pair that warms up: when its first z comes, and where there are bars enough for one now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import numpy as np
from dash import html
from numpy.typing import NDArray

from dash_app import ids
from dash_app.words import ready_words
from engine.board import Board
from engine.parameters import MIN_Z_WINDOW, Method, PairParameters, PriceField, Timeframe
from engine.snapshot import Snapshot
from engine.snapshots.compute import bars_to_first_z

SHORTER = (100, 80, 60, 50, 40, 30, 20, 15, 10)  # windows, in bars: as people choose them
KEPT_VIEW = ("show", "tab")  # of the address, beside the parameters


def is_warming(snapshot: Snapshot) -> bool:
    """Whether bars are all that the first z lacks."""
    rows = snapshot.rows
    return snapshot.have < snapshot.need and not (len(rows) and bool(np.isfinite(rows["z"][-1])))


def first_z_words(snapshot: Snapshot) -> str:
    """How long the bars that are lacking take, and when the first z comes if none is absent."""
    bar_ms, lacking = snapshot.parameters.timeframe.ms, snapshot.need - snapshot.have
    return ready_words(lacking, bar_ms, snapshot.as_of_ms, what="first z ")


def warming_props(board: Board, snapshot: Snapshot, view: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Links to the same pair with what has bars enough now; nothing once there is a z. Raises `StoreUnavailable`."""
    ways = list(_ways(board, snapshot)) if is_warming(snapshot) else []
    links = [html.A(words, href=_address(p, view)) for words, p in ways]
    return {ids.WARMING: {"children": [html.P(["Enough bars now: ", *links], className="sb-ways")] if links else []}}


def _ways(board: Board, snapshot: Snapshot) -> Iterator[tuple[str, PairParameters]]:
    """The longest shorter bars that reach, and the longest shorter windows."""
    p = snapshot.parameters
    finer = [timeframe for timeframe in reversed(Timeframe) if timeframe.ms < p.timeframe.ms]
    shorter_bars = (replace(p, timeframe=timeframe) for timeframe in finer)
    found = next((way for way in shorter_bars if _enough(board, way)), None)
    if found:
        yield f"{found.timeframe} bars, same {'window' if p.method is Method.KALMAN else 'windows'}", found
    windows = (_with_window(p, window) for window in SHORTER if window < max(p.window, p.z_window))
    found = next((way for way in windows if bars_to_first_z(way) <= snapshot.have), None)
    if found:
        yield f"{p.timeframe} bars, {_windows(found)}", found


def _with_window(p: PairParameters, window: int) -> PairParameters:
    return replace(p, window=min(p.window, window), z_window=min(p.z_window, max(window // 2, MIN_Z_WINDOW)))


def _windows(p: PairParameters) -> str:
    return f"window {p.window}" if p.method is Method.KALMAN else f"windows {p.window} / {p.z_window}"


def _enough(board: Board, p: PairParameters) -> bool:
    need = bars_to_first_z(p)
    y, x = (_priced(board.reader.bars(leg, p.timeframe, limit=need + 1), p.field) for leg in (p.y, p.x))
    return len(np.intersect1d(y, x, assume_unique=True)) >= need


def _priced(bars: NDArray[np.void], field: PriceField) -> NDArray[np.uint32]:
    """Open times of the bars that have the price asked for."""
    known = np.isfinite(bars["bid"]) & np.isfinite(bars["ask"]) if field is PriceField.MID else slice(None)
    opens: NDArray[np.uint32] = bars["open_time_s"][known]
    return opens


def _address(p: PairParameters, view: Mapping[str, str]) -> str:
    rest = {name: view[name] for name in KEPT_VIEW if view.get(name)}
    return f"{p.path}&{urlencode(rest)}" if rest else p.path
