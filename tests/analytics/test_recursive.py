"""Recursive residuals against statsmodels, and against a fit anew for each bar."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.diagnostic import recursive_olsresiduals

from analytics.errors import Collinear
from analytics.recursive import recursion
from analytics.spread_model import hedge_residuals
from tests.analytics.legs import Array, pair


def with_constant(*columns: Array) -> Array:
    return np.column_stack([np.ones(len(columns[0])), *columns])


def test_recursive_residuals_are_those_of_statsmodels() -> None:
    y, x = pair(150, 3)
    design = with_constant(x, np.sin(np.arange(150.0)))
    ours = recursion(design).residuals(y[:, np.newaxis])[:, 0]
    theirs = recursive_olsresiduals(sm.OLS(y, design).fit(), skip=3)[4][3:]
    np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-10)


def test_recursive_residuals_keep_their_digits_on_log_prices() -> None:
    """Against a fit anew for each bar, by QR of centred columns, on prices whose moves are 1e-5 of their level."""
    y, x = (11.0 + 1e-4 * leg for leg in pair(400, 4))
    spread = hedge_residuals(y[:, np.newaxis], x)[:, 0]
    terms = recursion(with_constant(x - x.mean()))
    ours = terms.residuals(spread[:, np.newaxis])[:, 0]
    for t in range(terms.first, 400):
        dx = x[:t] - x[:t].mean()
        beta = dx @ spread[:t] / (dx @ dx)
        apart = x[t] - x[:t].mean()
        slow = spread[t] - spread[:t].mean() - beta * apart
        assert ours[t - terms.first] == pytest.approx(slow / math.sqrt(1 + 1 / t + apart**2 / (dx @ dx)), abs=1e-13)


@given(cut=st.integers(40, 119))
def test_what_comes_later_changes_no_recursive_residual(cut: int) -> None:
    y, x = pair(120, 10)
    whole = recursion(with_constant(x)).residuals(y[:, np.newaxis])
    head = recursion(with_constant(x[:cut])).residuals(y[:cut, np.newaxis])
    np.testing.assert_allclose(whole[: len(head)], head, rtol=1e-9, atol=1e-9)


def test_columns_that_are_never_independent_are_refused() -> None:
    with pytest.raises(Collinear):
        recursion(np.ones((50, 2)))
