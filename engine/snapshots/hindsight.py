"""Rows of one fit to the last window, drawn back over it: only the last of them may signal.

Nothing of it is kept: with the next bar every row is another.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from analytics.errors import AnalyticsError
from analytics.ols import ols_hedge
from analytics.spreads import spread
from analytics.tls import tls_hedge
from engine.parameters import Method, PairParameters, Scale
from engine.rows import ROW_DTYPE, Note
from engine.snapshots.pair_bars import PairBars, PairPrices, Vector, usable_prices
from engine.snapshots.plain_rows import Rows, plain_rows
from engine.snapshots.rolling_rows import fill_correlation, min_count
from engine.snapshots.window_rows import fill_last_window


@dataclass(frozen=True, slots=True)
class _Fit:
    """A line; all NaN where too little is usable."""

    alpha: float = np.nan
    beta: float = np.nan
    beta_low: float = np.nan
    beta_high: float = np.nan
    effective_n: float = np.nan
    r_squared: float = np.nan
    by_ratio: bool = False


def hindsight_bars(p: PairParameters) -> int:
    """How many bars the fit is drawn over."""
    return max(p.window, p.z_window)


def hindsight_rows(pair: PairBars, p: PairParameters) -> Rows:
    """Rows of the last `hindsight_bars` bars, by one fit to the last `window` and one z to the last `z_window`."""
    rows = plain_rows(pair.since(pair.end - hindsight_bars(p)), p.field, ROW_DTYPE)
    prices = usable_prices(pair, scale=p.scale, field=p.field)
    fill_correlation(rows, prices, p)
    fill_last_window(rows, pair, p.window)
    tail = _last(prices, len(rows))
    if len(tail.y) < hindsight_bars(p):
        return rows
    fit = _fit(_last(prices, p.window), p)
    spreads = spread(
        tail.y, tail.x, alpha=np.nan if fit is None else fit.alpha, beta=np.nan if fit is None else fit.beta
    )
    if fit is not None:
        rows["alpha"], rows["beta"], rows["r_squared"] = fit.alpha, fit.beta, fit.r_squared
        rows["beta_low"], rows["beta_high"], rows["effective_n"] = fit.beta_low, fit.beta_high, fit.effective_n
    rows["spread"] = spreads
    recent = spreads[-p.z_window :]
    recent = recent[np.isfinite(recent)]
    if len(recent) >= min_count(p.z_window):
        mean, deviation = float(recent.mean()), float(recent.std(ddof=1))
        rows["spread_mean"], rows["spread_sd"] = mean, deviation
        if deviation > 1e-12 * float(np.nanmax(np.abs(tail.y))):  # else it is rounding
            rows["z"] = (spreads - mean) / deviation
    _note(rows, tail, fit)
    return rows


def _last(prices: PairPrices, count: int) -> PairPrices:
    skip = max(len(prices.y) - count, 0)
    return PairPrices(prices.first + skip, prices.y[skip:], prices.x[skip:], prices.stale[skip:])


def _fit(prices: PairPrices, p: PairParameters) -> _Fit:
    """The fit, by the ratio where the regression cannot be had; none where too little is usable."""
    y, x = prices.y[prices.valid], prices.x[prices.valid]
    if len(y) < min_count(p.window):
        return _Fit()
    try:
        return _regression(y, x, p.method)
    except AnalyticsError:
        if p.scale is Scale.LOG:
            return _Fit(alpha=float((y - x).mean()), beta=1.0, by_ratio=True)
        return _Fit(alpha=0.0, beta=float((y / x).mean()), by_ratio=True)


def _regression(y: Vector, x: Vector, method: Method) -> _Fit:
    if method is Method.TLS:
        nearest = tls_hedge(y, x)
        bounds = (nearest.beta_low, nearest.beta_high) if math.isfinite(nearest.beta_low) else (np.nan, np.nan)
        return _Fit(nearest.alpha, nearest.beta, *bounds, nearest.effective_n)
    fit = ols_hedge(y, x)
    return _Fit(fit.alpha, fit.beta, fit.beta_low, fit.beta_high, fit.effective_n, fit.r_squared)


def _note(rows: Rows, prices: PairPrices, fit: _Fit) -> None:
    note = Note.RATIO_FALLBACK if fit.by_ratio else Note.OK
    gap = rows["note"] == Note.GAP
    rows["note"] = np.where(np.isfinite(rows["z"]), note, np.where(prices.stale, Note.STALE_LEG, Note.UNUSABLE))
    rows["note"][gap] = Note.GAP
