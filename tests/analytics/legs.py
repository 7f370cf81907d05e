"""Legs for tests: walks, deviations that revert, pairs of both, and wild ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import signal

Array = NDArray[np.float64]


def walks(bars: int, legs: int, seed: int) -> Array:
    """Independent random walks (bars, legs), with steps of deviation 1."""
    return np.cumsum(np.random.default_rng([seed, bars, legs]).standard_normal((bars, legs)), axis=0)


def deviation(phi: float, bars: int, seed: int) -> Array:
    """An autoregression with shocks of deviation 1."""
    shocks = np.random.default_rng(seed).standard_normal(bars)
    return np.asarray(signal.lfilter([1.0], [1.0, -phi], shocks))


def pair(bars: int, seed: int, *, beta: float = 0.7, phi: float = 0.8) -> tuple[Array, Array]:
    """y and x, a walk, with y - beta · x reverting around 1."""
    x = walks(bars, 1, seed)[:, 0]
    return 1.0 + beta * x + deviation(phi, bars, seed + 1), x


def wild_legs(x: Array) -> list[Array]:
    """Exploding, dying, jumping, mostly standing, alternating, and of two values; as long as x."""
    t = np.arange(float(len(x)))
    jumping, standing = np.where(t == len(x) // 2, 1e90, x), np.where(t % 7 == 0, x, 0.0)
    return [1.2**t, np.exp(-t), jumping, standing, (-1.0) ** t, np.sign(t - len(x) // 2)]
