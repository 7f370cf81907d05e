"""Student's points against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.special import stdtrit

from analytics.student import NORMAL_975, t_975


def test_students_points_are_scipys_for_whole_and_other_degrees_of_freedom() -> None:
    for dof in (np.arange(1.0, 6_000.0), np.linspace(1.0, 40.0, 4_001), np.geomspace(1.0, 1e12, 500)):
        assert np.abs(t_975(dof) / stdtrit(dof, 0.975) - 1.0).max() < 1e-8
    assert t_975(np.inf) == pytest.approx(NORMAL_975, rel=1e-9)
    assert stats.norm.ppf(0.975) == pytest.approx(NORMAL_975, rel=1e-15)


def test_below_one_degree_of_freedom_there_is_no_point() -> None:
    assert np.isnan(t_975(np.array([0.999, 0.0, -2.0, np.nan]))).all()
    assert t_975(np.ones((2, 3))).shape == (2, 3)
