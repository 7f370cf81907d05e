"""Rows of the causal methods without a path: the rolling hedge, and the user's own fixed ratio."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics.rolling import RollingHedge, RollingZscore, rolling_correlation, rolling_ols_hedge, rolling_zscore
from analytics.spreads import spread
from engine.parameters import Method, PairParameters, Scale
from engine.rows import Note
from engine.snapshots.pair_bars import PairBars, PairPrices, Vector, stale_cap, usable_prices
from engine.snapshots.plain_rows import Rows

MIN_SHARE = 0.8
"""Of the slots of a window so many must have prices, so that a gap of minutes does not silence an hour."""


def min_count(window: int) -> int:
    """How many slots of a window must be usable."""
    return math.ceil(MIN_SHARE * window)


def lead_bars(p: PairParameters) -> int:
    """How many bars before a row everything that is rolling in it may depend on."""
    return p.window + p.z_window + stale_cap(p.timeframe) + 1


@dataclass(frozen=True, slots=True)
class _Line:
    """A hedge at every bar of some prices."""

    alpha: Vector
    beta: Vector
    beta_low: Vector  # 95 % interval, absent but for the last bars
    beta_high: Vector
    effective_n: Vector
    r_squared: Vector
    by_ratio: NDArray[np.bool_]


class _Score(NamedTuple):
    """The spread of some prices, and z with the mean and deviation that made it; the last bars of those prices."""

    spread: Vector
    mean: Vector
    sd: Vector
    z: Vector


def fill_rolling(rows: Rows, pair: PairBars, p: PairParameters) -> None:
    """Fill alpha to z of the rows, the last ones of `pair`, which begins `lead_bars` earlier if there are such.

    A statistic is there only once its windows lie wholly within the bars, so that its bits do not
    depend on where the bars begin.
    """
    n = len(rows)
    prices = usable_prices(pair, scale=p.scale, field=p.field)
    if len(prices.y):
        line = _fixed_line(prices, p) if p.method is Method.FIXED else _rolling_line(prices, p, rows=n)
        score = _score(prices, line, p)
        _put(rows, n, "alpha", line.alpha)
        _put(rows, n, "beta", line.beta)
        _put(rows, n, "beta_low", line.beta_low)
        _put(rows, n, "beta_high", line.beta_high)
        _put(rows, n, "effective_n", line.effective_n)
        _put(rows, n, "r_squared", line.r_squared)
        _put(rows, n, "spread", score.spread)
        _put(rows, n, "spread_mean", score.mean)
        _put(rows, n, "spread_sd", score.sd)
        _put(rows, n, "z", score.z)
        _note(rows, n, p, prices, line)
    fill_correlation(rows, prices, p)


def fill_correlation(rows: Rows, prices: PairPrices, p: PairParameters, *, only_last: bool = False) -> None:
    """Correlation of one-bar returns (of log prices, whatever the scale) over the window.

    With `only_last` each row is the last of one pair of the prices.
    """
    if prices.y.shape[-1] <= p.window:
        return
    logs = [leg if p.scale is Scale.LOG else np.log(leg) for leg in (prices.y, prices.x)]
    returns = [np.diff(leg) for leg in logs]
    correlation = rolling_correlation(
        *returns,
        window=p.window,
        min_count=min_count(p.window),
        origin=prices.first + 1,
        only_last=only_last,
    )
    _put(rows, len(rows), "correlation", correlation)


def fill_last(rows: Rows, prices: PairPrices, p: PairParameters, *, spreads: Vector) -> None:
    """What `fill_rolling` gives for the last row of each of k pairs by the rolling hedge, to the same bits.

    `prices` are of the last `window` bars or more, `spreads` (k, z_window - 1) those of the rows before.
    """
    line = _rolling_line(prices, p, rows=1, only_last=True)
    now = spread(prices.y[:, -1], prices.x[:, -1], alpha=line.alpha, beta=line.beta)
    spreads = np.column_stack((spreads, now))
    origin = prices.first + prices.y.shape[1] - p.z_window
    score = rolling_zscore(spreads, window=p.z_window, min_count=min_count(p.z_window), origin=origin, only_last=True)
    for name in ("alpha", "beta", "beta_low", "beta_high", "effective_n", "r_squared"):
        rows[name] = getattr(line, name)
    for name, values in (("spread", now), ("spread_mean", score.mean), ("spread_sd", score.sd), ("z", score.z)):
        rows[name] = values
    by_ratio = line.by_ratio & np.isfinite(line.beta)
    _put_notes(rows, np.ones(len(rows), np.bool_), by_ratio, prices.stale[:, -1])


def _put(rows: Rows, n: int, name: str, values: Vector) -> None:
    """Write the last values into the last rows; earlier rows keep what they have."""
    kept = min(n, len(values))
    if kept:
        rows[name][n - kept :] = values[len(values) - kept :]


def _rolling_line(prices: PairPrices, p: PairParameters, *, rows: int, only_last: bool = False) -> _Line:
    """Least squares over the window; where x does not move, the ratio instead, said openly. Intervals for `rows`."""
    n, need = prices.y.shape[-1], min_count(p.window)
    if n < p.window:
        return _no_line(n)
    fit = rolling_ols_hedge(
        prices.y,
        prices.x,
        window=p.window,
        min_count=need,
        origin=prices.first,
        last_intervals=rows,
        only_last=only_last,
    )
    by_ratio = np.isnan(fit.beta) & (fit.n >= need)
    if not only_last:
        by_ratio[: p.window - 1] = False
    alpha, beta = fit.alpha, fit.beta
    if by_ratio.any():
        alpha, beta = _with_ratio(fit, by_ratio, prices, p, only_last=only_last)
    return _Line(alpha, beta, fit.beta_low, fit.beta_high, fit.effective_n, fit.r_squared, by_ratio)


def _with_ratio(
    fit: RollingHedge, by_ratio: NDArray[np.bool_], prices: PairPrices, p: PairParameters, *, only_last: bool
) -> tuple[Vector, Vector]:
    """On logs beta is 1 and alpha the mean log ratio; on prices alpha is 0 and beta the mean of y / x."""
    ratios = prices.y - prices.x if p.scale is Scale.LOG else prices.y / prices.x
    need = min_count(p.window)
    mean = rolling_zscore(ratios, window=p.window, min_count=need, origin=prices.first, only_last=only_last).mean
    alpha, beta = (mean, np.ones_like(mean)) if p.scale is Scale.LOG else (np.zeros_like(mean), mean)
    return np.where(by_ratio, alpha, fit.alpha), np.where(by_ratio, beta, fit.beta)


def _fixed_line(prices: PairPrices, p: PairParameters) -> _Line:
    """The user's own ratio; alpha is fitted to the window, as the mean of what the ratio leaves of y."""
    n = len(prices.y)
    absent = np.full(n, np.nan)
    beta = np.full(n, np.nan if p.beta is None else p.beta)
    alpha = absent
    if n >= p.window:
        level = spread(prices.y, prices.x, alpha=0.0, beta=beta)
        alpha = rolling_zscore(level, window=p.window, min_count=min_count(p.window), origin=prices.first).mean
    return _Line(alpha, beta, absent, absent, absent, absent, np.zeros(n, dtype=np.bool_))


