"""Rows of a Kalman path, which begins where the kept history of the pair begins and never starts again.

The path is warm-started by least squares on its formation window and runs in that window's units: x
in its deviations, y in deviations of the fit's residual. So one `DELTA` fits every pair. A row carries
the state after its bar and these units, and so is a checkpoint: whoever holds it goes on to the same
bits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.kalman import KalmanHedge, KalmanState, kalman_hedge, kalman_start
from analytics.rolling import rolling_ols_hedge
from engine.parameters import PairParameters
from engine.rows import ROW_DTYPE, Note
from engine.snapshots.pair_bars import PairBars, PairPrices, Vector, usable_prices
from engine.snapshots.plain_rows import Rows
from engine.snapshots.rolling_rows import fill_correlation
from engine.snapshots.student import NORMAL_975

DELTA = 1e-4
"""A bar moves the line by 1 % of a residual's deviation: the filter remembers about 1 / sqrt(DELTA) = 100 bars."""

_PERFECT_FIT = 1e-12
"""A residual this small beside the level of y is rounding: such legs are one line, and nothing can be filtered."""

_UNITS = ("y_centre", "y_scale", "x_centre", "x_scale")

KALMAN_DTYPE = np.dtype([*ROW_DTYPE.descr, *((name, "<f8") for name in ("state_beta", "state_alpha", *_UNITS))])
"""`ROW_DTYPE` and what else a checkpoint needs; p_beta, p_cross and p_alpha are in the path's own units."""


@dataclass(frozen=True, slots=True)
class _Path:
    """Where a path stands after a bar, and the units it runs in."""

    state: KalmanState
    y_centre: float
    y_scale: float
    x_centre: float
    x_scale: float

    @property
    def slope(self) -> float:
        """Turns beta in the path's units into beta."""
        return self.y_scale / self.x_scale


@dataclass(frozen=True, slots=True)
class _Formation:
    """A path before its first bar, and the number of that bar."""

    path: _Path
    first: int


def fill_kalman(rows: Rows, pair: PairBars, p: PairParameters, *, before: Rows) -> None:
    """Fill alpha to z of the rows, the last ones of `pair`.

    `before` holds the rows before them, oldest first. If the last of them is a checkpoint the path
    goes on from there; else it is still forming: its origin is the first row of all, and `pair`
    begins there.
    """
    start, path = pair.end - len(rows), _checkpoint(before)
    prices = usable_prices(pair, scale=p.scale, field=p.field)
    fill_correlation(rows, prices, p)
    first = start
    if path is None:
        formation = _form(prices, p.window)
        _note_forming(rows, prices, p.window, until=pair.end if formation is None else formation.first - 1)
        if formation is None:
            return
        path, first = formation.path, formation.first
    live = _from(prices, max(first, start))
    if len(live.y):
        _put(rows[len(rows) - len(live.y) :], _run(path, _from(prices, first)), path, live)


def has_checkpoint(rows: Rows) -> bool:
    """Whether a path is under way at the last of the rows."""
    return len(rows) > 0 and bool(np.isfinite(rows["state_beta"][-1]))


def _checkpoint(before: Rows) -> _Path | None:
    if not has_checkpoint(before):
        return None
    last = before[-1]
    names = ("state_beta", "state_alpha", "p_beta", "p_cross", "p_alpha")
    beta, alpha, p_beta, p_cross, p_alpha = (float(last[name]) for name in names)
    state = KalmanState(beta, alpha, p_beta, p_cross, p_alpha)
    return _Path(state, **{name: float(last[name]) for name in _UNITS})


def _from(prices: PairPrices, number: int) -> PairPrices:
    skip = max(number - prices.first, 0)
    return PairPrices(prices.first + skip, prices.y[skip:], prices.x[skip:], prices.stale[skip:])


def _form(prices: PairPrices, window: int) -> _Formation | None:
    """By the first window of valid bars that gives a fit; None while there is none."""
    places = np.flatnonzero(prices.valid)
    if len(places) < window:
        return None
    y, x = prices.y[places], prices.x[places]
    fit = rolling_ols_hedge(y, x, window=window)
    fits = fit.residual_sd > _PERFECT_FIT * np.abs(y)
    if not fits.any():
        return None
    last = int(fits.argmax())
    formation_x, formation_y = (leg[last - window + 1 : last + 1].copy() for leg in (x, y))
    y_centre, x_centre = float(formation_y.mean()), float(formation_x.mean())
    y_scale, x_scale = float(fit.residual_sd[last]), float(formation_x.std(ddof=1))
    # The least-squares line and its covariance, in units where x is centred with deviation 1 and the residual's is 1.
    state = kalman_start(
        (float(fit.beta[last]) * x_scale / y_scale, 0.0), ((1.0 / (window - 1), 0.0), (0.0, 1.0 / window))
    )
    path = _Path(state, y_centre, y_scale, x_centre, x_scale)
    return _Formation(path, prices.first + int(places[last]) + 1)


def _run(path: _Path, prices: PairPrices) -> KalmanHedge:
    y = (prices.y - path.y_centre) / path.y_scale
    x = (prices.x - path.x_centre) / path.x_scale
    return kalman_hedge(y, x, delta=DELTA, obs_var=1.0, resume=path.state)


def _put(rows: Rows, hedge: KalmanHedge, path: _Path, prices: PairPrices) -> None:
    tail = slice(len(hedge.beta) - len(rows), None)
    beta = hedge.beta[tail] * path.slope
    half_width = NORMAL_975 * np.sqrt(hedge.p_beta[tail]) * path.slope
    deviation = np.sqrt(hedge.innovation_var[tail])
    columns: dict[str, Vector | float] = {
        "alpha": path.y_centre + path.y_scale * hedge.alpha[tail] - beta * path.x_centre,
        "beta": beta,
        "beta_low": beta - half_width,
        "beta_high": beta + half_width,
        "spread": hedge.innovation[tail] * path.y_scale,
        "spread_mean": 0.0,  # what an innovation is expected to be
        "spread_sd": deviation * path.y_scale,
        "z": hedge.innovation[tail] / deviation,
        "p_beta": hedge.p_beta[tail],
        "p_cross": hedge.p_cross[tail],
        "p_alpha": hedge.p_alpha[tail],
        "state_beta": hedge.beta[tail],
        "state_alpha": hedge.alpha[tail],
        **{name: getattr(path, name) for name in _UNITS},
    }
    for name, values in columns.items():
        rows[name] = values
    gap = rows["note"] == Note.GAP
    rows["note"] = np.where(np.isfinite(rows["z"]), Note.OK, np.where(prices.stale, Note.STALE_LEG, Note.UNUSABLE))
    rows["note"][gap] = Note.GAP


def _note_forming(rows: Rows, prices: PairPrices, window: int, *, until: int) -> None:
    """Before bar `until` a window full of valid bars gave no fit: such rows are unusable, not warming up."""
    have = np.cumsum(prices.valid)
    numbers = prices.first + np.arange(len(have))
    kept = min(len(rows), len(have))
    tail = slice(len(have) - kept, None)
    notes = rows["note"][len(rows) - kept :]
    notes[(have[tail] >= window) & (numbers[tail] < until) & (notes != Note.GAP)] = Note.UNUSABLE
