"""Do the intervals of beta hold the planted one? Both least squares and the Kalman path, on made and planted legs.

Run: python -m bench.calibration_intervals [--draws N] [--paths N]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.innovations import kalman_health
from analytics.ols import OlsHedge, ols_hedge
from analytics.student import t_975
from analytics.tls import TlsHedge, tls_hedge
from bench.planted import planted_samples
from bench.table import table
from engine.parameters import Method, PairParameters
from engine.snapshots.compute import compute_rows
from engine.snapshots.next_rows import row_dtype
from engine.snapshots.pair_bars import PairBars
from engine.snapshots.plain_rows import Rows
from engine.thresholds import DEFAULT_THRESHOLD
from ingest.sim.catalogue import PAIRS, PairPlan, Relation
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
TRADED = ((Timeframe.S1, 120), (Timeframe.S1, 720), (Timeframe.M1, 120), (Timeframe.M1, 720))
SWING_S, SWING = 43_200.0, 0.25  # period and amplitude of a beta that swings


def spreads(rng: np.random.Generator, phi: float, shape: tuple[int, int]) -> Array:
    """AR(1) of unit shocks, stationary from the start; (draws, n)."""
    shocks = rng.standard_normal(shape)
    values = np.empty(shape)
    values[:, 0] = shocks[:, 0] / np.sqrt(1.0 - phi * phi)
    for t in range(1, shape[1]):
        values[:, t] = phi * values[:, t - 1] + shocks[:, t]
    return values


Fit = OlsHedge[float] | TlsHedge
Legs = Iterator[tuple[Array, Array]]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Shares of draws whose interval holds beta: the classical one, and the one that knows the residuals' memory;
    how wide that is, as a multiple of the interval that would have held 95 % of these draws, and how often nothing
    bounds it.
    """

    classical: float
    serial: float
    width: float
    unbounded: float

    @property
    def cell(self) -> str:
        return f"{self.classical:.0%} → {self.serial:.1%} ({self.width:.1f}x)"

    @property
    def cell_of_lines(self) -> str:
        """Of total least squares, whose intervals may have no width."""
        return f"{self.classical:.0%} → {self.serial:.1%}" + (f" (∞ {self.unbounded:.0%})" if self.unbounded else "")


def coverage(legs: Legs, fit: Callable[[Array, Array], Fit]) -> Coverage:
    fits = [fit(y, x) for y, x in legs]
    beta, low, high, stderr = (
        np.array([getattr(each, name) for each in fits]) for name in ("beta", "beta_low", "beta_high", "beta_stderr")
    )
    off = np.abs(beta - BETA)
    return Coverage(
        classical=float(np.mean(off <= stderr * t_975(fits[0].n - 2))),
        serial=float(np.mean((low <= BETA) & (high >= BETA))),
        width=float(np.median(high - low) / 2.0 / np.quantile(off, 0.95)),
        unbounded=float(np.mean(np.isinf(high))),
    )


def legs_of_a_walk(rng: np.random.Generator, *, phi: float, window: int, noise: float, draws: int) -> Legs:
    """x is a walk, y 0.8 of it and a spread."""
    x = np.cumsum(rng.standard_normal((draws, window)), axis=1)
    y = BETA * x + spreads(rng, phi, (draws, window)) + noise * rng.standard_normal((draws, window))
    return zip(y, x, strict=True)


def legs_alike(rng: np.random.Generator, *, phi: float, window: int, draws: int) -> Legs:
    """Errors of one size in both legs, so large that the spread is that of `legs_of_a_walk`."""
    walk = np.cumsum(rng.standard_normal((draws, window)), axis=1)
    y, x = (spreads(rng, phi, (draws, window)) / np.hypot(1.0, BETA) for _ in range(2))
    return zip(BETA * walk + y, walk + x, strict=True)


def traded_cell(plan: PairPlan, timeframe: Timeframe, bars: int, fit: Callable[[Array, Array], Fit], draws: int) -> str:
    """On bars of trades: how often the interval holds the planted beta, and the median of beta as a part of it."""
    drawn = planted_samples(plan, samples=draws, bars=bars, bar_ms=timeframe.ms, traded=True)
    held, parts = [], []
    for sample in drawn:
        found, beta = fit(sample.log_y, sample.log_x), float(sample.beta.mean())
        held.append(found.beta_low <= beta <= found.beta_high)
        parts.append(found.beta / beta)
    return f"{np.mean(held):.0%}, {np.median(parts):.2f} β"


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


def planted_pairs() -> list[PairPlan]:
    return [plan for plan in PAIRS if plan.beta is not None and plan.relation is not Relation.BREAKING]


def run(*, draws: int = 300, paths: int = 25) -> None:
    """Print the tables: of both fits by phi and window, and on trades; of the Kalman path by half-life."""
    on_windows(draws)
    on_trades(2 * paths)
    on_paths(paths)


def on_windows(draws: int) -> None:
    said = f"95 % intervals that hold beta, {draws} draws: classical → ours"
    for noise in NOISES:
        rng = np.random.default_rng(int(10 * noise) + 1)
        lines = []
        for phi in PHIS:
            drawn = (legs_of_a_walk(rng, phi=phi, window=window, noise=noise, draws=draws) for window in WINDOWS)
            lines.append([f"phi {phi}", *(coverage(legs, ols_hedge).cell for legs in drawn)])
        print(f"least squares, {said} (width), noise {noise}\n")
        print(table(["", *(f"{window} bars" for window in WINDOWS)], lines) + "\n")
    for name, alike in (("both legs alike, as it assumes", True), ("y alone, which it does not assume", False)):
        rng = np.random.default_rng(3 + alike)
        lines = []
        for phi in PHIS:
            drawn = (
                legs_alike(rng, phi=phi, window=window, draws=draws)
                if alike
                else legs_of_a_walk(rng, phi=phi, window=window, noise=0.0, draws=draws)
                for window in WINDOWS
            )
            lines.append([f"phi {phi}", *(coverage(legs, tls_hedge).cell_of_lines for legs in drawn)])
        print(f"total least squares, {said} (without bounds), errors of {name}\n")
        print(table(["", *(f"{window} bars" for window in WINDOWS)], lines) + "\n")


def on_trades(draws: int) -> None:
    """Last trades of the simulated exchange, as bars have them."""
    fits: tuple[tuple[str, Callable[[Array, Array], Fit]], ...] = (("OLS", ols_hedge), ("TLS", tls_hedge))
    cases = [(name, fit, timeframe, bars) for timeframe, bars in TRADED for name, fit in fits]
    lines = [
        [plan.name, *(traded_cell(plan, timeframe, bars, fit, draws) for _, fit, timeframe, bars in cases)]
        for plan in planted_pairs()
    ]
    print(f"on trades of the simulated exchange, {draws} windows: planted beta held, median of beta\n")
    print(table(["", *(f"{name}, {bars} × {timeframe}" for name, _, timeframe, bars in cases)], lines) + "\n")


def on_paths(paths: int) -> None:
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
        for plan in planted_pairs():
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
