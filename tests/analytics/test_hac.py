"""Newey–West errors against statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from analytics.errors import InvalidOption, TooShort
from analytics.hac import newey_west


@pytest.mark.parametrize("adjust", [False, True])
@pytest.mark.parametrize("lags", [0, 1, 5, 40])
@pytest.mark.parametrize("legs", [1, 3])
def test_they_are_those_of_statsmodels(legs: int, lags: int, adjust: bool) -> None:
    rng = np.random.default_rng(legs)
    x = 11.0 + np.cumsum(rng.standard_normal((200, legs)), axis=0)
    y = x.sum(axis=1) + np.cumsum(rng.standard_normal(200)) * 0.2
    peer = sm.OLS(y, sm.add_constant(x)).fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": adjust})
    ours = newey_west(y, x, lags=lags, adjust=adjust)
    np.testing.assert_allclose(ours.beta_stderr, peer.bse[1:], rtol=1e-9)
    one = newey_west(y, x[:, 0], lags=lags, adjust=adjust)
    assert isinstance(one.beta_stderr, float)


def test_the_rule_for_lags_is_that_of_newey_and_west() -> None:
    """floor(4 (n / 100)^(2/9)): 4 at 100 bars, 6 at 720."""
    rng = np.random.default_rng(0)
    for n, lags in ((50, 3), (100, 4), (720, 6)):
        x, e = rng.standard_normal((2, n))
        assert newey_west(x + e, x).lags == lags


def test_refusals() -> None:
    x = np.arange(30.0)
    y = np.sin(x)
    for lags in (-1, 30):
        with pytest.raises(InvalidOption, match="lags"):
            newey_west(y, x, lags=lags)
    with pytest.raises(TooShort):
        newey_west(y[:2], x[:2])
