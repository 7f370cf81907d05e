"""The tables in `analytics` that come from simulations of our own, simulated again.

Run: python -m bench.tables [--draws N]

Shares of noise by the better of two directions (`analytics.both_ways`), the bias of phi in the residuals of a hedge
(`analytics.spread_model`), and the 90 and 99 % points of Johansen's tests with a restricted constant
(`analytics.johansen_tables`).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
from numpy.typing import NDArray

from analytics.both_ways import engle_granger_both, p_of_better
from analytics.johansen_tables import CRITICAL
from analytics.spread_model import BIAS_CONSTANT, BIAS_SLOPE, hedge_residuals
from bench.table import table

Array = NDArray[np.float64]

LENGTHS = (120, 240, 720)
BETTER = (0.005, 0.02, 0.05, 0.1)
PHIS = (0.0, 0.5, 0.8, 0.9)
BIAS_BARS = 120
STEPS = 1_000
RELATIONS = (1, 2, 3)


def better_of_two(bars: int, number: int) -> float:
    """The lower p of both directions, of two independent walks."""
    y, x = np.cumsum(np.random.default_rng([number, bars]).standard_normal((2, bars)), axis=1)
    both = engle_granger_both(y, x)
    return min(both.y_on_x.p_value, both.x_on_y.p_value)


def print_better(pairs: int) -> None:
    rows = []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for bars in LENGTHS:
            found = np.array(list(pool.map(partial(better_of_two, bars), range(pairs), chunksize=50)))
            for better in BETTER:
                share, ours = float(np.mean(found <= better)), p_of_better(better, bars=bars)
                off = (share - ours) / np.sqrt(ours * (1.0 - ours) / pairs)
                rows.append((str(bars), f"{better:g}", f"{ours:.4f}", f"{share:.4f}", f"{off:+.1f}"))
    print(f"share of {pairs} pairs of walks whose better direction has a p at most as low\n")
    print(table(("bars", "p", "table", "again", "off, in standard errors"), rows) + "\n")


def print_bias(draws: int) -> None:
    """phi by least squares in the residuals of y = beta x + s on x, a walk; (2 + 4 phi) / n is taken to lack."""
    rng = np.random.default_rng(1)
    rows = []
    for phi in PHIS:
        found = np.array([_phi_of_residuals(rng, phi) for _ in range(draws)])
        lacks = (phi - found.mean()) * BIAS_BARS
        error = found.std() / np.sqrt(draws) * BIAS_BARS
        rows.append((f"{phi:g}", f"{BIAS_CONSTANT + BIAS_SLOPE * phi:.1f}", f"{lacks:.1f}", f"±{2 * error:.1f}"))
    print(f"what phi lacks, times the {BIAS_BARS} bars, {draws} draws\n")
    print(table(("phi", "taken", "again", "two standard errors"), rows) + "\n")


def _phi_of_residuals(rng: np.random.Generator, phi: float) -> float:
    x, shocks = np.cumsum(rng.standard_normal(BIAS_BARS)), rng.standard_normal(BIAS_BARS)
    spread = np.empty(BIAS_BARS)
    spread[0] = shocks[0] / np.sqrt(1.0 - phi * phi)
    for t in range(1, BIAS_BARS):
        spread[t] = phi * spread[t - 1] + shocks[t]
    rest = hedge_residuals(spread[:, np.newaxis], x)[:, 0]
    return float(rest[:-1] @ rest[1:] / (rest[:-1] @ rest[:-1]))


def print_limits(draws: int) -> None:
    """Quantiles of the limits of both tests, from walks of so many steps; each scaled so that its 95 % point is met."""
    rng = np.random.default_rng(2)
    rows = []
    for left in RELATIONS:
        eigenvalues = np.array([_limit(rng, left) for _ in range(draws)])
        for test, stats in (("trace", eigenvalues.sum(axis=1)), ("max_eigen", eigenvalues[:, -1])):
            ours = CRITICAL[test, "rc"][left - 1]
            low, middle, high = np.quantile(stats, (0.9, 0.95, 0.99))
            again = (low * ours[1] / middle, middle, high * ours[1] / middle)
            rows.append((test, str(left), *(f"{a:.2f} {b:.2f}" for a, b in zip(ours, again, strict=True))))
    print(f"Johansen, restricted constant: table, and again from {draws} limits; the 95 % point unscaled\n")
    print(table(("test", "relations left", "90 %", "95 %", "99 %"), rows))


def _limit(rng: np.random.Generator, left: int) -> Array:
    """Eigenvalues, rising, of the limit: shocks on the walk before them and a constant (Johansen 1991)."""
    shocks = rng.standard_normal((STEPS, left))
    walk = np.column_stack([np.cumsum(shocks, axis=0) - shocks, np.ones(STEPS)])
    cross = walk.T @ shocks
    return np.asarray(np.linalg.eigvalsh(cross.T @ np.linalg.solve(walk.T @ walk, cross)), np.float64)


def run(*, draws: int = 2_000) -> None:
    print_better(draws)
    print_bias(draws)
    print_limits(5 * draws)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.tables", description=__doc__)
    parser.add_argument("--draws", type=int, default=2_000, help="of each table")
    run(draws=parser.parse_args(arguments).draws)
    return 0


if __name__ == "__main__":
    sys.exit(main())
