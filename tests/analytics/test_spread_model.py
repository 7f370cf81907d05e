"""The model of a spread against a regression of statsmodels, and its draws against scipy's filter."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import signal

from analytics.errors import NumericalTrouble
from analytics.spread_model import ar_spread, hedge_residuals, simulated_spreads
from tests.analytics.legs import pair


@pytest.mark.parametrize("lags", [1, 4])
def test_the_model_of_the_spread_is_a_regression_of_statsmodels(lags: int) -> None:
    y, x = pair(300, 6)
    spreads = hedge_residuals(np.column_stack([y, y[::-1]]), x)
    found = ar_spread(spreads, x, lags=lags)
    for i, spread in enumerate(spreads.T):
        change = np.diff(spread)
        past = [change[lags - 1 - k : len(change) - k] for k in range(1, lags)]
        design = np.column_stack([spread[lags - 1 : -1], *past, np.diff(x)[lags - 1 :]])
        peer = sm.OLS(spread[lags:], design).fit()
        np.testing.assert_allclose(found.coefficients[i], peer.params, rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(found.sd[i] ** 2, peer.ssr / (len(design) - lags - 3), rtol=1e-10)
        phi = min((300 * peer.params[0] + 2) / 296, 1 - 1 / 300)
        assert found.phi[i] == pytest.approx(phi, rel=1e-9)
        assert found.long_run_sd[i] == pytest.approx(found.sd[i] / (1 - phi), rel=1e-9)


def test_draws_follow_the_model() -> None:
    """The same shocks through scipy's filter, of an autoregression of order two, written in levels."""
    y, x = pair(400, 7)
    spread = hedge_residuals(y[:, np.newaxis], x)
    model = ar_spread(spread, x, lags=2)
    draws = simulated_spreads(model, spread[:2, 0], x, draws=3, seed=1)
    _, c, d = model.coefficients[0]
    inner = signal.lfilter([1.0, -(model.phi[0] + c), c], [1.0], draws, axis=0)[2:] - d * np.diff(x)[1:, np.newaxis]
    shocks = model.shocks[:, 0] - model.shocks.mean()
    shocks *= model.sd[0] / shocks.std()
    assert np.abs(inner[:, :, np.newaxis] - shocks).min(axis=2).max() < 1e-12
    np.testing.assert_array_equal(draws[:2], np.repeat(spread[:2], 3, axis=1))


def test_a_spread_that_its_past_foretells_or_that_rests_is_no_result() -> None:
    _, x = pair(100, 14)
    for exact in (0.9 ** np.arange(100.0), np.sin(np.arange(100.0))):
        with pytest.raises(NumericalTrouble):
            ar_spread(exact[:, np.newaxis], x, lags=4)
    with pytest.raises(NumericalTrouble, match="does not move"):
        ar_spread(np.zeros((100, 1)), x, lags=1)
