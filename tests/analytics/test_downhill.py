"""The lowest point against scipy's Nelder–Mead and known minima."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize, rosen

from analytics.downhill import lowest_point


def test_the_valley_of_rosenbrock() -> None:
    ours = lowest_point(lambda at: float(rosen(at)), [-1.2, 1.0], [0.5, 0.5], finest=1e-8)
    peer = minimize(rosen, [-1.2, 1.0], method="Nelder-Mead", options={"xatol": 1e-8})
    assert ours.converged
    np.testing.assert_allclose(ours.at, [1.0, 1.0], atol=1e-6)
    np.testing.assert_allclose(ours.at, peer.x, atol=1e-4)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_bowl_in_any_number_of_axes_and_a_floor_that_is_met(size: int) -> None:
    def bowl(at: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
        return float(np.sum((at - 2.0) ** 2))

    free = lowest_point(bowl, [0.0] * size, [1.0] * size, finest=1e-6)
    np.testing.assert_allclose(free.at, 2.0, atol=1e-5)
    bound = lowest_point(bowl, [0.0] * size, [0.5] * size, most=1.0)
    np.testing.assert_allclose(bound.at, 1.0, atol=1e-3)


def test_what_has_no_end_is_said_not_to_have_converged() -> None:
    assert not lowest_point(lambda at: -float(at[0]), [0.0], [1.0]).converged


def test_a_wall_of_infinity_is_walked_around() -> None:
    found = lowest_point(lambda at: float(at[0] ** 2) if at[0] > -0.5 else np.inf, [3.0], [1.0])
    assert found.at[0] == pytest.approx(0.0, abs=1e-3)
