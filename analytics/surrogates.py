"""A noise check: how good does the same statistic look on walks that have nothing to do with each other?

Each surrogate is a pair of independent random walks with the volatility of the legs. If three in ten of them look
as good as the pair does, what was seen in the pair is what noise looks like.

>>> import numpy as np
>>> noise = np.random.default_rng(1)
>>> x = np.cumsum(noise.standard_normal(300))
>>> def closeness(y, x):
...     return float(np.corrcoef(y, x)[0, 1])
>>> check = noise_check(x + noise.standard_normal(300), x, closeness)
>>> check.share <= 0.05, check.draws
(True, 99)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analytics.errors import AnalyticsError, ConstantSeries, InvalidOption, NumericalTrouble
from analytics.exact_interval import binomial_interval
from analytics.scaled_legs import checked_legs
from analytics.series import EPSILON, ROUNDING_STEPS, Vector, as_vector

WalkKind = Literal["resampled", "gaussian", "signs"]
KINDS = ("resampled", "gaussian", "signs")
Statistic = Callable[[Vector, Vector], float | None]
Walks = NDArray[np.float64]
MIN_BARS = 20
DRAWS = 99
SEED = 20_260_101  # any will do: equal legs have equal surrogates


@dataclass(frozen=True, slots=True)
class SurrogateWalks:
    """Pairs of walks: `y` and `x` (draws, n), each beginning where its leg begins."""

    y: Walks
    x: Walks


@dataclass(frozen=True, slots=True)
class NoiseCheck:
    """`share` of the `draws` surrogates look at least as good as the pair, whose statistic is `observed`.

    `low` to `high` is the exact 95 % interval of that share: with 99 draws, none of them still leaves up to 4 %.
    `failed` of the draws gave no number, and count as not as good.
    """

    share: float
    low: float
    high: float
    draws: int
    failed: int
    observed: float


def surrogate_walks(
    y: ArrayLike, x: ArrayLike, *, draws: int = DRAWS, seed: int = SEED, kind: WalkKind = "resampled"
) -> SurrogateWalks:
    """Independent walks for y and x (n,), all finite; their steps have the deviation of the leg's, and no drift.

    "resampled" draws each leg's own changes, with replacement and leg by leg: the default, because fat tails make
    extremes of z, and a check against thin ones would flatter the pair. "gaussian" draws normal ones. Both lose
    what changes of one leg have to do with each other (clustered volatility, bounce) and with the other leg. "signs"
    keeps each change at its bar and draws its sign alone (the wild bootstrap, Wu 1986; for tests of a unit root
    Cavaliere & Taylor 2008): so volatility comes when it came, which else makes noise look cointegrated too often.
    Give log prices where the statistic takes them: walks of raw prices can fall below zero. Raises `TooShort`
    (n < 20), `NotFinite`, `ConstantSeries` (in its changes too), `LengthMismatch`, `WrongShape`, `InvalidOption`,
    `NumericalTrouble` (prices beyond 1e±100).
    """
    if kind not in KINDS:
        raise InvalidOption("kind", kind, f"use one of {', '.join(KINDS)}")
    if draws < 1:
        raise InvalidOption("draws", draws, "give at least 1")
    legs = checked_legs(y, x, least=MIN_BARS)
    for name, leg in zip(("leg y", "leg x"), legs, strict=True):
        # A straight line, but for the last digits of its level, has no volatility to take over.
        if np.ptp(np.diff(leg)) <= ROUNDING_STEPS * EPSILON * np.max(np.abs(leg)):
            raise ConstantSeries(f"the change of {name}")
    # A stream of its own for each leg: as many draws more change nothing in the first ones.
    streams = np.random.SeedSequence(seed).spawn(2)
    return SurrogateWalks(*(_walks(leg, draws, kind, stream) for leg, stream in zip(legs, streams, strict=True)))


def _walks(leg: Vector, draws: int, kind: WalkKind, stream: np.random.SeedSequence) -> Walks:
    random = np.random.default_rng(stream)
    steps = np.diff(leg) - np.diff(leg).mean()
    shape = (draws, len(steps))
    if kind == "resampled":
        chosen = steps[random.integers(len(steps), size=shape)]
    elif kind == "signs":
        chosen = steps * random.choice((-1.0, 1.0), size=shape)
    else:
        chosen = random.standard_normal(shape) * steps.std(ddof=1)
    walks = np.full((draws, len(leg)), leg[0])
    walks[:, 1:] += np.cumsum(chosen, axis=1)
    return walks


def noise_check(
    y: ArrayLike,
    x: ArrayLike,
    statistic: Statistic,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
    kind: WalkKind = "resampled",
    stop_after: int | None = None,
) -> NoiseCheck:
    """How often `statistic` (of y and x; larger looks better) is at least as large on surrogates as on y and x.

    With `stop_after` no more are drawn once that many have looked as good (Besag & Clifford 1991): that it is common
    is then known, and `draws` says how many were looked at. A surrogate for which it gives None, NaN or an
    `AnalyticsError` counts as not as good. Raises what it raises for the pair itself, `NumericalTrouble` where it has
    no number for it, and the errors of `surrogate_walks`.
    """
    ys, xs = as_vector("y", y), as_vector("x", x)
    walks = surrogate_walks(ys, xs, draws=draws, seed=seed, kind=kind)
    observed = statistic(ys, xs)
    if stop_after is not None and stop_after < 1:
        raise InvalidOption("stop_after", stop_after, "give at least 1")
    if observed is None or math.isnan(observed):
        raise NumericalTrouble("the statistic has no value for this pair")
    better = failed = seen = 0
    for one, other in zip(walks.y, walks.x, strict=True):
        value = _value(statistic, one, other)
        seen += 1
        failed += value is None
        better += value is not None and value >= observed
        if better == stop_after:
            break
    low, high = binomial_interval(better, seen)
    return NoiseCheck(better / seen, low, high, seen, failed, float(observed))


def _value(statistic: Statistic, y: Vector, x: Vector) -> float | None:
    try:
        value = statistic(y, x)
    except AnalyticsError:
        return None
    return None if value is None or math.isnan(value) else value
