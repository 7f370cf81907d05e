"""The feature table of a pair: what was known of it at each bar's close, for models to learn from.

No column looks ahead: later bars change no earlier row. (A bar that is revised, because lost trades came in late,
changes its own row and those after it, as it does everywhere.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics.rolling_reversion import rolling_half_life
from analytics.volatility import log_returns, rolling_volatility
from engine.errors import ParameterError
from engine.order_flow import imbalance
from engine.parameters import Method, PairParameters
from engine.snapshot import Snapshot
from engine.snapshots.pair_bars import PairBars, Vector
from engine.snapshots.plain_rows import Rows
from engine.snapshots.rolling_rows import min_count

_SHARE_DIGITS = 7  # rows keep no more of a share

CAUSAL_METHODS = tuple(method.value for method in Method if method.causal)


class Feature(NamedTuple):
    """One column: its unit, and what it means in words."""

    name: str
    unit: str
    meaning: str


FEATURES = (
    Feature("time", "UTC", "close of the bar: when the row was known"),
    Feature("open_time", "UTC", "open of the bar"),
    Feature("close_y", "quote currency", "last trade of y"),
    Feature("close_x", "quote currency", "last trade of x"),
    Feature("return_y", "log", "one-bar return of y's price (close or mid, as asked), empty across a gap"),
    Feature("return_x", "log", "the same of x"),
    Feature("spread", "scale", "y - alpha - beta x; by kalman the innovation"),
    Feature("z", "deviations", "spread less its mean, over its deviation"),
    Feature("beta", "x per y", "hedge ratio by the method asked for"),
    Feature("beta_rolling", "x per y", "hedge ratio by rolling least squares over the window"),
    Feature("beta_kalman", "x per y", "hedge ratio by the Kalman filter"),
    Feature("correlation", "-1 to 1", "of one-bar returns over the window"),
    Feature("volatility_y", "log", "deviation of y's one-bar returns over the window"),
    Feature("volatility_x", "log", "the same of x"),
    Feature("half_life_bars", "bars", "of the spread, AR(1) over the window; empty where phi is not between 0 and 1"),
    Feature("imbalance_y", "-1 to 1", "y's volume bought less sold by the aggressor, of all; empty where unknown"),
    Feature("imbalance_x", "-1 to 1", "the same of x"),
    Feature("trades_y", "count", "trades of y in the bar"),
    Feature("trades_x", "count", "trades of x in the bar"),
    Feature("completeness_y", "share", "y's trades in the bar that were seen, of all; empty where nobody can know"),
    Feature("completeness_x", "share", "the same of x"),
    Feature("signal", "word", "long, short or flat, by the thresholds of the bar's own time"),
    Feature("reason", "words", "why numbers are absent, or what to know about them"),
)

NUMBERS = tuple(
    feature.name
    for feature in FEATURES
    if feature.name not in ("time", "open_time", "trades_y", "trades_x", "signal", "reason")
)

FEATURE_DTYPE = np.dtype(
    [
        ("open_time_ms", "<i8"),
        *((name, "<f8") for name in NUMBERS),
        ("trades_y", "<u4"),
        ("trades_x", "<u4"),
        ("signal", "i1"),
        ("note", "u1"),
    ]
)


@dataclass(frozen=True, slots=True)
class FeatureSources:
    """What the table is made of: the snapshot asked for, its legs' bars, and the rows of the two other methods."""

    snapshot: Snapshot
    bars: PairBars | None
    rolling: Rows
    kalman: Rows


def require_causal(p: PairParameters) -> None:
    """Refuse the methods whose rows are drawn back from today's fit: they would look ahead."""
    if not p.method.causal:
        allowed = f"features are what was known at each close: use one of {', '.join(CAUSAL_METHODS)}"
        raise ParameterError("method", p.method.value, allowed)


def feature_rows(sources: FeatureSources, *, last: int | None = None) -> NDArray[np.void]:
    """Rows of `FEATURE_DTYPE`, oldest first, one for each row of the snapshot, or for its `last` ones only."""
    p, rows = sources.snapshot.parameters, sources.snapshot.rows
    if last is not None:
        rows = rows[-(last + p.window + 1) :]  # what a row depends on, and no more
    table: NDArray[np.void] = np.empty(len(rows), FEATURE_DTYPE)
    for name in ("open_time_ms", "spread", "z", "beta", "correlation", "trades_y", "trades_x", "signal", "note"):
        table[name] = rows[name]
    origin = int(rows["open_time_ms"][0]) // p.timeframe.ms if len(rows) else 0
    for leg in ("y", "x"):
        table[f"completeness_{leg}"] = np.round(rows[f"completeness_{leg}"].astype(np.float64), _SHARE_DIGITS)
        prices = np.ascontiguousarray(rows[leg])
        table[f"return_{leg}"] = log_returns(prices)
        table[f"volatility_{leg}"] = _volatility(prices, origin, p)
        table[f"close_{leg}"], table[f"imbalance_{leg}"] = _of_bars(sources.bars, leg, origin, len(rows))
    table["half_life_bars"] = _half_life(_reverting(rows, p), origin, p)
    table["beta_rolling"] = _joined(sources.rolling, rows["open_time_ms"])
    table["beta_kalman"] = _joined(sources.kalman, rows["open_time_ms"])
    return table if last is None else table[-last:]


def _volatility(prices: Vector, origin: int, p: PairParameters) -> Vector:
    if len(prices) < p.window + 1:
        return np.full(len(prices), np.nan)
    need = min_count(p.window)
    return rolling_volatility(prices, window=p.window, bar_ms=p.timeframe.ms, min_count=need, origin=origin).per_bar


def _reverting(rows: Rows, p: PairParameters) -> Vector:
    """The spread; with one's own ratio the level that it is taken off, whose mean does not follow it about."""
    spread: Vector = np.ascontiguousarray(rows["spread"])
    return spread + rows["alpha"] if p.method is Method.FIXED else spread


def _half_life(spread: Vector, origin: int, p: PairParameters) -> Vector:
    if len(spread) < p.window:
        return np.full(len(spread), np.nan)
    return rolling_half_life(spread, window=p.window, min_count=min_count(p.window) - 1, origin=origin)


def _of_bars(bars: PairBars | None, leg: str, origin: int, count: int) -> tuple[Vector, Vector]:
    """Closes and order-flow imbalance of a leg, NaN where the bars do not reach."""
    close, flow = np.full(count, np.nan), np.full(count, np.nan)
    if bars is not None:
        first, end = max(bars.first, origin), min(bars.end, origin + count)
        if end > first:
            slots = (bars.y if leg == "y" else bars.x)[first - bars.first : end - bars.first]
            place = slice(first - origin, end - origin)
            close[place], flow[place] = slots["close"], imbalance(slots)
    return close, flow


def _joined(rows: Rows, times: NDArray[np.int64]) -> Vector:
    """The hedge ratio of other rows at the times given, NaN where there is none."""
    out = np.full(len(times), np.nan)
    _, here, there = np.intersect1d(times, rows["open_time_ms"], assume_unique=True, return_indices=True)
    out[here] = rows["beta"][there]
    return out
