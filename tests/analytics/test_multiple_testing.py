"""q-values against statsmodels, and against families of which it is known what is true."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from analytics.errors import InvalidOption, WrongShape
from analytics.multiple_testing import METHODS, QMethod, q_values

# A coarse grid makes ties.
families = st.lists(st.one_of(st.integers(0, 100).map(lambda n: n / 100), st.floats(0, 1)), min_size=1, max_size=60)


@pytest.mark.parametrize("method", METHODS)
@given(p=families, missing=st.lists(st.integers(0, 60), max_size=5))
def test_they_are_those_of_statsmodels_and_missing_ones_do_not_count(
    method: QMethod, p: list[float], missing: list[int]
) -> None:
    holed = list(p)
    for place in missing:
        holed.insert(place, math.nan)
    found = q_values(holed, method=method)
    gaps = np.isnan(holed)
    np.testing.assert_array_equal(np.isnan(found), gaps)
    np.testing.assert_allclose(found[~gaps], multipletests(p, method=f"fdr_{method}")[1], rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("method", METHODS)
@given(p=families, more=st.integers(0, 40))
def test_tests_that_were_tried_and_not_shown_count_as_without_a_chance(
    method: QMethod, p: list[float], more: int
) -> None:
    found = q_values(p, method=method, tried=len(p) + more)
    everything = multipletests([*p, *[1.0] * more], method=f"fdr_{method}")[1]
    np.testing.assert_allclose(found, everything[: len(p)], rtol=1e-12, atol=1e-300)
    assert np.all(found >= q_values(p, method=method) - 1e-15)


@given(p=families, seed=st.integers(0, 100))
def test_order_means_nothing_and_ranks_are_kept(p: list[float], seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(p))
    found = q_values(p)
    np.testing.assert_array_equal(q_values(np.array(p)[order]), found[order])
    assert np.all(np.diff(found[np.argsort(p, kind="stable")]) >= 0.0)
    assert np.all(found >= np.array(p) - 1e-15)
    assert np.all(q_values(p, method="by") >= found - 1e-15)


def test_the_example_of_benjamini_and_hochberg() -> None:
    """Their fifteen p-values (1995, section 4.2): at 5 %, four are findings."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459]
    p += [0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000]
    assert np.count_nonzero(q_values(p) <= 0.05) == 4


def test_noise_hardly_yields_a_finding() -> None:
    """190 tests of noise: some family with a finding in 5 % of the cases, where p < 0.05 finds nine in each."""
    p = stats.uniform.rvs(size=(300, 190), random_state=1)
    assert np.mean(np.sum(p < 0.05, axis=1)) > 8
    assert np.mean([np.any(q_values(family) <= 0.05) for family in p]) < 0.09


def test_nothing_is_no_error() -> None:
    assert q_values([]).shape == (0,)
    assert np.isnan(q_values([math.nan, math.nan])).all()


def test_impossible_p_values_and_options_are_refused() -> None:
    for bad in (-0.01, 1.01, math.inf):
        with pytest.raises(InvalidOption, match="p_values"):
            q_values([0.5, bad])
    with pytest.raises(InvalidOption, match="method"):
        q_values([0.5], method="bonferroni")  # type: ignore[arg-type]
    with pytest.raises(InvalidOption, match="tried"):
        q_values([0.5, 0.5], tried=1)
    with pytest.raises(WrongShape):
        q_values([[0.5]])
