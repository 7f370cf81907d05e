"""Random paths that can be entered at any hour: values keyed at hour boundaries, exact bridges between them.

Each path is a function of (seed, name, hour) alone, so that a restarted exchange tells the same story.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil, exp, log, sqrt

import numpy as np
from numpy.typing import NDArray

from ingest.sim.catalogue import (
    BREAK_CYCLE_H,
    BREAK_FIRST_H,
    BREAK_HOURLY_VOLATILITY,
    BREAK_SIZE,
    DRIFT_AMPLITUDES,
    DRIFT_PERIODS_MS,
    HOUR_MS,
)
from ingest.sim.randomness import keyed_generator

GRID_MS = 500
STEPS = HOUR_MS // GRID_MS
GRID_S = np.arange(STEPS + 1) * (GRID_MS / 1000.0)
"""Seconds into the hour of the `STEPS` + 1 points of a path: both boundaries are on it."""

_NOISE_BLOCK_H = 1024
_FORGOTTEN = 1e-6  # the weight at which an old hour's shock is dropped


class OrnsteinUhlenbeck:
    """A stationary Gaussian process of deviation `sd` whose deviations halve every `half_life_s`.

    Hour boundaries are the moving average of keyed shocks; inside an hour the path is drawn from the
    exact law of the process given both boundaries: ``X + (b - X_T) sinh(θt) / sinh(θT)``.
    """

    def __init__(self, seed: int, name: str, *, sd: float, half_life_s: float) -> None:
        self._seed = seed
        self._name = name
        theta = log(2) / half_life_s
        keep = exp(-theta * 3600)
        taps = ceil(log(_FORGOTTEN) / log(keep))
        self._weights = sd * sqrt(1 - keep * keep) * keep ** np.arange(taps)[::-1]
        self._step_sd = sd * sqrt(-np.expm1(-2 * theta * GRID_MS / 1000))
        self._growth = np.exp(theta * GRID_S)
        self._pull = np.sinh(theta * GRID_S) / np.sinh(theta * GRID_S[-1])
        self._noise = lru_cache(8)(self._make_noise)
        self.boundary = lru_cache(512)(self._boundary)

    def _make_noise(self, block: int) -> NDArray[np.float64]:
        return keyed_generator(self._seed, self._name, "boundaries", block).standard_normal(_NOISE_BLOCK_H)

    def _boundary(self, hour: int) -> float:
        """The value at the start of `hour` (hours since the Unix epoch)."""
        first = hour - len(self._weights) + 1
        start_block = first // _NOISE_BLOCK_H
        blocks = [self._noise(b) for b in range(start_block, hour // _NOISE_BLOCK_H + 1)]
        offset = first - start_block * _NOISE_BLOCK_H
        shocks = np.concatenate(blocks)[offset : offset + len(self._weights)]
        return float((shocks * self._weights).sum())

    def path(self, hour: int) -> NDArray[np.float64]:
        """The `STEPS` + 1 values from the start of `hour` to the start of the next, both included."""
        start, end = self.boundary(hour), self.boundary(hour + 1)
        steps = keyed_generator(self._seed, self._name, "inside", hour).standard_normal(STEPS) * self._step_sd
        values = np.empty(STEPS + 1)
        values[0] = start
        values[1:] = (start + np.cumsum(steps * self._growth[1:])) / self._growth[1:]
        values += (end - values[-1]) * self._pull
        values[-1] = end
        return values


class DailyBreak:
    """What drives a breaking pair apart: zero in quiet hours, Brownian bridges far from zero in broken ones."""

    def __init__(self, seed: int, name: str) -> None:
        self._seed = seed
        self._name = name

    def boundary(self, hour: int) -> float:
        """Zero except strictly inside a broken spell, where it is about ± `BREAK_SIZE`, one sign a spell."""
        if hour % BREAK_CYCLE_H <= BREAK_FIRST_H:
            return 0.0
        sign = 1.0 if keyed_generator(self._seed, self._name, "sign", hour // BREAK_CYCLE_H).random() < 0.5 else -1.0
        wobble = keyed_generator(self._seed, self._name, "size", hour).random()
        return sign * BREAK_SIZE * (0.75 + 0.5 * wobble)

    def path(self, hour: int) -> NDArray[np.float64]:
        """The `STEPS` + 1 values of the hour, both boundaries included."""
        if not is_broken_hour(hour):
            return np.zeros(STEPS + 1)
        steps = keyed_generator(self._seed, self._name, "inside", hour).standard_normal(STEPS)
        walk = np.concatenate(([0.0], np.cumsum(steps * (BREAK_HOURLY_VOLATILITY / sqrt(STEPS)))))
        start, end = self.boundary(hour), self.boundary(hour + 1)
        values = start + walk + (end - start - walk[-1]) * (GRID_S / GRID_S[-1])
        values[-1] = end
        return np.asarray(values)


def is_broken_hour(hour: int) -> bool:
    """Whether a breaking pair is apart during this hour (hours since the Unix epoch)."""
    return hour % BREAK_CYCLE_H >= BREAK_FIRST_H


def common_drift(time_ms: NDArray[np.float64]) -> NDArray[np.float64]:
    """The smooth drift D(t) that lookalikes share, in log price."""
    waves = (
        amplitude * np.sin((2 * np.pi / period) * (time_ms % period))
        for amplitude, period in zip(DRIFT_AMPLITUDES, DRIFT_PERIODS_MS, strict=True)
    )
    return np.asarray(sum(waves, np.zeros_like(time_ms)))
