"""Kalman hedge beside pykalman's filter on the same bars in the same run, and the cost of one bar more.

Run: python -m bench.kalman
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from pykalman import KalmanFilter

from analytics.kalman import KalmanHedge, kalman_hedge, kalman_step

Array = NDArray[np.float64]

LENGTHS = (300, 3_600)
WANTED_RATIO = 50.0  # at 3,600 bars
WANTED_DIFFERENCE = 1e-10
DELTA, OBS_VAR = 1e-5, 1e-6
STEPS = 2_000


def log_prices(bars: int) -> tuple[Array, Array]:
    """Two legs near 11, as log prices of bitcoin are, with a beta of 0.8."""
    rng = np.random.default_rng(1)
    x = 11.0 + np.cumsum(rng.normal(0.0, 1e-3, bars))
    return 2.0 + 0.8 * x + rng.normal(0.0, 1e-3, bars), x


def ours(y: Array, x: Array) -> KalmanHedge:
    return kalman_hedge(y, x, delta=DELTA, obs_var=OBS_VAR)


def pykalman(y: Array, x: Array) -> Array:
    """The filtered (beta, alpha), shape (n, 2), of the same model."""
    model = KalmanFilter(
        n_dim_obs=1,
        n_dim_state=2,
        transition_matrices=np.eye(2),
        transition_covariance=DELTA / (1.0 - DELTA) * np.eye(2),
        observation_matrices=np.stack([x, np.ones_like(x)], axis=1)[:, np.newaxis, :],
        observation_covariance=OBS_VAR,
        initial_state_mean=np.zeros(2),
        initial_state_covariance=np.eye(2),
    )
    return np.asarray(model.filter(y)[0])


def best_ms(work: Callable[[], object], *, rounds: int) -> float:
    """The fastest of some rounds: what the work costs when nobody else is on the core."""

    def once() -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return min(once() for _ in range(rounds)) * 1e3


def step_us() -> float:
    """One online bar, the mean over many."""
    y, x = log_prices(STEPS)
    bars = list(zip(y.tolist(), x.tolist(), strict=True))
    state = ours(y, x).last

    def steps() -> None:
        going = state
        for price_y, price_x in bars:
            going = kalman_step(going, price_y, price_x, delta=DELTA, obs_var=OBS_VAR).state

    return best_ms(steps, rounds=5) * 1e3 / STEPS


def main() -> None:
    print(f"{'bars':>6} {'ours ms':>9} {'pykalman ms':>12} {'ratio':>7} {'largest difference':>19}")
    for bars in LENGTHS:
        y, x = log_prices(bars)
        path, peer = ours(y, x), pykalman(y, x)
        difference = max(np.abs(path.beta - peer[:, 0]).max(), np.abs(path.alpha - peer[:, 1]).max())
        mine, theirs = best_ms(lambda: ours(y, x), rounds=9), best_ms(lambda: pykalman(y, x), rounds=3)  # noqa: B023 - called at once
        print(f"{bars:>6} {mine:>9.2f} {theirs:>12.1f} {theirs / mine:>6.0f}x {difference:>19.1e}")
    print(f"one bar more, online: {step_us():.1f} us")
    print(f"wanted: >= {WANTED_RATIO:.0f}x at {LENGTHS[-1]} bars, difference <= {WANTED_DIFFERENCE:.0e}")


if __name__ == "__main__":
    main()
