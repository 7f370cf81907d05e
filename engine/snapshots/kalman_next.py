"""The next row of many Kalman paths at once, to the bits that `engine.snapshots.kalman_rows` gives for each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.mixture_step import FilterStates, FilterStep, MixtureNoises, MixtureStep, filter_step, mixture_step
from analytics.student import NORMAL_975
from engine.rows import Note
from engine.snapshots.kalman_path import FIT_VAR, WANDERS
from engine.snapshots.kalman_rows import NOISES, STATE, UNITS
from engine.snapshots.pair_bars import PairPrices, Vector
from engine.snapshots.plain_rows import Rows


def fill_next_kalman(rows: Rows, prices: PairPrices, *, before: Rows) -> NDArray[np.bool_]:
    """Fill alpha to z of rows (k,), each the last bar of a pair, from the checkpoints before them (k,).

    Which are sound: the others ran into what `fill_kalman` raises, and are to be thrown away.
    """
    x = (prices.x[:, -1] - before["x_centre"]) / before["x_scale"]
    y = (prices.y[:, -1] - before["y_centre"]) / before["y_scale"]
    noises = MixtureNoises(
        beta_var=np.array(WANDERS) * before["beta_var"][:, np.newaxis],
        alpha_var=before["alpha_var"][:, np.newaxis],
        obs_var=before["line_var"],
        fit_var=FIT_VAR,
        memory=before["memory"],
    )
    line = mixture_step(y, x, FilterStates(*(before[name] for name in STATE)), before["likelihood"], noises)
    level = _level_step(line.innovation, before)
    with np.errstate(over="ignore", invalid="ignore"):  # of what is not sound
        _put(rows, line, level, before)
    gap = rows["note"] == Note.GAP
    stale = np.where(prices.stale[:, -1], Note.STALE_LEG, Note.UNUSABLE)
    rows["note"] = np.where(gap, Note.GAP, np.where(np.isfinite(rows["z"]), Note.OK, stale))
    return line.sound & level.sound


def _level_step(spreads: Vector, before: Rows) -> FilterStep:
    """The level of the spreads alone: a hedge of nothing."""
    nothing = np.zeros(len(before))
    return filter_step(
        spreads,
        nothing,
        FilterStates(nothing, before["level"], nothing, nothing, before["p_level"]),
        beta_var=nothing,
        alpha_var=before["level_var"],
        obs_var=before["level_obs_var"],
        keep=before["level_keep"],
    )


def _put(rows: Rows, line: MixtureStep, level: FilterStep, before: Rows) -> None:
    slope, y_scale = before["y_scale"] / before["x_scale"], before["y_scale"]
    beta = line.beta * slope
    half_width = NORMAL_975 * np.sqrt(np.maximum(line.p_beta, 0.0)) * slope
    deviation = np.sqrt(level.innovation_var)
    columns: dict[str, Vector] = {
        "alpha": before["y_centre"] + y_scale * line.alpha - beta * before["x_centre"],
        "beta": beta,
        "beta_low": beta - half_width,
        "beta_high": beta + half_width,
        "spread": line.innovation * y_scale,
        "spread_mean": (line.innovation - level.innovation) * y_scale,  # what it was expected to be
        "spread_sd": deviation * y_scale,
        "z": level.innovation / deviation,
        **dict(zip(STATE, line.states, strict=True)),
        "likelihood": line.likelihoods,
        "level": level.states.alpha,
        "p_level": level.states.p_alpha,
        **{name: before[name] for name in (*UNITS, *NOISES)},
    }
    for name, values in columns.items():
        rows[name] = values
