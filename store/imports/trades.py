"""Files of aggregate trades as ticks, and as the minutes that the ingestor would have made of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from store.bars import MAX_MISSING, NO_TRADE_ID, PACKED_BAR, UNKNOWN_MISSING, Source
from store.grid import Bars
from store.imports.columns import Columns, flags, positive, times_ms, whole
from store.ticks import NOT_RECEIVED, TICK_DTYPE, Side
from store.timeframes import Timeframe

WIDTHS = (7, 8)
"""Futures; spot, which adds whether it was the best match."""

Ticks = NDArray[np.void]
_MINUTE_MS = Timeframe.M1.ms
_MAX_SPAN = 0xFFFF_FFFF


def parse_trades(columns: Columns) -> Ticks:
    """Ticks (n,) of `store.ticks.TICK_DTYPE`; raises `ValueError` for what is no aggregate trade."""
    ticks = np.zeros(len(columns[0]), TICK_DTYPE)
    ticks["trade_id"] = whole("id", columns[0])
    ticks["price"] = positive("price", columns[1])
    ticks["quantity"] = positive("quantity", columns[2])
    ticks["time_ms"] = times_ms(columns[5])
    ticks["received_us"] = NOT_RECEIVED
    ticks["side"] = np.where(flags("buyer is maker", columns[6]), Side.SELL, Side.BUY)
    return ticks


@dataclass
class _Minute:
    """A minute in the making; volumes grow by one addition a trade, in the order of the ids."""

    open: float
    high: float
    low: float
    close: float
    first_id: int
    last_id: int
    volume: float = 0.0
    bought: float = 0.0
    trades: int = 0
    missing: int = 0


@dataclass
class MinuteFold:
    """Ticks in id order → minutes; `missing` counts ids that are absent between them."""

    missing: int = 0
    last_id: int | None = None
    _last_ms: int = 0
    _minutes: dict[int, _Minute] = field(default_factory=dict)
    _gaps: list[tuple[int, int]] = field(default_factory=list)

    def update(self, ticks: Ticks) -> None:
        """Take the ticks that follow; their ids ascend, from above the last."""
        numbers = ticks["time_ms"] // _MINUTE_MS
        self._note_gaps(ticks, numbers)
        borders = np.flatnonzero(np.diff(numbers)) + 1
        for start, stop in zip([0, *borders.tolist()], [*borders.tolist(), len(ticks)], strict=True):
            self._add(int(numbers[start]), ticks[start:stop])
        self.last_id, self._last_ms = int(ticks["trade_id"][-1]), int(ticks["time_ms"][-1])

    def get(self) -> Bars:
        """The minutes from the first trade's to the last one's; those without trades repeat the last close."""
        first, last = min(self._minutes, default=0), max(self._minutes, default=-1)
        bars = np.zeros(last - first + 1, PACKED_BAR)
        close = 0.0
        for place, number in enumerate(range(first, last + 1)):
            minute = self._minutes.get(number)
            missing = self._missing(number, minute)
            if minute is None:
                values = (
                    close,
                    close,
                    close,
                    close,
                    0.0,
                    0,
                    NO_TRADE_ID,
                    0,
                    np.nan,
                    np.nan,
                    Source.TRADES,
                    missing,
                    0,
                    0.0,
                )
            else:
                close = minute.close
                span = min(max(minute.last_id - minute.first_id, 0), _MAX_SPAN)
                prices = (minute.open, minute.high, minute.low, minute.close, minute.volume, minute.trades)
                values = (*prices, minute.first_id, span, np.nan, np.nan, Source.TRADES, missing, 0, minute.bought)
            bars[place] = (number * _MINUTE_MS // 1000, *values)
        return bars

    def _missing(self, number: int, minute: _Minute | None) -> int:
        if minute is not None:
            return min(minute.missing, MAX_MISSING)
        start_ms = number * _MINUTE_MS
        doubt = any(after < start_ms + _MINUTE_MS and start_ms <= before for after, before in self._gaps)
        return UNKNOWN_MISSING if doubt else 0

    def _note_gaps(self, ticks: Ticks, numbers: NDArray[np.int64]) -> None:
        """Absent ids are on account of the minute of the trade after them, as in the ingestor."""
        ids = ticks["trade_id"]
        before = np.append(ids[0] - 1 if self.last_id is None else self.last_id, ids[:-1])
        absent = ids - before - 1
        for place in np.flatnonzero(absent).tolist():
            after_ms = int(ticks["time_ms"][place - 1]) if place else self._last_ms
            self._gaps.append((after_ms, int(ticks["time_ms"][place])))
            self.missing += int(absent[place])
            self._at(int(numbers[place]), ticks[place]).missing += int(absent[place])

    def _at(self, number: int, tick: np.void) -> _Minute:
        minute = self._minutes.get(number)
        if minute is None:
            price, trade_id = float(tick["price"]), int(tick["trade_id"])
            minute = self._minutes[number] = _Minute(price, price, price, price, trade_id, trade_id)
        return minute

    def _add(self, number: int, run: Ticks) -> None:
        minute = self._at(number, run[0])
        prices, quantities = run["price"], run["quantity"]
        minute.high, minute.low = max(minute.high, float(prices.max())), min(minute.low, float(prices.min()))
        minute.close, minute.last_id = float(prices[-1]), int(run["trade_id"][-1])
        minute.volume = _added(minute.volume, quantities)
        minute.bought = _added(minute.bought, quantities[run["side"] == Side.BUY])
        minute.trades += len(run)


def _added(total: float, amounts: NDArray[np.float64]) -> float:
    """The sum by one addition after the other: `numpy.sum` adds in pairs."""
    return float(np.add.accumulate(np.append(total, amounts))[-1])
