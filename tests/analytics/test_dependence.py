"""Distance correlation against statsmodels' own, and its laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.dist_dependence_measures import distance_statistics

from analytics.dependence import distance_correlation
from analytics.errors import AnalyticsError, ConstantSeries, InvalidOption, LengthMismatch, NotFinite, TooShort


@pytest.mark.parametrize("seed", range(5))
def test_it_is_what_statsmodels_finds(seed: int) -> None:
    a, noise = np.random.default_rng(seed).standard_normal((2, 150))
    for b in (noise, a + noise, a * a + 0.1 * noise):
        assert distance_correlation(a, b).value == pytest.approx(
            distance_statistics(a, b).distance_correlation, abs=1e-9
        )


@given(scale=st.floats(-1e90, 1e90).filter(lambda value: abs(value) > 1e-90), shift=st.floats(-1e3, 1e3))
def test_scale_sign_shift_and_order_do_not_matter(scale: float, shift: float) -> None:
    a, b = np.random.default_rng(3).standard_normal((2, 60))
    found = distance_correlation(a, b).value
    assert distance_correlation(scale * a, b + shift).value == pytest.approx(found, abs=1e-6)
    assert distance_correlation(b, a).value == pytest.approx(found, abs=1e-12)


def test_it_sees_what_correlation_does_not() -> None:
    a = np.linspace(-1, 1, 201)
    assert np.corrcoef(a, a * a)[0, 1] == pytest.approx(0.0, abs=1e-12)
    assert distance_correlation(a, a * a).value > 0.4


@pytest.mark.parametrize(
    ("a", "b", "error"),
    [
        (np.arange(10.0), np.arange(10.0), TooShort),
        (np.arange(30.0), np.arange(31.0), LengthMismatch),
        (np.ones(30), np.arange(30.0), ConstantSeries),
        (np.append(np.arange(29.0), np.nan), np.arange(30.0), NotFinite),
        (np.arange(5_001.0), np.arange(5_001.0), InvalidOption),
    ],
)
def test_unusable_input_is_refused_by_name(a: np.ndarray, b: np.ndarray, error: type[AnalyticsError]) -> None:
    with pytest.raises(error):
        distance_correlation(a, b)
