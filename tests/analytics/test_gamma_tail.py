"""The tails of gamma and of chi-squared against scipy."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analytics.errors import InvalidOption
from analytics.gamma_tail import chi_squared_tail, gamma_tail


@given(shape=st.floats(0.01, 400.0), part=st.floats(0.0, 5.0))
def test_the_tail_of_gamma_is_that_of_scipy(shape: float, part: float) -> None:
    assert gamma_tail(shape, part * shape) == pytest.approx(stats.gamma.sf(part * shape, shape), rel=1e-9, abs=1e-15)


@given(st.floats(0.0, 5_000.0), st.integers(1, 60))
def test_the_tail_of_chi_squared_is_that_of_scipy(statistic: float, dof: int) -> None:
    assert chi_squared_tail(statistic, dof) == pytest.approx(
        float(stats.chi2.sf(statistic, dof)), rel=1e-10, abs=1e-300
    )


def test_the_tails_at_their_ends() -> None:
    assert chi_squared_tail(-1.0, 3) == gamma_tail(2.0, -math.inf) == 1.0
    assert chi_squared_tail(math.inf, 4) == gamma_tail(0.1, 1e6) == 0.0
    assert math.isnan(chi_squared_tail(math.nan, 3))
    with pytest.raises(InvalidOption, match="dof"):
        chi_squared_tail(1.0, 0)
    for shape in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(InvalidOption, match="shape"):
            gamma_tail(shape, 1.0)
