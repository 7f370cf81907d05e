"""Johansen's test: how many combinations of the legs return to a mean, and which they are.

    dv_t = Pi · v_(t-1) + C_1 · dv_(t-1) + … + C_p · dv_(t-p) + trend + e_t,    rank of Pi: the number of relations

Null hypotheses, one after the other: no relation; no more than one; and so on. Unlike least squares the method
takes no leg for the dependent one. As many relations as legs mean that the legs themselves look stationary: then
there is nothing to hedge.

>>> import numpy as np
>>> noise = np.random.default_rng(3)
>>> x = np.cumsum(noise.standard_normal(500))
>>> found = johansen(np.column_stack([1.0 + 2.0 * x + noise.standard_normal(500), x]))
>>> found.rank, found.full_rank, round(found.hedge_ratio, 1)
(1, False, 2.0)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analytics.canonical import Legs, Matrix, Relations, prepared_legs, relations
from analytics.doornik import RankTest, RankTrend, rank_critical, rank_p
from analytics.errors import NumericalTrouble
from analytics.series import Vector

TESTS: tuple[RankTest, ...] = ("trace", "max_eigen")
# A relation in which y, in units of its own deviation, has no larger part than this is one of the other legs.
LEAST_PART = 1e-9
AT_5_PERCENT = 1
# The error bar of a hedge is asymptotic. In pairs with a spread of AR(1), phi from 0 to 0.95 and 120 to 2,000 bars,
# 1.96 of them hold beta in 91 to 95 of 100 samples where n times the eigenvalue is larger than this, and in as few as
# 34 where it is smaller.
ENOUGH = 60.0


@dataclass(frozen=True, slots=True)
class Johansen:
    """Outcome over k legs: `n` changes entered each equation, with `lags` lagged changes.

    `trace[r]` and `max_eigen[r]` (k,) test "no more than r relations", against k relations and against r + 1;
    `p_trace`, `p_max_eigen` (k,) and the rows of `critical_values["trace"]` and `["max_eigen"]` (k, 3), at 90, 95
    and 99 %, belong to them. `rank` is the first r not rejected at 5 % by the trace, `rank_max_eigen` by the
    other; `full_rank` says that it is k: the legs look stationary.

    `vectors` (k, k): column r is the relation of the r-th largest of `eigenvalues` (k,), with the first leg's
    coefficient one; a column is NaN where the first leg has no part in it. `constants` (k,) belong to them for
    trend "rc", vector · v + constant being the deviation; otherwise None.

    For two legs, y first, `hedge_ratio` is the beta of y - beta · x in the first relation, and `hedge_stderr` its
    asymptotic standard error; None for more legs, or if y has no part in the relation. There is no error where there
    is not exactly one relation, nor where the sample holds too few of its returns: n · eigenvalue below `ENOUGH`.
    """

    eigenvalues: Vector
    trace: Vector
    max_eigen: Vector
    p_trace: Vector
    p_max_eigen: Vector
    critical_values: Mapping[RankTest, Matrix]
    rank: int
    rank_max_eigen: int
    full_rank: bool
    vectors: Matrix
    constants: Vector | None
    hedge_ratio: float | None
    hedge_stderr: float | None
    n: int
    lags: int
    trend: RankTrend


def johansen(values: ArrayLike, *, trend: RankTrend = "c", lags: int = 1) -> Johansen:
    """Test `values` (n, k), a column for each of 2 to 12 legs, all finite, with `lags` lagged changes.

    `trend`: "n" none; "rc" a constant inside the relations, for legs that do not drift; "c" an unrestricted
    constant, for legs that do; "ct" takes a straight line out of each leg first, over all bars, has an unrestricted
    constant, and is judged by the table of an unrestricted trend (`det_order=1` of statsmodels), for legs whose
    drift itself drifts. The tables suppose what the term is for. At 5 %, legs without drift under "c" have a
    relation in 10 of 100 samples of noise, and a pair with one relation reads as full rank in 30; "rc" holds its
    level while the drift over all bars is below half the deviation of their changes times sqrt(n), not beyond.

    p and critical values are asymptotic: the shorter the sample and the more lags, the more relations noise has.
    Raises `TooShort` (n < 30, or fewer than two changes for each coefficient), `NotFinite`, `ConstantSeries`,
    `Exploding`, `Collinear` (a leg is a combination of others), `WrongShape`, `InvalidOption`, or `NumericalTrouble`
    where the changes are an exact function of the past. Source: Johansen (1991, 1995).
    """
    legs = prepared_legs(values, trend=trend, lags=lags)
    found = relations(legs.levels, trend=trend, lags=lags)
    series = len(legs.scale)
    max_eigen = found.n * np.log1p(found.ratios**2)
    trace = np.cumsum(max_eigen[::-1])[::-1]
    critical = {test: rank_critical(test, trend=trend, series=series) for test in TESTS}
    rank, rank_max_eigen = _rank(trace, critical["trace"]), _rank(max_eigen, critical["max_eigen"])
    vectors, constants = _normalised(found.directions, legs)
    hedge, stderr = _hedge(found, legs) if series == 2 else (None, None)
    eigenvalues = found.ratios**2 / (1.0 + found.ratios**2)
    return Johansen(
        eigenvalues=eigenvalues,
        trace=trace,
        max_eigen=max_eigen,
        p_trace=_p_values(trace, "trace", trend),
        p_max_eigen=_p_values(max_eigen, "max_eigen", trend),
        critical_values=critical,
        rank=rank,
        rank_max_eigen=rank_max_eigen,
        full_rank=rank == series,
        vectors=vectors,
        constants=constants if trend == "rc" else None,
        hedge_ratio=hedge,
        hedge_stderr=stderr if rank == 1 and found.n * eigenvalues[0] >= ENOUGH else None,
        n=found.n,
        lags=lags,
        trend=trend,
    )


def _rank(stats: Vector, critical: Matrix) -> int:
    """The first number of relations that is not rejected at 5 %."""
    accepted = np.append(stats <= critical[:, AT_5_PERCENT], True)
    return int(np.argmax(accepted))


def _p_values(stats: Vector, test: RankTest, trend: RankTrend) -> Vector:
    return np.array([rank_p(float(stat), test, trend=trend, left=len(stats) - r) for r, stat in enumerate(stats)])


def _normalised(directions: Matrix, legs: Legs) -> tuple[Matrix, Vector]:
    """Coefficients and constants in units of the legs, the first leg's being one."""
    series = len(legs.scale)
    of_legs = directions[:series]
    has_first = np.abs(of_legs[0]) > LEAST_PART * np.max(np.abs(of_legs), axis=0)
    first = np.where(has_first, of_legs[0], np.nan)
    with np.errstate(over="ignore", invalid="ignore"):
        vectors = of_legs / first * (legs.scale[0] / legs.scale)[:, np.newaxis]
        constants = directions[series:].sum(axis=0) / first * legs.scale[0] - legs.mean @ vectors
    if np.isinf(vectors).any():
        raise NumericalTrouble("the legs are of too different size: rescale them")
    return vectors, constants


def _hedge(found: Relations, legs: Legs) -> tuple[float | None, float | None]:
    """Of two legs, beta in the first relation and its standard error (Johansen 1995, theorem 13.3)."""
    y, x = (float(part) for part in found.directions[:2, 0])
    if abs(y) <= LEAST_PART * abs(x):
        return None, None
    unit = float(legs.scale[0] / legs.scale[1])
    others = np.linalg.inv(np.linalg.qr(found.levels[:, 1:], mode="r"))
    spread = float(np.linalg.norm(others[0]))
    return -x / y * unit, abs(spread / (y * float(found.ratios[0]) * math.sqrt(found.n)) * unit)
