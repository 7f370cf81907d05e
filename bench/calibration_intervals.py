"""Do the intervals of beta hold the beta that is planted? Least squares and the Kalman path, on made and planted legs.

Run: python -m bench.calibration_intervals [--draws N] [--paths N]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.innovations import kalman_health
from analytics.ols import ols_hedge
from analytics.student import t_975
from bench.planted import planted_samples
from bench.table import table
from engine.parameters import Method, PairParameters
from engine.snapshots.compute import compute_rows, row_dtype
from engine.snapshots.pair_bars import PairBars
from engine.snapshots.plain_rows import Rows
from engine.thresholds import DEFAULT_THRESHOLD
from ingest.sim.catalogue import PAIRS, Relation
from store.bars import PACKED_BAR
from store.timeframes import Timeframe

Array = NDArray[np.float64]

BETA = 0.8
WINDOWS = (60, 120, 240, 720)
PHIS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.995)
NOISES = (0.0, 0.7)  # of ticks and quotes on top of the spread, in deviations of the spread's own shocks
WINDOW = 120
PATH_BARS = 1_200
HALF_LIVES_S = (120.0, 300.0, 900.0)
SWING_S, SWING = 43_200.0, 0.25  # period and amplitude of a beta that swings


def spreads(rng: np.random.Generator, phi: float, shape: tuple[int, int]) -> Array:
    """AR(1) of unit shocks, stationary from the start; (draws, n)."""
    shocks = rng.standard_normal(shape)
    values = np.empty(shape)
    values[:, 0] = shocks[:, 0] / np.sqrt(1.0 - phi * phi)
    for t in range(1, shape[1]):
        values[:, t] = phi * values[:, t - 1] + shocks[:, t]
    return values


@dataclass(frozen=True, slots=True)
class Coverage:
    """Shares of draws whose interval holds beta: the classical one, and the one that knows the residuals' memory;
    and how wide that is, as a multiple of the interval that would have held 95 % of these draws.
    """

    classical: float
    serial: float
    width: float

    @property
    def cell(self) -> str:
        return f"{self.classical:.0%} → {self.serial:.1%} ({self.width:.1f}x)"


def ols_coverage(rng: np.random.Generator, *, phi: float, window: int, noise: float, draws: int) -> Coverage:
    """With x a random walk."""
    x = np.cumsum(rng.standard_normal((draws, window)), axis=1)
    y = BETA * x + spreads(rng, phi, (draws, window)) + noise * rng.standard_normal((draws, window))
    fits = [ols_hedge(one_y, one_x) for one_y, one_x in zip(y, x, strict=True)]
    off = np.abs([fit.beta - BETA for fit in fits])
    half_width = np.array([fit.beta_high - fit.beta for fit in fits])
    classical = np.array([fit.beta_stderr for fit in fits]) * t_975(window - 2)
    needed = float(np.quantile(off, 0.95))
    return Coverage(
        float(np.mean(off <= classical)), float(np.mean(off <= half_width)), float(np.median(half_width)) / needed
    )


def kalman_rows(log_y: Array, log_x: Array, timeframe: Timeframe) -> Rows:
    """The rows of a path whose formation is the first `WINDOW` bars."""
    legs = []
    for logs in (log_y, log_x):
        bars = np.zeros(len(logs), PACKED_BAR)
        bars["close"], bars["trades"] = np.exp(logs), 1
        legs.append(bars)
    p = PairParameters("made:Y", "made:X", timeframe=timeframe, window=WINDOW, method=Method.KALMAN)
    pair = PairBars(timeframe, 0, *legs)
    rows = compute_rows(pair, 0, p, (DEFAULT_THRESHOLD,), before=np.empty(0, row_dtype(Method.KALMAN)))
    return rows[WINDOW:]


Path = tuple[Array, Array, Array]  # log y, log x, and the planted beta at each bar


def made_paths(half_life_s: float, bar_s: float, *, swings: bool, paths: int) -> Iterator[Path]:
    """As on the simulated exchange, but traded at one instant and without ticks."""
    rng = np.random.default_rng(int(half_life_s))
    n = WINDOW + PATH_BARS
    phi = 0.5 ** (bar_s / half_life_s)
    spread = 0.0012 * np.sqrt(1.0 - phi * phi) * spreads(rng, phi, (paths, n))
    x = np.cumsum(0.007 * np.sqrt(bar_s / 3600.0) * rng.standard_normal((paths, n)), axis=1)
    turns = bar_s / SWING_S * np.arange(n) + rng.random((paths, 1))
    beta = BETA + (SWING * np.sin(2.0 * np.pi * turns) if swings else np.zeros((paths, n)))
    yield from zip(beta * x + spread, x, beta, strict=True)


def path_line(name: str, paths: Iterator[Path], timeframe: Timeframe) -> list[str]:
    inside, widths, variances, memories, healthy = [], [], [], [], []
    for log_y, log_x, beta in paths:
        rows = kalman_rows(log_y, log_x, timeframe)
        seen = np.isfinite(rows["z"])
        held = (rows["beta_low"] <= beta[WINDOW:]) & (beta[WINDOW:] <= rows["beta_high"])
        inside.append(float(np.mean(held[seen])))
        widths.append(float(np.median(rows["beta_high"][seen] - rows["beta"][seen])))
        health = kalman_health(rows["z"])
        variances.append(health.variance)
        memories.append(health.autocorrelation)
        healthy.append(health.healthy)
    return [
        name,
        f"{np.mean(inside):.1%}",
        f"±{np.median(widths):.2f}",
        f"{np.median(variances):.2f}",
        f"{np.median(memories):+.2f}",
        f"{np.mean(healthy):.0%}",
    ]


def run(*, draws: int = 300, paths: int = 25) -> None:
    """Print the tables: coverage of least squares by phi and window, and of the Kalman path by half-life."""
    for noise in NOISES:
        rng = np.random.default_rng(int(10 * noise) + 1)
        lines = []
        for phi in PHIS:
            found = [ols_coverage(rng, phi=phi, window=window, noise=noise, draws=draws) for window in WINDOWS]
            lines.append([f"phi {phi}", *(coverage.cell for coverage in found)])
        print(f"least squares, 95 % intervals that hold beta: classical → ours (width), noise {noise}, {draws} draws\n")
        print(table(["", *(f"{window} bars" for window in WINDOWS)], lines) + "\n")
    head = ["Kalman, formation of 120 bars", "beta held", "band", "variance of z", "its memory", "healthy"]
    lines = []
    for timeframe, bar_s in ((Timeframe.M1, 60.0), (Timeframe.S1, 1.0)):
        for half_life_s in HALF_LIVES_S:
            for swings in (False, True):
                name = (
                    f"{timeframe.value} bars, half-life {half_life_s:.0f} s, beta {'swings' if swings else 'constant'}"
                )
                made = made_paths(half_life_s, bar_s, swings=swings, paths=paths)
                lines.append(path_line(name, made, timeframe))
    print(table(head, lines) + "\n")
    lines = []
    for timeframe in (Timeframe.M1, Timeframe.S1):
        for plan in PAIRS:
            if plan.beta is not None and plan.relation is not Relation.BREAKING:
                drawn = planted_samples(plan, samples=paths, bars=WINDOW + PATH_BARS, bar_ms=timeframe.ms)
                samples = ((each.log_y, each.log_x, each.beta) for each in drawn)
                lines.append(path_line(f"{timeframe.value} {plan.name}, simulated exchange", samples, timeframe))
    print(table(head, lines))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.calibration_intervals", description=__doc__)
    parser.add_argument("--draws", type=int, default=300, help="of each window and phi")
    parser.add_argument("--paths", type=int, default=25, help="of each half-life and planted pair")
    asked = parser.parse_args(arguments)
    run(draws=asked.draws, paths=asked.paths)
    return 0


if __name__ == "__main__":
    sys.exit(main())
