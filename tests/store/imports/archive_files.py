"""Files as the venue's public archive has them: a zip with one CSV, by kind and market."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from store.ticks import TICK_DTYPE

DAY = "2024-07-18"
DAY_MS = 1_721_260_800_000
TRADES_HEADER = "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker"
KLINES_HEADER = (
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore"
)


def zipped(path: Path, lines: Iterable[str], *, end: str = "\n") -> Path:
    """A zip of one CSV file named like it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{path.stem}.csv", "".join(f"{line}{end}" for line in lines))
    return path


def made_trades(count: int = 5_000, *, first_id: int = 1_000, step_ms: int = 900) -> NDArray[np.void]:
    """Trades of one day, some minutes of which are without."""
    chance = np.random.default_rng(3)
    ticks = np.zeros(count, TICK_DTYPE)
    ticks["trade_id"] = first_id + np.arange(count)
    ticks["price"] = np.round(60_000 + np.cumsum(chance.normal(size=count)), 1)
    ticks["quantity"] = np.round(chance.exponential(size=count) + 0.001, 3)
    ticks["time_ms"] = DAY_MS + np.arange(count) * step_ms
    ticks["time_ms"][count // 2 :] += 200_000
    ticks["side"] = chance.integers(1, 3, count)
    return ticks


def trade_lines(ticks: NDArray[np.void], *, spot: bool, micros: bool = False) -> list[str]:
    """Futures lines have seven columns and a small `true`, spot lines eight and a large one."""
    lines = []
    for trade_id, price, quantity, time_ms, _, side in ticks.tolist():
        stamp = time_ms * 1000 + 123 if micros else time_ms
        maker = side == 2
        words = [trade_id, f"{price:.8f}", f"{quantity:.8f}", trade_id * 2, trade_id * 2 + 1, stamp]
        lines.append(",".join(map(str, [*words, *([maker, True] if spot else [str(maker).lower()])])))
    return lines


def kline_lines(count: int = 1_440, *, micros: bool = False) -> list[str]:
    """The minutes of a day."""
    chance = np.random.default_rng(8)
    factor = 1000 if micros else 1
    lines = []
    for number in range(count):
        opened, closed = np.round(100 + chance.normal(size=2), 2)
        high, low = max(opened, closed) + 0.5, min(opened, closed) - 0.5
        open_ms = DAY_MS + number * 60_000
        prices = ",".join(f"{price:.2f}" for price in (opened, high, low, closed))
        times = open_ms * factor, (open_ms + 59_999) * factor
        lines.append(f"{times[0]},{prices},{1.5 + number},{times[1]},9.9,{number},{0.5 + number},4.4,0")
    return lines
