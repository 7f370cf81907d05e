"""The Sharpe ratio against statsmodels, Lo (2002), Bailey & López de Prado (2014), and simulated years."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import signal, stats
from statsmodels.stats.sandwich_covariance import S_hac_simple
from statsmodels.tsa.stattools import acf

from analytics.errors import ConstantSeries, InvalidOption, NotFinite, NumericalTrouble, TooShort, WrongShape
from analytics.sharpe_ratio import SharpeRatio, deflated, expected_max, sharpe

Array = NDArray[np.float64]


def days(count: int, seed: int, *, phi: float = 0.0, ratio: float = 0.05) -> Array:
    shocks = stats.t.rvs(5, size=count + 100, random_state=seed)
    return 0.01 * (ratio * 1.29 + signal.lfilter([1.0], [1.0, -phi], shocks)[100:])


def test_a_year_has_365_days() -> None:
    found = days(400, 1)
    ours = sharpe(found)
    assert ours.annual == pytest.approx(found.mean() / found.std(ddof=1) * math.sqrt(365))
    assert ours.daily == pytest.approx(ours.annual / math.sqrt(365))
    assert ours.skew == pytest.approx(stats.skew(found))
    assert ours.kurtosis == pytest.approx(stats.kurtosis(found, fisher=False))
    assert ours.n == 400


@pytest.mark.parametrize(("ratio", "months", "printed"), [(0.5, 12, 0.306), (0.5, 24, 0.217), (3.0, 12, 0.677)])
def test_the_plain_error_is_that_of_lo(ratio: float, months: int, printed: float) -> None:
    """Lo (2002), table 1, whose formula is per period: repeated here to reach the 30 days that are asked for."""
    score = np.tile([-1.0, 1.0], 6 * months)
    values = ratio * math.sqrt(len(score) / (len(score) - 1)) + score
    found = sharpe(values, errors="iid")
    assert found.daily == pytest.approx(ratio)
    assert found.stderr / math.sqrt(365) * math.sqrt(len(score) / months) == pytest.approx(printed, abs=6e-4)
    assert (found.low + found.high) / 2 == pytest.approx(found.annual)
    assert found.high - found.annual == pytest.approx(stats.norm.ppf(0.975) * found.stderr)
    assert found.annual_serial == pytest.approx(found.annual)


@pytest.mark.parametrize("lags", [0, 3, 10])
@pytest.mark.parametrize("phi", [0.0, 0.4])
def test_the_general_error_is_the_delta_method_over_the_covariance_of_statsmodels(lags: int, phi: float) -> None:
    """Lo (2002), equation 15: the gradient of mean / deviation, and a long-run covariance of (mean, variance)."""
    values = days(500, 2, phi=phi)
    mean, variance = values.mean(), values.var()
    moments = np.column_stack([values - mean, (values - mean) ** 2 - variance])
    covariance = S_hac_simple(moments, nlags=lags) / 500**2
    slope = np.array([1 / math.sqrt(variance), -mean / (2 * variance**1.5)])
    found = sharpe(values, lags=lags)
    assert found.stderr == pytest.approx(math.sqrt(slope @ covariance @ slope * 365), rel=2e-3)
    assert found.lags == lags


def test_the_year_of_dependent_days_is_that_of_the_autocorrelations() -> None:
    """Lo (2002), equation 20, by the variance of a sum of 365 days."""
    values = days(800, 3, phi=0.3)
    found = sharpe(values, lags=5)
    rho = acf(values, nlags=5, fft=False)
    year = sum(rho[abs(i - j)] if abs(i - j) <= 5 else 0.0 for i in range(365) for j in range(365))
    assert found.annual_serial == pytest.approx(found.daily * 365 / math.sqrt(year))
    assert abs(found.annual_serial) < abs(found.annual)
    alternating = np.tile([1.0, -0.9], 100)
    assert sharpe(alternating, lags=1).annual_serial is None


def test_the_default_lags_grow_with_the_days() -> None:
    """Newey & West's rule: 4 · (n / 100)^(2/9)."""
    assert [sharpe(days(count, 1)).lags for count in (30, 100, 365, 1500)] == [3, 4, 5, 7]


