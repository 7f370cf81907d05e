"""Is what the tests say true? Verdicts on noise, and on what the simulated exchange has planted.

Run: python -m bench.calibration [--pairs N] [--samples N]
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from bench.planted import PlantedSample, planted_samples
from bench.table import table, verdict
from engine.diagnose import diagnose
from engine.diagnosis import Diagnosis, Verdict
from engine.findings.finding import Finding, Subject
from engine.findings.keys import HALF_LIFE
from engine.findings.legs import LEVEL
from engine.parameters import PairParameters
from engine.rows import ROW_DTYPE
from engine.snapshot import Snapshot
from engine.thresholds import DEFAULT_THRESHOLD
from ingest.sim.catalogue import PAIRS, PairPlan, Relation

Array = NDArray[np.float64]

BARS = 720
ALLOWED = (0.03, 0.07)  # of noise that may pass at 5 %
VOLATILITY = 5e-4
BAR_MS = 60_000


def gaussian(rng: np.random.Generator) -> Array:
    return rng.standard_normal((2, BARS))


def fat_tailed(rng: np.random.Generator) -> Array:
    """Student's t with four degrees of freedom: now and then a move of ten deviations."""
    return rng.standard_t(4, (2, BARS))


def clustered(rng: np.random.Generator) -> Array:
    """Volatility that walks itself, slowly, by about four times up and down."""
    level = np.cumsum(rng.standard_normal((2, BARS)), axis=1) * 0.06
    steps: Array = np.exp(level) * rng.standard_normal((2, BARS))
    return steps


def correlated(rng: np.random.Generator) -> Array:
    """Returns with a correlation of 0.7, and still nothing that holds the legs together."""
    common, own = rng.standard_normal(BARS), rng.standard_normal((2, BARS))
    steps: Array = np.sqrt(0.7) * common + np.sqrt(0.3) * own
    return steps


NOISES: dict[str, Callable[[np.random.Generator], Array]] = {
    "Gaussian walks": gaussian,
    "fat-tailed walks": fat_tailed,
    "walks with volatility in clusters": clustered,
    "walks with correlated returns": correlated,
}


def snapshot_of(log_y: Array, log_x: Array, end_ms: int) -> Snapshot:
    """Closed minutes with these log prices, the last of them closed at `end_ms`."""
    rows = np.zeros(len(log_y), ROW_DTYPE)
    rows["open_time_ms"] = end_ms - BAR_MS * np.arange(len(log_y), 0, -1)
    rows["y"], rows["x"] = np.exp(log_y), np.exp(log_x)
    return Snapshot(PairParameters("noise:Y", "noise:X"), 1, rows, DEFAULT_THRESHOLD, have=0, need=0)


@dataclass(frozen=True, slots=True)
class Shares:
    """Of some diagnoses: how many pass the test at 5 %, and which verdicts they get."""

    n: int
    passed: float
    cointegrated: float
    doubtful: float
    broken: float
    without: float


def shares(diagnoses: Sequence[Diagnosis]) -> Shares:
    def of(verdict: Verdict) -> float:
        return float(np.mean([each.verdict is verdict for each in diagnoses]))

    passed = float(np.mean([each.passed for each in diagnoses]))
    kinds = (Verdict.COINTEGRATED, Verdict.DOUBTFUL, Verdict.BROKEN, Verdict.NO_RESULT)
    return Shares(len(diagnoses), passed, *(of(kind) for kind in kinds))


def on_noise(pairs: int, pool: Executor) -> bool:
    """Print the verdicts on noise; whether as much of all of it passes as a test at 5 % lets through."""
    rows, everything = [], []
    for name in NOISES:
        found = list(pool.map(of_noise, repeat(name), range(pairs), chunksize=8))
        rows.append((name, *_cells(shares(found))))
        everything += found
    total = shares(everything)
    held = ALLOWED[0] <= total.passed <= ALLOWED[1]
    print(f"the whole verdict on noise, {BARS} bars a pair\n")
    print(table(HEAD, [*rows, ("all", *_cells(total))]))
    print(f"wanted: {ALLOWED[0]:.0%} to {ALLOWED[1]:.0%} of noise pass at {LEVEL:.0%}: {verdict(held)}\n")
    return held


def of_noise(kind: str, number: int) -> Diagnosis:
    """The diagnosis of one pair of independent legs."""
    steps = NOISES[kind](np.random.default_rng([number, *kind.encode()]))
    y, x = np.cumsum(VOLATILITY * steps, axis=1)
    return diagnose(snapshot_of(5.0 + y, 4.0 + x, 1_800_000_000_000))


HEAD = ("", "pairs", "passed", "cointegrated", "doubtful", "broken", "no result")


def _cells(found: Shares) -> tuple[str, ...]:
    parts = (found.passed, found.cointegrated, found.doubtful, found.broken, found.without)
    return (str(found.n), *(f"{part:.1%}" for part in parts))


def on_planted(samples: int, pool: Executor) -> None:
    """Print what is found of the relations that the simulated exchange has planted."""
    verdicts, recovered = [], []
    for plan in PAIRS:
        drawn = list(planted_samples(plan, samples=samples, bars=BARS, bar_ms=BAR_MS))
        diagnoses = list(pool.map(of_planted, drawn))
        name = f"{plan.y}/{plan.x}, {plan.note}"
        verdicts.append((name, *_cells(shares(diagnoses))))
        if plan.half_life_s is not None and plan.relation is not Relation.BREAKING:
            recovered.append((name, *_recovery(plan, drawn, diagnoses)))
    print(f"the simulated exchange's mid prices, {BARS} minutes a sample\n")
    print(table(HEAD, verdicts))
    print("\nplanted values within the 95 % intervals\n")
    print(table(("", "samples", "half-life in it", "planted", "found, median"), recovered))


def of_planted(sample: PlantedSample) -> Diagnosis:
    return diagnose(snapshot_of(sample.log_y, sample.log_x, sample.end_ms))


def _recovery(plan: PairPlan, drawn: Sequence[PlantedSample], diagnoses: Sequence[Diagnosis]) -> tuple[str, ...]:
    assert plan.half_life_s is not None
    planted = plan.half_life_s * 1000 / BAR_MS
    lives = [life for each in diagnoses if (life := each.finding(HALF_LIFE, Subject.SPREAD)) and life.numbers]
    inside = float(np.mean([_holds(life, planted) for life in lives]))
    median = float(np.median([life.numbers["bars"] for life in lives]))
    return str(len(drawn)), f"{inside:.0%}", f"{planted:.1f} bars", f"{median:.1f} bars"


def _holds(life: Finding, planted: float) -> bool:
    low, high = life.numbers["low"], life.numbers["high"]
    return bool(low <= planted and (high is None or planted <= high))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.calibration", description=__doc__)
    parser.add_argument("--pairs", type=int, default=300, help="of each kind of noise")
    parser.add_argument("--samples", type=int, default=40, help="of each planted pair")
    asked = parser.parse_args(arguments)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        held = on_noise(asked.pairs, pool)
        on_planted(asked.samples, pool)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
