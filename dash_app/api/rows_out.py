"""Snapshot rows and bars, written out for the API and for exports from one list of columns."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dash_app.api.times import iso_utc
from engine.rows import Note, Signal

SIGNAL_NAMES = {Signal.SHORT_SPREAD: "short", Signal.FLAT: "flat", Signal.LONG_SPREAD: "long"}
REASONS = {
    Note.OK: None,
    Note.WARMING_UP: "warming up",
    Note.GAP: "gap: a bar of a leg is absent",
    Note.STALE_LEG: "a leg has not traded for too long",
    Note.UNUSABLE: "the window's data allow no result",
    Note.RATIO_FALLBACK: "regression ill-conditioned: ratio used instead",
}
UNQUOTED = "no quote of a leg"  # of mids: a close there is in every bar
_NUMBERS = (
    "y", "x", "alpha", "beta", "beta_low", "beta_high", "effective_n", "r_squared", "spread", "spread_mean",
    "spread_sd", "z", "correlation",
)  # fmt: skip
_SHARES = ("completeness_y", "completeness_x", "window_completeness_y", "window_completeness_x")
_COUNTS = ("window_absent", "window_unknown")
ROW_COLUMNS = ("time", *_NUMBERS, "signal", "trades_y", "trades_x", *_SHARES, *_COUNTS, "reason")
BAR_COLUMNS = (
    "open_time", "open", "high", "low", "close", "volume", "buy_volume", "trades", "bid", "ask", "source",
    "completeness", "revision", "closed",
)  # fmt: skip
_SOURCES = ("trades", "klines", "ticker", "upload")
_UNKNOWN_MISSING = 0xFFFF


def number(value: float | np.floating[Any]) -> float | None:
    """A float for JSON: NaN and infinities become null, and what is kept to seven digits shows no more."""
    if not math.isfinite(value):
        return None
    return float(str(value)) if isinstance(value, np.float32) else float(value)


def row_dicts(rows: NDArray[np.void], bar_ms: int) -> Iterator[dict[str, Any]]:
    """One dict of `ROW_COLUMNS` a row; `time` names the bar by its close."""
    for row in rows:
        out: dict[str, Any] = {"time": iso_utc(int(row["open_time_ms"]) + bar_ms)}
        for name in _NUMBERS:
            out[name] = number(row[name])
        out["signal"] = None if out["z"] is None else SIGNAL_NAMES[Signal(int(row["signal"]))]
        for name in ("trades_y", "trades_x"):
            out[name] = int(row[name])
        for name in _SHARES:
            out[name] = number(row[name])
        for name in _COUNTS:
            out[name] = None if math.isnan(row[name]) else int(row[name])
        note = Note(int(row["note"]))
        unquoted = note is not Note.GAP and (out["y"] is None or out["x"] is None)
        out["reason"] = UNQUOTED if unquoted else REASONS[note]
        yield out


def bar_dicts(bars: NDArray[np.void]) -> Iterator[dict[str, Any]]:
    """One dict of `BAR_COLUMNS` a closed bar; slots without a bar are left out."""
    for bar in bars:
        if math.isnan(bar["close"]):
            continue
        trades, missing = int(bar["trades"]), int(bar["missing"])
        yield {
            "open_time": iso_utc(int(bar["open_time_s"]) * 1000),
            **{name: float(bar[name]) for name in ("open", "high", "low", "close", "volume")},
            "buy_volume": _bought(bar),
            "trades": trades,
            "bid": number(float(bar["bid"])),
            "ask": number(float(bar["ask"])),
            "source": _SOURCES[int(bar["source"])],
            "completeness": completeness(trades, missing),
            "revision": int(bar["revision"]),
            "closed": True,
        }


def _bought(bar: np.void) -> float | None:
    """Kept to seven digits, which may lie a rounding above the volume itself."""
    bought = number(bar["buy_volume"])
    return None if bought is None else min(bought, float(bar["volume"]))


def completeness(trades: int, missing: int) -> float | None:
    if missing == _UNKNOWN_MISSING:
        return None
    return trades / (trades + missing) if missing else 1.0
