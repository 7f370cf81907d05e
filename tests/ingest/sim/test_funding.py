"""Funding of the simulated perpetuals follows the rule that the venue publishes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from ingest.sim.catalogue import HOUR_MS, INSTRUMENTS
from ingest.sim.funding import funding_interval_ms, funding_rate, next_funding_ms, premium

START_MS = 1_782_907_245_000  # 2026-07-01 12:00:45 UTC


@pytest.mark.parametrize("symbol", ["BTCUSDT", "DOTUSDT", "TRXUSDT"])
def test_the_rate_is_the_mean_premium_pulled_towards_interest(symbol: str) -> None:
    """The mean is SciPy's integral; the rule P + clamp(0.01 % - P, ±0.05 %) is the venue's."""
    for time_ms in range(START_MS, START_MS + 20 * HOUR_MS, HOUR_MS // 3):
        began_ms = next_funding_ms(symbol, time_ms) - funding_interval_ms(symbol)
        area, _ = quad(lambda at: premium(symbol, at), began_ms, time_ms)
        mean = area / (time_ms - began_ms)
        assert funding_rate(symbol, time_ms) == pytest.approx(mean + np.clip(0.0001 - mean, -0.0005, 0.0005), abs=1e-9)


def test_rates_have_both_signs_and_intervals_differ() -> None:
    times = range(START_MS, START_MS + 48 * HOUR_MS, HOUR_MS)
    rates = [funding_rate(spec.symbol, time_ms) for spec in INSTRUMENTS for time_ms in times]
    assert min(rates) < -0.0001
    assert max(rates) > 0.0003
    assert max(map(abs, rates)) < 0.0012
    assert {funding_interval_ms(spec.symbol) // HOUR_MS for spec in INSTRUMENTS} == {1, 4, 8}


def test_at_the_very_settlement_the_next_interval_has_begun() -> None:
    at_ms = next_funding_ms("BTCUSDT", START_MS)
    assert next_funding_ms("BTCUSDT", at_ms) == at_ms + 8 * HOUR_MS
    assert abs(funding_rate("BTCUSDT", at_ms)) < 0.0012
