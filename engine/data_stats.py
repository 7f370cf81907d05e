"""What is known of one instrument's bars over a stretch of time: how whole they are, and what their prices did."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

import numpy as np
from numpy.typing import NDArray

from analytics import AnalyticsError, ReturnMoments, return_moments
from engine.parameters import Timeframe
from store.bars import UNKNOWN_MISSING, Source
from store.grid import Bars

STRIP_CELLS = 66


class Span(StrEnum):
    """How far back from its last closed bar an instrument is looked at."""

    H1 = "1h"
    H6 = "6h"
    D1 = "24h"
    D7 = "7d"

    @property
    def ms(self) -> int:
        return _HOURS[self] * 3_600_000


_HOURS = {Span.H1: 1, Span.H6: 6, Span.D1: 24, Span.D7: 168}


class Cell(IntEnum):
    """The worst of the bars that a cell of the strip stands for."""

    BEFORE = 0  # the first bar that is kept
    WHOLE = 1
    TRADES_MISSING = 2
    BAR_ABSENT = 3


@dataclass(frozen=True, slots=True)
class BarStatistics:
    """Of the `slots` from an instrument's first bar in a stretch to its last, `bars` are there, `incomplete` of them
    without some of their trades.

    `first_ms` is the open of the first and `last_ms` the close of the last, UTC. `completeness` is the share of trade
    ids seen in bars whose ids are known, None where none are. Prices are in quote currency: the `last` and `mean`
    close, the `low` and `high` of all. `returns` is None where there are too few bars. `strip` (at most 66,) holds a
    `Cell` for each part of the whole stretch, oldest first.
    """

    slots: int
    bars: int
    incomplete: int
    first_ms: int
    last_ms: int
    sources: tuple[tuple[Source, int], ...]
    trades: int
    completeness: float | None
    last: float
    mean: float
    low: float
    high: float
    returns: ReturnMoments | None
    strip: NDArray[np.uint8]

    @property
    def absent(self) -> int:
        return self.slots - self.bars


def bar_statistics(bars: Bars, timeframe: Timeframe, *, capacity: int) -> BarStatistics | None:
    """Statistics of a regular grid of slots (`store.grid`), oldest first, that ends with a bar; None without one.

    `capacity` is how many slots the stretch has, of which those before the first bar are not in `bars`.
    """
    there = np.isfinite(bars["close"])
    kept = bars[there]
    if not len(kept):
        return None
    known = kept["missing"] != UNKNOWN_MISSING
    lost = int(kept["missing"][known].sum(dtype=np.int64))
    seen = int(kept["trades"][known].sum(dtype=np.int64))
    lacking = there & (bars["missing"] != UNKNOWN_MISSING) & (bars["missing"] > 0)
    sources, counts = np.unique(kept["source"], return_counts=True)
    return BarStatistics(
        slots=len(bars),
        bars=len(kept),
        incomplete=int(lacking.sum()),
        first_ms=int(kept["open_time_s"][0]) * 1000,
        last_ms=int(kept["open_time_s"][-1]) * 1000 + timeframe.ms,
        sources=tuple((Source(int(source)), int(n)) for source, n in zip(sources, counts, strict=True)),
        trades=int(kept["trades"].sum(dtype=np.int64)),
        completeness=(seen / (seen + lost) if lost else 1.0) if known.any() else None,
        last=float(kept["close"][-1]),
        mean=float(kept["close"].mean()),
        low=float(kept["low"].min()),
        high=float(kept["high"].max()),
        returns=_returns(bars["close"]),
        strip=_strip(there, lacking, capacity),
    )


def _returns(closes: NDArray[np.float64]) -> ReturnMoments | None:
    try:
        return return_moments(closes)
    except AnalyticsError:
        return None


def _strip(there: NDArray[np.bool_], lacking: NDArray[np.bool_], capacity: int) -> NDArray[np.uint8]:
    states = np.full(max(capacity, len(there)), Cell.BEFORE, np.uint8)
    states[len(states) - len(there) :] = np.where(there, np.where(lacking, 2, 1), 3)
    cells = min(STRIP_CELLS, len(states))
    starts = np.arange(cells) * len(states) // cells
    strip: NDArray[np.uint8] = np.maximum.reduceat(states, starts)
    return strip
