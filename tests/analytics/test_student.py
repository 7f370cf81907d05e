"""Student's points and the tail of chi-squared against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.special import stdtrit

from analytics.chi_squared import chi_squared_tail
from analytics.errors import InvalidOption
from analytics.student import NORMAL_975, t_975


def test_students_points_are_scipys_for_whole_and_other_degrees_of_freedom() -> None:
    for dof in (np.arange(1.0, 6_000.0), np.linspace(1.0, 40.0, 4_001), np.geomspace(1.0, 1e12, 500)):
        assert np.abs(t_975(dof) / stdtrit(dof, 0.975) - 1.0).max() < 1e-8
    assert t_975(np.inf) == pytest.approx(NORMAL_975, rel=1e-9)
    assert stats.norm.ppf(0.975) == pytest.approx(NORMAL_975, rel=1e-15)


def test_below_one_degree_of_freedom_there_is_no_point() -> None:
    assert np.isnan(t_975(np.array([0.999, 0.0, -2.0, np.nan]))).all()
    assert t_975(np.ones((2, 3))).shape == (2, 3)


@given(st.floats(0.0, 5_000.0), st.integers(1, 60))
def test_the_tail_is_that_of_scipy(statistic: float, dof: int) -> None:
    assert chi_squared_tail(statistic, dof) == pytest.approx(
        float(stats.chi2.sf(statistic, dof)), rel=1e-10, abs=1e-300
    )


def test_the_tail_at_its_ends() -> None:
    assert chi_squared_tail(-1.0, 3) == 1.0
    assert np.isnan(chi_squared_tail(np.nan, 3))
    assert chi_squared_tail(np.inf, 4) == 0.0
    with pytest.raises(InvalidOption, match="dof"):
        chi_squared_tail(1.0, 0)
