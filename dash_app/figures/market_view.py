"""The part of an instrument's rows that is drawn: its last bars, several to a candle where they are many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dash_app.figures.incomplete import incomplete
from dash_app.figures.view import Leg, numbers
from engine.ledger import NO_GAPS, Ledger
from engine.market.parameters import MarketParameters
from engine.market.snapshot import MarketSnapshot
from engine.views import GapRecord, ReaderGap

MOST_CANDLES = 480  # on a thousand pixels: more would be neither seen apart nor drawn fast
Columns = dict[str, list[float | None]]
LINES = ("sma", "ema", "vwap", "upper", "lower")
LACKING = ("part", "hatched")  # of candles that lack trades: where their mark stands, and their volume


@dataclass(frozen=True, slots=True)
class MarketView:
    """A snapshot with its instrument, how many of its last bars are shown, and the gaps in its trades.

    `missed` is what readers of the store came too late for, the oldest first.
    """

    snapshot: MarketSnapshot
    leg: Leg
    base: str
    show: int
    ledger: Ledger = NO_GAPS
    missed: tuple[ReaderGap, ...] = ()

    @property
    def parameters(self) -> MarketParameters:
        return self.snapshot.parameters

    @property
    def bar_ms(self) -> int:
        return self.parameters.timeframe.ms

    @property
    def gaps(self) -> tuple[GapRecord, ...]:
        """Those in the span of the bars shown, by the time of the trade after them."""
        rows = self.rows
        return self.ledger.since(int(rows["open_time_ms"][0])) if len(rows) else ()

    @property
    def group(self) -> int:
        """Bars to a candle."""
        return -(-min(self.show, max(len(self.snapshot.rows), 1)) // MOST_CANDLES)

    @property
    def rows(self) -> NDArray[np.void]:
        """The bars shown, from the beginning of a candle on."""
        rows = self.snapshot.rows[-self.show :]
        if self.group == 1 or not len(rows):
            return rows
        number = int(rows["open_time_ms"][0]) // self.bar_ms
        return rows[-number % self.group :]

    def span_ms(self) -> tuple[float, float]:
        """Closes of the first and last candle shown, with half a candle at the left and room for the open bar."""
        rows, width = self.rows, self.group * self.bar_ms
        if not len(rows):
            return (0.0, float(width))
        first = float(rows["open_time_ms"][0]) + width
        last = (int(rows["open_time_ms"][-1]) // width + 1) * width
        return first - 0.8 * width, last + max(1.5 * width, 0.008 * (last - first))


def candle_columns(view: MarketView, rows: NDArray[np.void]) -> Columns:
    """Columns of the chart from rows that begin with a candle: ``t`` is a candle's close, epoch ms."""
    if not len(rows):
        return {name: [] for name in ("t", "open", "high", "low", "close", "volume", "rate", *LINES, *LACKING)}
    width = view.group * view.bar_ms
    candle = rows["open_time_ms"] // width
    starts = np.flatnonzero(np.diff(candle, prepend=-1))
    ends = np.append(starts[1:], len(rows)) - 1
    there = np.isfinite(rows["close"])
    place = np.arange(len(rows))
    first = np.minimum.reduceat(np.where(there, place, len(rows) - 1), starts)
    last = np.maximum.reduceat(np.where(there, place, 0), starts)
    none = ~np.logical_or.reduceat(there, starts)
    bars = np.add.reduceat(there.astype(np.int64), starts)
    volume = np.add.reduceat(np.where(there, rows["volume"], 0.0), starts)
    trades = np.add.reduceat(rows["trades"].astype(np.float64), starts)
    lacks = np.logical_or.reduceat(incomplete(rows["completeness"]), starts)
    low = np.fmin.reduceat(rows["low"], starts)
    digits = view.leg.digits

    def prices(values: NDArray[np.float64], more: int = 0) -> list[float | None]:
        return numbers(np.where(none, np.nan, values), digits + more)

    return {
        "t": numbers((candle[starts] + 1) * float(width), 0),
        "open": prices(rows["open"][first]),
        "high": prices(np.fmax.reduceat(rows["high"], starts)),
        "low": prices(low),
        "close": prices(rows["close"][last]),
        "volume": numbers(np.where(none, np.nan, volume), 6),
        "part": prices(np.where(lacks, low, np.nan)),
        "hatched": numbers(np.where(lacks & ~none, volume, np.nan), 6),
        "rate": numbers(trades / np.where(none, np.nan, bars) * 1_000 / view.bar_ms, 3),
        **{name: numbers(rows[name][ends], digits + 1) for name in LINES},
    }
