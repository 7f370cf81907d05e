"""Legs that trade at different moments: slow loops, exact cases, and the known figures of Poisson trades."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from analytics.bar_advice import LENGTHS_MS, advised_bar_ms
from analytics.errors import (
    AnalyticsError,
    ConstantSeries,
    InvalidOption,
    LengthMismatch,
    NotAscending,
    NotFinite,
    NotPositive,
    TooShort,
    WrongShape,
)
from analytics.synchrony import correlation_by_bar_length, hayashi_yoshida

Array = NDArray[np.float64]
Trades = tuple[NDArray[np.int64], Array, NDArray[np.int64], Array]
HOUR_MS = 3_600_000


def poisson_trades(seed: int, *, span_ms: int, rates: tuple[float, float], rho: float, bounce: float = 0.0) -> Trades:
    """Two correlated Brownian log prices, each seen at random moments at its rate per second."""
    random = np.random.default_rng(seed)
    times = [np.unique(random.integers(0, span_ms, random.poisson(rate * span_ms / 1000))) for rate in rates]
    both = np.union1d(*times)
    moves = random.standard_normal((2, len(both))) * np.sqrt(np.diff(both, prepend=both[0])) * 1e-5
    walks = np.cumsum([moves[0], rho * moves[0] + math.sqrt(1 - rho**2) * moves[1]], axis=1)
    legs = []
    for time, walk in zip(times, walks, strict=True):
        noise = bounce * random.choice([-1.0, 1.0], len(time))
        legs += [time, np.exp(walk[np.searchsorted(both, time)] + noise)]
    return tuple(legs)  # type: ignore[return-value]


def slow_hayashi_yoshida(ta: list[int], pa: list[float], tb: list[int], pb: list[float]) -> float:
    """All pairs of returns whose spans overlap, one by one."""
    total = 0.0
    for i in range(1, len(ta)):
        for j in range(1, len(tb)):
            if max(ta[i - 1], tb[j - 1]) < min(ta[i], tb[j]):
                total += math.log(pa[i] / pa[i - 1]) * math.log(pb[j] / pb[j - 1])
    return total


moments = st.lists(st.integers(0, 60), min_size=4, max_size=25, unique=True).map(sorted)


@given(ta=moments, tb=moments, seed=st.integers(0, 1_000))
def test_it_is_the_sum_over_all_overlapping_returns(ta: list[int], tb: list[int], seed: int) -> None:
    begin, end = max(ta[0], tb[0]), min(ta[-1], tb[-1])
    random = np.random.default_rng(seed)
    prices = [np.exp(random.normal(0, 0.01, len(times))) for times in (ta, tb)]
    kept = [
        [(time, price) for time, price in zip(times, price_list.tolist(), strict=True) if begin <= time <= end]
        for times, price_list in zip((ta, tb), prices, strict=True)
    ]
    if min(len(leg) for leg in kept) < 3:
        with pytest.raises(TooShort, match="while both trade"):
            hayashi_yoshida(ta, prices[0], tb, prices[1], least=2)
        return
    (times_a, prices_a), (times_b, prices_b) = (map(list, zip(*leg, strict=True)) for leg in kept)
    found = hayashi_yoshida(ta, prices[0], tb, prices[1], least=2)
    assert found.covariance == pytest.approx(slow_hayashi_yoshida(times_a, prices_a, times_b, prices_b), abs=1e-12)
    assert (found.n_a, found.n_b) == (len(times_a) - 1, len(times_b) - 1)
    assert found.variance_a == pytest.approx(float(np.sum(np.diff(np.log(prices_a)) ** 2)))
    assert found.correlation == pytest.approx(found.covariance / math.sqrt(found.variance_a * found.variance_b))


def test_legs_that_trade_together_have_the_plain_correlation() -> None:
    """Without a mean taken out, as returns of trades have none to speak of."""
    random = np.random.default_rng(1)
    a, b = np.exp(np.cumsum(random.normal(0, 0.01, (2, 50)), axis=1))
    found = hayashi_yoshida(np.arange(50), a, np.arange(50), b)
    returns_a, returns_b = np.diff(np.log(a)), np.diff(np.log(b))
    plain = returns_a @ returns_b / math.sqrt(returns_a @ returns_a * (returns_b @ returns_b))
    assert found.correlation == pytest.approx(plain)


@settings(max_examples=30)
@given(seed=st.integers(0, 100), power=st.sampled_from([1.0, -1.0, 2.0]), unit=st.sampled_from([1e-4, 1.0, 5e4]))
def test_swapped_legs_agree_and_units_and_clocks_mean_nothing(seed: int, power: float, unit: float) -> None:
    ta, pa, tb, pb = poisson_trades(seed, span_ms=60_000, rates=(3.0, 1.0), rho=0.5)
    plain, swapped = hayashi_yoshida(ta, pa, tb, pb), hayashi_yoshida(tb, pb, ta, pa)
    assert swapped.correlation == pytest.approx(plain.correlation, rel=1e-9, abs=1e-12)
    moved = hayashi_yoshida(ta + 1_700_000_000_000, unit * pa**power, tb + 1_700_000_000_000, pb)
    assert moved.correlation == pytest.approx(math.copysign(1.0, power) * plain.correlation, rel=1e-6, abs=1e-9)


def test_the_known_figures_of_a_fast_and_a_slow_leg() -> None:
    """True correlation 0.90 at 5 and 0.2 trades a second: 0.10 at 1 s, 0.35 at 5 s, 0.88 at 5 min, and 0.90.

    Means of four half-days; three standard errors, of 0.005, 0.011, 0.018 and 0.015 each, and a hundredth.
    """
    curves, direct = [], []
    for seed in range(4):
        legs = poisson_trades(seed, span_ms=12 * HOUR_MS, rates=(5.0, 0.2), rho=0.9)
        curves.append([bar.correlation for bar in correlation_by_bar_length(*legs, lengths_ms=[1000, 5000, 300_000])])
        direct.append(hayashi_yoshida(*legs).correlation)
    at_1s, at_5s, at_5min = np.mean(np.array(curves, dtype=float), axis=0)
    assert at_1s == pytest.approx(0.10, abs=0.018)
    assert at_5s == pytest.approx(0.35, abs=0.027)
    assert at_5min == pytest.approx(0.88, abs=0.037)
    assert np.mean(direct) == pytest.approx(0.90, abs=0.032)


def test_bounce_biases_the_variances_upwards_and_the_correlation_towards_zero() -> None:
    clean = hayashi_yoshida(*poisson_trades(1, span_ms=HOUR_MS, rates=(5.0, 1.0), rho=0.9))
    noisy = hayashi_yoshida(*poisson_trades(1, span_ms=HOUR_MS, rates=(5.0, 1.0), rho=0.9, bounce=2e-4))
    assert noisy.variance_a > 1.5 * clean.variance_a
    assert 0.0 < noisy.correlation < 0.8 * clean.correlation


def slow_bars(times: list[int], prices: list[float], edges: range) -> tuple[list[float], float]:
    """Log closes at each edge, and the share of bars without a trade."""
    closes = [math.log([price for time, price in zip(times, prices, strict=True) if time < edge][-1]) for edge in edges]
    traded = [any(begin <= time < end for time in times) for begin, end in pairwise(edges)]
    return closes, 1.0 - sum(traded) / len(traded)


@pytest.mark.parametrize("length", [700, 1000, 2500])
def test_the_curve_is_that_of_a_slow_loop(length: int) -> None:
    ta, pa, tb, pb = poisson_trades(3, span_ms=120_000, rates=(1.0, 0.5), rho=0.7)
    (found,) = correlation_by_bar_length(ta, pa, tb, pb, lengths_ms=[length])
    first, last = max(ta[0], tb[0]), min(ta[-1], tb[-1])
    edges = range((first // length + 1) * length, last + 1, length)
    (close_a, stale_a), (close_b, stale_b) = (
        slow_bars(times.tolist(), prices.tolist(), edges) for times, prices in ((ta, pa), (tb, pb))
    )
    assert found.bars == len(edges) - 1
    assert (found.stale_a, found.stale_b) == pytest.approx((stale_a, stale_b))
    assert found.correlation == pytest.approx(np.corrcoef(np.diff(close_a), np.diff(close_b))[0, 1])
    assert found.reason is None


def test_a_trade_at_the_end_of_a_bar_belongs_to_the_next() -> None:
    """Leg b trades once, at the very begin of each second bar: the bar before it is stale."""
    random = np.random.default_rng(11)
    a, b = np.exp(np.cumsum(random.normal(0, 0.01, 81))), np.exp(np.cumsum(random.normal(0, 0.01, 41)))
    (found,) = correlation_by_bar_length(1000 * np.arange(81), a, 2000 * np.arange(41), b, lengths_ms=[1000])
    assert (found.bars, found.stale_a) == (79, 0.0)
    assert found.stale_b == pytest.approx(40 / 79)
    # Closes at 1 s, 2 s, …: of a the trades at 0 s, 1 s, …; of b those at 0 s, 0 s, 2 s, 2 s, ….
    closes = np.log(a[:80]), np.log(np.repeat(b[:40], 2))
    assert found.correlation == pytest.approx(np.corrcoef(*map(np.diff, closes))[0, 1])


def test_of_trades_of_one_moment_the_last_counts() -> None:
    ta, pa, tb, pb = poisson_trades(4, span_ms=60_000, rates=(2.0, 1.0), rho=0.5)
    twice = np.repeat(ta, 2), np.column_stack([np.full(len(pa), 77.0), pa]).ravel()
    assert hayashi_yoshida(*twice, tb, pb) == hayashi_yoshida(ta, pa, tb, pb)
    assert correlation_by_bar_length(*twice, tb, pb, lengths_ms=[1000]) == correlation_by_bar_length(
        ta, pa, tb, pb, lengths_ms=[1000]
    )


def test_too_few_or_flat_bars_are_a_reason() -> None:
    ta, pa, tb, pb = poisson_trades(5, span_ms=60_000, rates=(2.0, 1.0), rho=0.5)
    (few, none) = correlation_by_bar_length(ta, pa, tb, pb, lengths_ms=[10_000, HOUR_MS])
    assert few.correlation is None
    assert few.reason == f"needs 30 bars, has {few.bars}"
    assert (none.bars, none.stale_a, none.correlation) == (0, 1.0, None)
    (flat,) = correlation_by_bar_length(ta, pa, tb, np.full(len(tb), 9.0), lengths_ms=[1000])
    assert (flat.correlation, flat.reason) == (None, "leg b is constant")
    apart = correlation_by_bar_length(ta, pa, tb + HOUR_MS, pb, lengths_ms=[1000])
    assert apart[0].reason == "needs 30 bars, has 0"
    even = 500 + 1000 * np.arange(40)
    (steady,) = correlation_by_bar_length(even, 2.0 ** np.arange(40), even, 2.0 ** -np.arange(40.0), lengths_ms=[1000])
    assert (steady.correlation, steady.reason) == (None, "the returns are constant")


def test_the_shortest_bar_at_which_the_correlation_has_arrived_is_advised() -> None:
    legs = poisson_trades(6, span_ms=12 * HOUR_MS, rates=(5.0, 0.2), rho=0.9)
    found = advised_bar_ms(*legs)
    assert found.bar_ms in (60_000, 300_000)
    assert (found.reason, found.judged_by) == (None, "correlation")
    assert (found.rate_a, found.rate_b) == pytest.approx((5.0, 0.2), rel=0.03)
    assert found.hayashi_yoshida == hayashi_yoshida(*legs).correlation
    assert found.curve == correlation_by_bar_length(*legs, lengths_ms=LENGTHS_MS)
    lower = advised_bar_ms(*legs, correlation_share=0.3)
    assert lower.bar_ms == 30_000  # at 15 s the slow leg does not trade in exp(-3), just under 5 %, of the bars
    assert advised_bar_ms(*legs, correlation_share=0.3, stale_cap=0.2).bar_ms == 15_000


def test_legs_that_do_not_move_together_are_judged_by_their_rates() -> None:
    legs = poisson_trades(7, span_ms=6 * HOUR_MS, rates=(5.0, 0.5), rho=0.0)
    found = advised_bar_ms(*legs)
    assert (found.judged_by, found.bar_ms) == ("rates", 30_000)
    assert advised_bar_ms(*legs, trades_per_bar=100).bar_ms == 300_000
    assert advised_bar_ms(*legs, lengths_ms=[300_000, 60_000]).bar_ms == 60_000
    none = advised_bar_ms(*legs, lengths_ms=[15_000])
    assert none.bar_ms is None
    assert none.reason is not None
    assert "trades a bar are to be expected" in none.reason


def test_no_advice_says_why() -> None:
    legs = poisson_trades(8, span_ms=6 * HOUR_MS, rates=(5.0, 0.05), rho=0.9)
    stale = advised_bar_ms(*legs, lengths_ms=[1000, 5000])
    assert stale.reason is not None
    assert "leg b does not trade" in stale.reason
    low = advised_bar_ms(*legs, lengths_ms=[60_000], stale_cap=0.2)
    assert low.reason is not None
    assert "the correlation is" in low.reason
    assert low.bar_ms is None


@pytest.mark.parametrize("leg", [0, 2])
def test_unusable_trades_are_refused_with_a_reason(leg: int) -> None:
    good = poisson_trades(9, span_ms=60_000, rates=(2.0, 2.0), rho=0.5)
    name = "ab"[leg // 2]

    def spoilt(times: object = None, prices: object = None) -> list[object]:
        legs: list[object] = list(good)
        legs[leg] = good[leg] if times is None else times
        legs[leg + 1] = good[leg + 1] if prices is None else prices
        return legs

    times, prices = good[leg], good[leg + 1]
    cases: list[tuple[type[AnalyticsError], str, list[object]]] = [
        (NotAscending, f"times of leg {name}", spoilt(times=times[::-1])),
        (NotPositive, f"prices of leg {name}", spoilt(prices=np.r_[0.0, prices[1:]])),
        (NotFinite, f"prices of leg {name}", spoilt(prices=np.r_[np.nan, prices[1:]])),
        (NotFinite, f"times of leg {name}", spoilt(times=np.r_[-np.inf, times[1:]])),
        (InvalidOption, "whole milliseconds", spoilt(times=times + 0.5)),
        (InvalidOption, "whole milliseconds", spoilt(times=np.r_[times[:-1], 1e300])),
        (LengthMismatch, "lengths", spoilt(times=times[1:])),
        (TooShort, "trades of leg", spoilt(times=[], prices=[])),
        (WrongShape, "prices of leg", spoilt(prices=prices.reshape(-1, 1))),
    ]
    for error, words, legs in cases:
        with pytest.raises(error, match=words):
            hayashi_yoshida(*legs)  # type: ignore[arg-type]
        with pytest.raises(error, match=words):
            advised_bar_ms(*legs)  # type: ignore[arg-type]
    with pytest.raises(ConstantSeries, match=f"leg {name}"):
        hayashi_yoshida(*spoilt(prices=np.full(len(times), 3.0)))  # type: ignore[arg-type]
    with pytest.raises(TooShort, match=f"needs 30 returns of leg {name}"):
        hayashi_yoshida(*spoilt(times=times[:20], prices=prices[:20]), least=30)  # type: ignore[arg-type]


def test_impossible_options_are_refused() -> None:
    legs = poisson_trades(10, span_ms=60_000, rates=(2.0, 2.0), rho=0.5)
    for length in (0, -5, 1.5):
        with pytest.raises(InvalidOption, match="lengths_ms"):
            correlation_by_bar_length(*legs, lengths_ms=[length])  # type: ignore[list-item]
    with pytest.raises(InvalidOption, match="longer"):
        correlation_by_bar_length(np.array([0, 10**8]), [1.0, 2.0], np.array([0, 10**8]), [1.0, 2.0], lengths_ms=[1])
    for options in ({"stale_cap": -0.1}, {"correlation_share": 1.1}, {"trades_per_bar": 0.0}, {"lengths_ms": []}):
        with pytest.raises(InvalidOption, match=next(iter(options))):
            advised_bar_ms(*legs, **options)  # type: ignore[arg-type]