@pytest.mark.parametrize(("errors", "phi"), [("iid", 0.0), ("hac", 0.0), ("hac", 0.3)])
def test_the_interval_holds_the_truth_as_often_as_it_says(errors: Literal["iid", "hac"], phi: float) -> None:
    """Nominal 95 %, two years of days; HAC intervals are known to be a little short. Band: 3 sd of 300."""
    truth = 0.05 * 1.29 / math.sqrt(5 / 3 / (1 - phi**2))
    ours = [sharpe(days(730, seed, phi=phi), errors=errors) for seed in range(300)]
    assert 0.90 <= np.mean([one.low <= truth * math.sqrt(365) <= one.high for one in ours]) <= 0.985


@given(scale=st.floats(1e-6, 1e6), seed=st.integers(0, 50))
def test_capital_means_nothing_and_a_loss_is_a_mirrored_profit(scale: float, seed: int) -> None:
    values = days(60, seed)
    plain, scaled, mirrored = sharpe(values), sharpe(scale * values), sharpe(-values)
    for name in ("annual", "stderr", "low", "high", "skew", "kurtosis"):
        assert getattr(scaled, name) == pytest.approx(getattr(plain, name), rel=1e-9, abs=1e-9), name
    assert (mirrored.annual, mirrored.low) == pytest.approx((-plain.annual, -plain.high))


def test_the_published_example_of_a_deflated_ratio() -> None:
    """Bailey & López de Prado (2014): 2.5 a year of 250 days over five years, skew -3, kurtosis 10, 100 trials with
    a variance of 1/2: the best of noise is 0.1132 a day, and the probability 0.9004; with 46 trials 0.9505.
    """
    annual = math.sqrt(0.5 / 250 * 365)
    best = replace(sharpe(days(100, 1)), daily=2.5 / math.sqrt(250), skew=-3.0, kurtosis=10.0, n=1250)
    assert expected_max(100, spread=math.sqrt(0.5 / 250)) == pytest.approx(0.1132, abs=5e-5)
    assert deflated(best, trials=100, spread=annual) == pytest.approx(0.9004, abs=5e-5)
    assert deflated(best, trials=46, spread=annual) == pytest.approx(0.9505, abs=5e-4)
    assert deflated(best, trials=1, spread=annual) == pytest.approx(
        stats.norm.cdf(best.daily * math.sqrt(1249 / (1 + 3 * best.daily + 2.25 * best.daily**2)))
    )


@pytest.mark.parametrize("trials", [10, 100, 1000])
def test_the_best_of_noise_is_as_good_as_expected(trials: int) -> None:
    """Mean of the largest of `trials` normal values, by simulation; the formula is asymptotic."""
    best = np.random.default_rng(1).standard_normal((2_000, trials)).max(axis=1).mean()
    assert expected_max(trials, spread=1.0) == pytest.approx(best, rel=0.03)
    assert expected_max(trials, spread=3.0) == pytest.approx(3.0 * expected_max(trials, spread=1.0))


def test_more_trials_deflate_more() -> None:
    found = sharpe(days(365, 4, ratio=0.15))
    chances = [deflated(found, trials=trials, spread=0.5) for trials in (1, 2, 10, 1_000, 10**20)]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] > chances[-1]


def test_unusable_results_are_refused_with_a_reason() -> None:
    with pytest.raises(TooShort, match="needs 30"):
        sharpe(days(29, 1))
    with pytest.raises(NotFinite):
        sharpe(np.r_[np.nan, days(60, 1)])
    for flat in (np.zeros(60), np.full(60, 0.1)):
        with pytest.raises(ConstantSeries):
            sharpe(flat)
    with pytest.raises(NumericalTrouble):
        sharpe(1e200 * days(60, 1))
    with pytest.raises(WrongShape):
        sharpe(days(60, 1).reshape(6, 10))


def test_impossible_options_are_refused() -> None:
    values = days(60, 1)
    with pytest.raises(InvalidOption, match="errors"):
        sharpe(values, errors="bootstrap")  # type: ignore[arg-type]
    for lags in (-1, 30):
        with pytest.raises(InvalidOption, match="lags"):
            sharpe(values, lags=lags)
    with pytest.raises(InvalidOption, match="trials"):
        expected_max(0, spread=1.0)
    for spread in (-1.0, math.nan, math.inf):
        with pytest.raises(InvalidOption, match="spread"):
            expected_max(5, spread=spread)
    odd: SharpeRatio = replace(sharpe(values), skew=10.0, kurtosis=1.0, daily=1.0)
    with pytest.raises(NumericalTrouble):
        deflated(odd, trials=2, spread=1.0)
