"""Rows of a Kalman path, which begins where the kept history of the pair begins and never starts again.

A row carries the path's states after its bar, its noises and units, and so is a checkpoint: whoever holds it goes on
to the same bits. What the path is: `engine.snapshots.kalman_path`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.filter_mixture import MixtureState
from analytics.kalman import KalmanState
from analytics.rolling import rolling_ols_hedge
from analytics.student import NORMAL_975
from engine.parameters import PairParameters
from engine.rows import ROW_DTYPE, Note
from engine.snapshots.kalman_path import WANDERS, KalmanNoises, KalmanPath, KalmanRun, begin_path, run_path
from engine.snapshots.pair_bars import PairBars, PairPrices, Vector, usable_prices
from engine.snapshots.plain_rows import Rows
from engine.snapshots.rolling_rows import fill_correlation

_PERFECT_FIT = 1e-12
"""A residual this small beside the level of y is rounding, and so is this share of its variance, which rolling moments
give as a difference: such legs are one line, and nothing can be filtered."""

STATE = ("state_beta", "state_alpha", "p_beta", "p_cross", "p_alpha")
_LEVEL = ("level", "p_level")
UNITS = ("y_centre", "y_scale", "x_centre", "x_scale")
NOISES = ("beta_var", "alpha_var", "line_var", "level_var", "level_obs_var", "level_keep", "memory")

KALMAN_DTYPE = np.dtype(
    [
        *ROW_DTYPE.descr,
        *((name, "<f8", (len(WANDERS),)) for name in (*STATE, "likelihood")),
        *((name, "<f8") for name in (*_LEVEL, *UNITS, *NOISES)),
    ]
)
"""`ROW_DTYPE` and what else a checkpoint needs: states, their covariance and the noises are in the path's own units,
the states of the line's filters side by side."""


@dataclass(frozen=True, slots=True)
class _Formation:
    """A path before its first bar, and the number of that bar."""

    path: KalmanPath
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
        _put(rows[len(rows) - len(live.y) :], run_path(path, _from(prices, first)), path, live)


def has_checkpoint(rows: Rows) -> bool:
    """Whether a path is under way at the last of the rows."""
    return len(rows) > 0 and bool(np.isfinite(rows["state_beta"][-1]).all())


def _checkpoint(before: Rows) -> KalmanPath | None:
    if not has_checkpoint(before):
        return None
    last = before[-1]
    filters = zip(*(last[name].tolist() for name in STATE), strict=True)
    line = MixtureState(tuple(KalmanState(*each) for each in filters), tuple(last["likelihood"].tolist()))
    level = KalmanState(0.0, float(last["level"]), 0.0, 0.0, float(last["p_level"]))
    noises = KalmanNoises(*(float(last[name]) for name in NOISES))
    return KalmanPath(line, level, noises, *(float(last[name]) for name in UNITS))


def _from(prices: PairPrices, number: int) -> PairPrices:
    skip = max(number - prices.first, 0)
    return PairPrices(prices.first + skip, prices.y[skip:], prices.x[skip:], prices.stale[skip:])


def _form(prices: PairPrices, window: int) -> _Formation | None:
    """By the first window of valid bars that gives a fit; None while there is none."""
    places = np.flatnonzero(prices.valid)
    if len(places) < window:
        return None
    y, x = prices.y[places], prices.x[places]
    fit = rolling_ols_hedge(y, x, window=window, last_intervals=0)
    fits = (fit.residual_sd > _PERFECT_FIT * np.abs(y)) & ~(fit.r_squared > 1.0 - _PERFECT_FIT)
    if not fits.any():
        return None
    last = int(fits.argmax())
    here = slice(last - window + 1, last + 1)
    return _Formation(begin_path(y[here].copy(), x[here].copy()), prices.first + int(places[last]) + 1)


def _put(rows: Rows, ran: KalmanRun, path: KalmanPath, prices: PairPrices) -> None:
    line, level = ran.line, ran.level
    tail = slice(len(line.beta) - len(rows), None)
    beta = line.beta[tail] * path.slope
    half_width = NORMAL_975 * np.sqrt(np.maximum(line.p_beta[tail], 0.0)) * path.slope
    deviation = np.sqrt(level.innovation_var[tail])
    filters = {
        name: np.column_stack([getattr(each, of)[tail] for each in line.filters])
        for name, of in zip(STATE, ("beta", "alpha", "p_beta", "p_cross", "p_alpha"), strict=True)
    }
    columns: dict[str, Vector | float] = {
        "alpha": path.y_centre + path.y_scale * line.alpha[tail] - beta * path.x_centre,
        "beta": beta,
        "beta_low": beta - half_width,
        "beta_high": beta + half_width,
        "spread": line.innovation[tail] * path.y_scale,
        "spread_mean": (line.innovation[tail] - level.innovation[tail]) * path.y_scale,  # what it was expected to be
        "spread_sd": deviation * path.y_scale,
        "z": level.innovation[tail] / deviation,
        **filters,
        "likelihood": line.likelihoods[tail],
        "level": level.alpha[tail],
        "p_level": level.p_alpha[tail],
        **{name: getattr(path, name) for name in UNITS},
        **{name: getattr(path.noises, name) for name in NOISES},
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
