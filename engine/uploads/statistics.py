"""A few numbers of what a file brings, by which one sees whether it is what was meant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from store.bars import NO_TRADE_ID
from store.grid import Bars


@dataclass(frozen=True, slots=True)
class Statistics:
    """Times are UTC ms, of the first and the last row. Prices of bars are closes, `least` a low and `most` a high.

    `absent` counts what lacks between the first and the last: trade ids, or bars of the file's timeframe; None where
    nobody can know. `largest_step` is the largest |log return| from one row to the next, 0 for a single row.
    """

    rows: int
    first_ms: int
    last_ms: int
    first_price: float
    last_price: float
    least: float
    most: float
    mean: float
    volume: float
    absent: int | None
    largest_step: float


def tick_statistics(ticks: NDArray[np.void]) -> Statistics:
    """Of ticks (n,) of `store.ticks.TICK_DTYPE` in order, n > 0; the mean is that of prices, each trade alike."""
    prices, ids = ticks["price"], ticks["trade_id"]
    known = bool((ids != NO_TRADE_ID).all())
    return Statistics(
        rows=len(ticks),
        first_ms=int(ticks["time_ms"][0]),
        last_ms=int(ticks["time_ms"][-1]),
        first_price=float(prices[0]),
        last_price=float(prices[-1]),
        least=float(prices.min()),
        most=float(prices.max()),
        mean=float(prices.mean()),
        volume=float(ticks["quantity"].sum()),
        absent=int(ids[-1] - ids[0]) + 1 - len(ids) if known else None,
        largest_step=_largest_step(prices),
    )


def bar_statistics(bars: Bars, period_s: int) -> Statistics:
    """Of bars (n,) of `PACKED_BAR` in order, n > 0, each `period_s` long."""
    opens, closes = bars["open_time_s"].astype(np.int64), bars["close"]
    return Statistics(
        rows=len(bars),
        first_ms=int(opens[0]) * 1000,
        last_ms=int(opens[-1]) * 1000,
        first_price=float(closes[0]),
        last_price=float(closes[-1]),
        least=float(bars["low"].min()),
        most=float(bars["high"].max()),
        mean=float(closes.mean()),
        volume=float(bars["volume"].sum()),
        absent=int(opens[-1] - opens[0]) // period_s + 1 - len(bars),
        largest_step=_largest_step(closes),
    )


def _largest_step(prices: NDArray[np.float64]) -> float:
    return float(np.abs(np.diff(np.log(prices))).max()) if len(prices) > 1 else 0.0
