"""From an instrument's bars to rows: pure, and to the same bits whether in one batch or bar by bar."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from analytics.anchored import DAY_MS, HOUR_MS, vwap
from analytics.bands import bollinger_bands, sma
from analytics.exponential import ema, ema_lead
from analytics.series import Vector
from analytics.volatility import YEAR_MS, rolling_volatility
from engine.market.parameters import MarketParameters
from engine.market.rows import MARKET_DTYPE
from engine.order_flow import imbalance
from engine.snapshots.plain_rows import Rows, completeness
from engine.snapshots.rolling_rows import min_count
from store.grid import Bars
from store.timeframes import Timeframe

VOLATILITY_BARS = 60
WIDTH = 2.0  # of Bollinger's bands, in deviations


def anchor_ms(timeframe: Timeframe) -> int:
    """VWAP begins anew with each UTC day, on second bars with each hour: of these no day is kept."""
    return HOUR_MS if timeframe is Timeframe.S1 else DAY_MS


def annual(per_bar: float, timeframe: Timeframe) -> float:
    """A bar's volatility scaled to 365 days."""
    return per_bar * math.sqrt(YEAR_MS / timeframe.ms)


def lead_bars(p: MarketParameters) -> int:
    """How many bars before a row its numbers may depend on."""
    spans = [span for span in (p.sma, p.bollinger) if span is not None]
    return max(
        VOLATILITY_BARS + 1,
        *spans,
        0 if p.ema is None else ema_lead(p.ema),
        anchor_ms(p.timeframe) // p.timeframe.ms if p.vwap else 0,
    )


def market_rows(bars: Bars, first: int, start: int, p: MarketParameters) -> Rows:
    """Rows from bar number `start` to the last of `bars`, whose slot 0 has bar number `first`.

    Every number follows from the `lead_bars` bars before its row; where there are fewer, what is there counts,
    and an indicator whose window is not full is NaN.
    """
    skip = max(start - lead_bars(p) - first, 0)
    held, origin = bars[skip:], first + skip
    shown = slice(start - origin, None)
    rows: Rows = np.empty(len(held) - (start - origin), MARKET_DTYPE)
    part = held[shown]
    rows["open_time_ms"] = np.arange(start, origin + len(held), dtype=np.int64) * p.timeframe.ms
    for name in ("open", "high", "low", "close", "volume", "trades", "revision"):
        rows[name] = part[name]
    rows["imbalance"] = imbalance(part)
    rows["completeness"] = completeness(part)
    for name, indicator in _indicators(held, origin, p).items():
        values = indicator()
        rows[name] = np.nan if values is None else values[shown]
    return rows


def _indicators(bars: Bars, origin: int, p: MarketParameters) -> dict[str, Callable[[], Vector | None]]:
    """Each indicator (n,) of the bars, None where it is off or there are too few."""
    close = np.ascontiguousarray(bars["close"])
    n, bar_ms = len(close), p.timeframe.ms

    def average() -> Vector | None:
        if p.sma is None or n < p.sma:
            return None
        return sma(close, window=p.sma, min_count=_need(p.sma), origin=origin)

    def fading() -> Vector | None:
        return None if p.ema is None or n < p.ema else ema(close, span=p.ema, origin=origin)

    def since_anchor() -> Vector | None:
        if not p.vwap:
            return None
        typical = (bars["high"] + bars["low"] + close) / 3.0
        volume = np.ascontiguousarray(bars["volume"])
        return vwap(typical, volume, bar_ms=bar_ms, origin=origin, anchor_ms=anchor_ms(p.timeframe))

    def bands() -> tuple[Vector | None, Vector | None]:
        if p.bollinger is None or n < p.bollinger:
            return None, None
        found = bollinger_bands(close, window=p.bollinger, width=WIDTH, min_count=_need(p.bollinger), origin=origin)
        return found.upper, found.lower

    def volatility() -> Vector | None:
        if n < VOLATILITY_BARS + 1:
            return None
        need = min_count(VOLATILITY_BARS)
        return rolling_volatility(close, window=VOLATILITY_BARS, bar_ms=bar_ms, min_count=need, origin=origin).per_bar

    upper, lower = bands()
    return {
        "sma": average,
        "ema": fading,
        "vwap": since_anchor,
        "upper": lambda: upper,
        "lower": lambda: lower,
        "volatility": volatility,
    }


def _need(window: int) -> int:
    return max(min_count(window), 2)
