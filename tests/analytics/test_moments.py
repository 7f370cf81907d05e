"""Moments of returns, against scipy and pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analytics import return_moments
from analytics.errors import TooShort


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("bars", [5, 30, 1_440])
def test_they_are_those_of_scipy_and_pandas(seed: int, bars: int) -> None:
    """`scipy.stats.skew` and `kurtosis` without bias, `pandas.Series.skew` and `kurt`."""
    rng = np.random.default_rng(seed)
    prices = 100.0 * np.exp(np.cumsum(rng.standard_t(4, bars) * 1e-4))
    returns = np.diff(np.log(prices))
    found = return_moments(prices)
    assert found.count == bars - 1
    assert found.mean == pytest.approx(returns.mean(), rel=1e-9, abs=1e-18)
    assert found.sd == pytest.approx(returns.std(ddof=1), rel=1e-12)
    assert found.skew == pytest.approx(stats.skew(returns, bias=False), rel=1e-9, abs=1e-9)
    assert found.kurtosis == pytest.approx(stats.kurtosis(returns, bias=False), rel=1e-9, abs=1e-9)
    assert found.skew == pytest.approx(pd.Series(returns).skew(), rel=1e-9, abs=1e-9)
    assert found.kurtosis == pytest.approx(pd.Series(returns).kurt(), rel=1e-9, abs=1e-9)


def test_a_return_across_an_absent_bar_is_none_of_one_bar() -> None:
    """Against pandas, which leaves the same returns out."""
    prices = 100.0 * np.exp(np.cumsum(np.random.default_rng(7).normal(0, 1e-3, 60)))
    prices[20:23] = np.nan
    returns = pd.Series(np.log(prices)).diff().dropna()
    found = return_moments(prices)
    assert found.count == len(returns) == 55
    assert found.kurtosis == pytest.approx(returns.kurt(), rel=1e-9)


def test_prices_that_do_not_move_have_no_shape() -> None:
    found = return_moments(np.full(30, 5.1))
    assert (found.mean, found.sd, found.skew, found.kurtosis) == (0.0, 0.0, None, None)


def test_too_few_returns_are_refused() -> None:
    with pytest.raises(TooShort, match="needs 4 returns"):
        return_moments([100.0, 101.0, 102.0, np.nan, 103.0, 104.0])
