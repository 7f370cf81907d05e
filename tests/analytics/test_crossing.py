"""How often a Brownian motion leaves its lines, against the published values and simulated motions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from analytics.crossing import crossing_probability


def test_the_boundary_is_the_published_one() -> None:
    """Brown, Durbin & Evans (1975): 0.850, 0.948 and 1.143 are left with 10, 5 and 1 %."""
    for height, probability in ((0.850, 0.10), (0.948, 0.05), (1.143, 0.01)):
        assert crossing_probability(height) == pytest.approx(probability, abs=2e-4)


@pytest.mark.parametrize("height", [0.0, 0.05, 0.2, 0.3, 0.5, 0.7, 1.0, 2.0])
def test_the_probability_of_crossing_is_that_of_simulated_motions(height: float) -> None:
    """Between two points a motion crosses a straight line with the known probability exp(-2 a b / dt)."""
    steps, paths = 100, 20_000
    moves = stats.norm.rvs(scale=math.sqrt(1 / steps), size=(paths, steps), random_state=1)
    motion = np.hstack([np.zeros((paths, 1)), np.cumsum(moves, axis=1)])
    line = height * (1 + 2 * np.linspace(0, 1, steps + 1))
    stays = np.ones((paths, steps))
    for side in (1.0, -1.0):
        room = np.maximum(line - side * motion, 0.0)
        stays *= 1.0 - np.exp(-2 * room[:, :-1] * room[:, 1:] * steps)
    assert crossing_probability(height) == pytest.approx(1 - stays.prod(axis=1).mean(), abs=0.01)
