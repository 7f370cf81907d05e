"""Snapshot rows for tests of pages: a walk, a pair bound to it, and statistics by the slow and obvious loop."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.parameters import PairParameters
from engine.rows import ROW_DTYPE, Note
from engine.snapshot import Snapshot
from engine.thresholds import DEFAULT_THRESHOLD

START_MS = 1_760_000_040_000


def made_rows(n: int = 400, *, seed: int = 1, z_window: int = 60, bar_ms: int = 60_000) -> NDArray[np.void]:
    """`n` rows with a z from row `z_window` on, a fixed beta of 0.8, and signals by entry 2 and exit 0.5."""
    rng = np.random.default_rng(seed)
    log_x = np.log(3_000) + np.cumsum(rng.normal(0, 4e-4, n))
    e = np.zeros(n)
    for i in range(1, n):
        e[i] = 0.9 * e[i - 1] + rng.normal(0, 2e-4)
    rows = np.zeros(n, dtype=ROW_DTYPE)
    rows["open_time_ms"] = START_MS + bar_ms * np.arange(n)
    rows["x"] = np.exp(log_x)
    rows["y"] = np.exp(5.0 + 0.8 * log_x + e)
    rows["alpha"], rows["beta"], rows["beta_low"], rows["beta_high"] = 5.0, 0.8, 0.77, 0.83
    rows["r_squared"], rows["correlation"] = 0.95, 0.9
    rows["spread"] = e
    for name in ("spread_mean", "spread_sd", "z"):
        rows[name] = np.nan
    for i in range(z_window - 1, n):
        part = e[i - z_window + 1 : i + 1]
        rows["spread_mean"][i], rows["spread_sd"][i] = part.mean(), part.std(ddof=1)
        rows["z"][i] = (e[i] - part.mean()) / part.std(ddof=1)
    rows["trades_y"], rows["trades_x"] = 400, 280
    rows["completeness_y"], rows["completeness_x"] = 1.0, 1.0
    rows["window_completeness_y"], rows["window_completeness_x"] = 1.0, 1.0
    rows["note"][: z_window - 1] = Note.WARMING_UP
    sign_rows(rows)
    return rows


def sign_rows(rows: NDArray[np.void], entry: float = 2.0, leave: float = 0.5) -> None:
    """Write the signal path of `z` into the rows."""
    state = 0
    for i, z in enumerate(rows["z"]):
        if not np.isfinite(z):
            rows["signal"][i] = state
            continue
        if (state == -1 and z <= leave) or (state == 1 and z >= -leave):
            state = 0
        if state == 0:
            state = -1 if z >= entry else 1 if z <= -entry else 0
        rows["signal"][i] = state


def cut_gap(rows: NDArray[np.void], start: int, stop: int) -> None:
    """Make rows [start, stop) absent bars."""
    for name in ("y", "x", "alpha", "beta", "beta_low", "beta_high", "r_squared", "spread", "z", "correlation"):
        rows[name][start:stop] = np.nan
    rows["trades_y"][start:stop] = rows["trades_x"][start:stop] = 0
    rows["completeness_y"][start:stop] = rows["completeness_x"][start:stop] = np.nan
    rows["note"][start:stop] = Note.GAP


def made_snapshot(
    rows: NDArray[np.void] | None = None, parameters: PairParameters | None = None, *, generation: int = 1
) -> Snapshot:
    rows = made_rows() if rows is None else rows
    parameters = parameters or PairParameters("sim:BTCUSDT", "sim:ETHUSDT")
    rows.setflags(write=False)
    return Snapshot(parameters, generation, rows, DEFAULT_THRESHOLD, have=60, need=60)