def _no_line(n: int) -> _Line:
    absent = np.full(n, np.nan)
    return _Line(absent, absent, absent, absent, absent, absent, np.zeros(n, dtype=np.bool_))


def _score(prices: PairPrices, line: _Line, p: PairParameters) -> _Score:
    """The spread about the line of each bar, and its z.

    Of the user's own ratio the level y - beta · x is scored, which no fit moves: z is there as soon as its own window
    is full, and what alpha takes off the spread it takes off the mean.
    """
    fixed = p.method is Method.FIXED
    values = spread(prices.y, prices.x, alpha=0.0 if fixed else line.alpha, beta=line.beta)
    first = 0 if fixed else p.window - 1  # the first that exists: a window that reaches before it is not known whole
    score = _zscore(values[first:], prices.first + first, p)
    if fixed:
        return _Score(values - line.alpha, score.mean - line.alpha, score.sd, score.z)
    return _Score(values, score.mean, score.sd, score.z)


def _zscore(spreads: Vector, origin: int, p: PairParameters) -> RollingZscore:
    if len(spreads) < p.z_window:
        absent = np.full(len(spreads), np.nan)
        return RollingZscore(absent, absent, absent)
    return rolling_zscore(spreads, window=p.z_window, min_count=min_count(p.z_window), origin=origin)


def _note(rows: Rows, n: int, p: PairParameters, prices: PairPrices, line: _Line) -> None:
    """Why a row has no z, or how its hedge was found. What is absent stays a gap, what comes too early warming up."""
    before_z = p.z_window - 1 + (0 if p.method is Method.FIXED else p.window - 1)
    full = np.arange(len(prices.y)) >= before_z
    kept = min(n, len(prices.y))
    tail = slice(len(prices.y) - kept, None)
    by_ratio = line.by_ratio[tail] & np.isfinite(line.beta[tail])
    _put_notes(rows[n - kept :], full[tail], by_ratio, prices.stale[tail])


def _put_notes(rows: Rows, full: NDArray[np.bool_], by_ratio: NDArray[np.bool_], stale: NDArray[np.bool_]) -> None:
    """`full`: enough bars came before for a z; `by_ratio`: the hedge is the ratio's; `stale`: a leg's price is old."""
    notes = rows["note"]
    gap = notes == Note.GAP
    notes[full] = Note.UNUSABLE
    notes[np.isfinite(rows["z"])] = Note.OK
    notes[full & by_ratio] = Note.RATIO_FALLBACK
    notes[stale] = Note.STALE_LEG
    notes[gap] = Note.GAP
