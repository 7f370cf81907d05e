"""Rows of the market page's table, newest first, as text."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dash_app.components.market_body import BAR_COLUMNS
from dash_app.components.table import table_columns
from dash_app.figures.market_view import MarketView
from dash_app.words import clock, full_time, interval, listed, number, signed

PAGE_ROWS = 25


def market_bar_rows(view: MarketView, first: int, stop: int) -> list[dict[str, Any]]:
    """Rows [first, stop) counted from the newest bar."""
    rows = view.snapshot.rows
    total = len(rows)
    return [_bar_row(view, rows[i]) for i in range(total - 1 - first, max(total - 1 - stop, -1), -1)]


def market_bar_columns(view: MarketView) -> list[dict[str, Any]]:
    """The table's head, with spans and units; indicators that are off have no column."""
    p, quote = view.parameters, view.leg.quote
    names = {
        "close": listed("close", quote),
        "volume": f"volume, {view.base}" if view.base else "volume",
        "sma": f"SMA {p.sma}",
        "ema": f"EMA {p.ema}",
        "bands": f"Bollinger {p.bollinger}",
    }
    absent = {name for name, on in (("sma", p.sma), ("ema", p.ema), ("bands", p.bollinger), ("vwap", p.vwap)) if not on}
    return table_columns([column for column in BAR_COLUMNS if column.id not in absent], names)


def _bar_row(view: MarketView, row: NDArray[np.void]) -> dict[str, Any]:
    close_ms = int(row["open_time_ms"]) + view.bar_ms
    digits = view.leg.digits
    out = {
        "id": str(close_ms),
        "close_time": full_time(close_ms)[5:19] if view.bar_ms >= 900_000 else clock(close_ms),
    }
    if np.isnan(row["close"]):
        return out | {"complete": "gap"}
    return out | {
        **{name: number(float(row[name]), digits) for name in ("open", "high", "low", "close", "sma", "ema", "vwap")},
        "volume": number(float(row["volume"]), 4),
        "trades": number(float(row["trades"]), 0),
        "flow": signed(100 * float(row["imbalance"]), 0),
        "bands": interval(float(row["lower"]), float(row["upper"]), digits),
        "volatility": number(1e4 * float(row["volatility"]), 2),
        "complete": _complete(float(row["completeness"])),
    }


def _complete(share: float) -> str:
    return "unknown" if np.isnan(share) else number(100 * share, 0 if share == 1 else 1)
