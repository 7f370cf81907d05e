"""The bars that the slow tests see: prices of both legs in the view's scale, gaps and stale legs left out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analytics.ols import OlsHedge, ols_hedge
from analytics.spreads import spread
from engine.findings.trades import PairTrades
from engine.parameters import PairParameters, Scale
from engine.rows import Note
from engine.snapshots.pair_bars import Vector
from engine.snapshots.plain_rows import Rows

MAX_BARS = 720
MIN_BARS = 120
MIN_SHARE = 0.8  # of the bars tested must have both prices: what is left out is not seen by the tests


@dataclass(frozen=True)
class Sample:
    """`rows` are the last `MAX_BARS` of a snapshot; `y` and `x` (n,) their usable prices, in logs unless raw,
    and `close_ms` (n,) when those bars closed, UTC. `trades` are there
    for dear statistics only."""

    parameters: PairParameters
    rows: Rows
    y: Vector
    x: Vector
    close_ms: NDArray[np.int64]
    trades: PairTrades | None = None

    @property
    def n(self) -> int:
        return len(self.y)

    @property
    def bar_ms(self) -> int:
        return self.parameters.timeframe.ms

    @cached_property
    def line(self) -> OlsHedge[float]:
        """Least squares of y on x over all bars tested; raises `AnalyticsError`."""
        return ols_hedge(self.y, self.x)

    @cached_property
    def spread(self) -> Vector:
        """Around that line, or around the user's own ratio; raises `AnalyticsError`."""
        own = self.parameters.beta
        alpha, beta = (self.line.alpha, self.line.beta) if own is None else (0.0, own)
        return spread(self.y, self.x, alpha=alpha, beta=beta)

    @property
    def fitted_on(self) -> Vector | None:
        """The leg on which the line of `spread` was estimated; None for the user's own ratio."""
        return self.x if self.parameters.beta is None else None

    @property
    def unfit(self) -> str:
        """Why nothing can be tested, in words; empty where it can."""
        if self.n < MIN_BARS:
            return f"needs {MIN_BARS} bars with prices of both legs, has {self.n}"
        if self.n < MIN_SHARE * len(self.rows):
            return f"too many gaps: {self.n} of {len(self.rows)} bars have prices of both legs"
        return ""


def sample_of(rows: Rows, parameters: PairParameters) -> Sample:
    """The sample that ends with the last of the rows."""
    last = rows[-MAX_BARS:]
    usable = np.isfinite(last["y"]) & np.isfinite(last["x"]) & (last["note"] != Note.STALE_LEG)
    y, x = (np.ascontiguousarray(last[leg][usable]) for leg in ("y", "x"))
    close_ms = last["open_time_ms"][usable] + parameters.timeframe.ms
    if parameters.scale is Scale.LOG:
        y, x = np.log(y), np.log(x)
    return Sample(parameters, last, y, x, close_ms)
