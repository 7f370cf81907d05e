"""The ledger of a pair by hand, its laws, and the profit that a re-estimated spread shows where there is none."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from analytics.errors import InvalidOption, LengthMismatch, NotFinite, TooShort
from analytics.rolling import rolling_ols_hedge
from analytics.sharpe_ratio import sharpe
from analytics.signal import signal_path
from analytics.trade import FundingPayment, LegTrade, marked_pnl, round_trip

Array = NDArray[np.float64]
HOUR_MS = 3_600_000

prices = st.floats(0.01, 1e5)
costs = st.floats(0.0, 50.0)
payments = st.lists(st.builds(FundingPayment, st.integers(0, 100), prices, st.floats(-0.01, 0.01)), max_size=4)
legs = st.builds(
    LegTrade,
    units=st.floats(-100, 100).filter(lambda units: abs(units) > 1e-3),
    entry=prices,
    exit=prices,
    fee_bps=costs,
    half_spread_bps=costs,
    funding=payments.map(tuple),
)


def test_a_trade_by_hand() -> None:
    """Long 2 of y from 100 to 110, short 3 of x from 50 to 52; two settlements of y, one of x, inside the trade.

    Gross 2·10 - 3·2 = 14. Traded: y 2·210 = 420, x 3·102 = 306. Fees 4 bps of 420 and 5 of 306; half-spreads 1 and
    2 bps. Funding: the long pays 2·101·0.0001 + 2·103·0.0002, the short receives 3·51·0.0003.
    """
    y = LegTrade(
        units=2.0,
        entry=100.0,
        exit=110.0,
        fee_bps=4.0,
        half_spread_bps=1.0,
        funding=(
            FundingPayment(0, 99.0, 0.5),
            FundingPayment(8 * HOUR_MS, 101.0, 0.0001),
            FundingPayment(16 * HOUR_MS, 103.0, 0.0002),
            FundingPayment(24 * HOUR_MS, 99.0, 0.5),
        ),
    )
    x = LegTrade(-3.0, 50.0, 52.0, 5.0, 2.0, (FundingPayment(12 * HOUR_MS, 51.0, 0.0003),))
    found = round_trip(y, x, entry_ms=0, exit_ms=20 * HOUR_MS)
    assert found.gross == pytest.approx(14.0)
    assert found.turnover == pytest.approx(726.0)
    assert found.fees == pytest.approx(0.168 + 0.153)
    assert found.half_spreads == pytest.approx(0.042 + 0.0612)
    assert found.funding == pytest.approx(0.0202 + 0.0412 - 0.0459)
    assert found.net == pytest.approx(14.0 - 0.321 - 0.1032 - 0.0155)
    assert found.break_even_bps == pytest.approx((14.0 - 0.0155) / 726.0 * 1e4)


def test_a_settlement_at_the_exit_counts_and_one_at_the_entry_does_not() -> None:
    x = LegTrade(1.0, 100.0, 100.0)
    y = replace(x, funding=(FundingPayment(5, 100.0, 0.01), FundingPayment(9, 100.0, 0.02)))
    assert round_trip(y, x, entry_ms=5, exit_ms=9).funding == pytest.approx(2.0)
    assert round_trip(y, x, entry_ms=4, exit_ms=8).funding == pytest.approx(1.0)


@given(rate=st.floats(-0.01, 0.01), units=st.floats(0.1, 10))
def test_with_a_positive_rate_longs_pay_shorts(rate: float, units: float) -> None:
    def net(units: float) -> float:
        leg = LegTrade(units, 100.0, 100.0, funding=(FundingPayment(1, 100.0, rate),))
        return round_trip(leg, LegTrade(0.0, 1.0, 1.0), entry_ms=0, exit_ms=1).net

    assert net(units) == pytest.approx(-units * 100 * rate)
    assert net(units) == pytest.approx(-net(-units))


@given(y=legs, x=legs, fee=costs, half_spread=costs)
def test_costs_never_raise_profit(y: LegTrade, x: LegTrade, fee: float, half_spread: float) -> None:
    plain = round_trip(y, x, entry_ms=0, exit_ms=100)
    dearer = replace(y, fee_bps=y.fee_bps + fee, half_spread_bps=y.half_spread_bps + half_spread)
    costly = round_trip(dearer, x, entry_ms=0, exit_ms=100)
    slack = 1e-9 * (abs(plain.gross) + plain.turnover)
    assert costly.net <= plain.net + slack
    assert plain.net <= plain.gross - plain.funding + slack
    assert costly.break_even_bps == plain.break_even_bps


@given(y=legs, x=legs)
def test_at_the_break_even_cost_nothing_is_left(y: LegTrade, x: LegTrade) -> None:
    free_y, free_x = (replace(leg, fee_bps=0.0, half_spread_bps=0.0) for leg in (y, x))
    found = round_trip(free_y, free_x, entry_ms=0, exit_ms=100)
    bps = found.break_even_bps
    slack = 1e-9 * (abs(found.gross) + abs(found.funding) + found.turnover)
    if bps >= 0.0:
        paid = round_trip(replace(free_y, fee_bps=bps), replace(free_x, fee_bps=bps), entry_ms=0, exit_ms=100)
        assert paid.net == pytest.approx(0.0, abs=slack)
    else:
        assert found.net <= slack


@given(y=legs, x=legs)
def test_legs_have_no_order_and_the_opposite_trade_the_opposite_profit_before_costs(y: LegTrade, x: LegTrade) -> None:
    one, other = round_trip(y, x, entry_ms=0, exit_ms=50), round_trip(x, y, entry_ms=0, exit_ms=50)
    assert (one.gross, one.funding, one.turnover) == (other.gross, other.funding, other.turnover)
    opposite = round_trip(replace(y, units=-y.units), replace(x, units=-x.units), entry_ms=0, exit_ms=50)
    assert (opposite.gross, opposite.funding) == (-one.gross, -one.funding)
    assert (opposite.fees, opposite.half_spreads) == (one.fees, one.half_spreads)


def walks(bars: int, seed: int) -> tuple[Array, Array]:
    y, x = 1_000.0 + np.cumsum(np.random.default_rng(seed).standard_normal((2, bars)), axis=1)
    return y, x


def test_the_marked_path_of_a_trade_ends_at_its_round_trip() -> None:
    y, x = walks(50, 1)
    units_y, units_x = np.zeros(50), np.zeros(50)
    units_y[10:30], units_x[10:30] = 2.0, -1.5
    bars = marked_pnl(y, x, units_y, units_x, cost_bps=5.0)
    trade = round_trip(
        LegTrade(2.0, y[10], y[30], fee_bps=5.0), LegTrade(-1.5, x[10], x[30], fee_bps=5.0), entry_ms=10, exit_ms=30
    )
    assert bars.sum() == pytest.approx(trade.net)
    assert not bars[:10].any()
    assert not bars[31:].any()
    assert bars[10] == pytest.approx(-5e-4 * (2.0 * y[10] + 1.5 * x[10]))


@given(seed=st.integers(0, 100), cost=st.floats(0, 50))
def test_costs_never_raise_the_profit_of_any_bar(seed: int, cost: float) -> None:
    y, x = walks(30, seed)
    units_y, units_x = np.random.default_rng(seed).integers(-2, 3, (2, 30))
    assert np.all(marked_pnl(y, x, units_y, units_x, cost_bps=cost) <= marked_pnl(y, x, units_y, units_x) + 1e-12)


@given(seed=st.integers(0, 100), cut=st.integers(2, 29))
def test_what_comes_later_changes_no_profit(seed: int, cut: int) -> None:
    y, x = walks(30, seed)
    units_y, units_x = np.random.default_rng(seed).integers(-2, 3, (2, 30))
    whole = marked_pnl(y, x, units_y, units_x, cost_bps=3.0)
    head = marked_pnl(y[:cut], x[:cut], units_y[:cut], units_x[:cut], cost_bps=3.0)
    np.testing.assert_array_equal(whole[:cut], head)


def fixed_units(position: NDArray[np.int8], beta: Array) -> tuple[Array, Array]:
    """One unit of y a position, and beta units of x as it was when it was entered."""
    entered = np.flatnonzero(np.diff(position, prepend=np.int8(0)) != 0)
    hedge = np.zeros(len(position))
    for begin, end in zip(entered, [*entered[1:], len(position)], strict=True):
        hedge[begin:end] = -position[begin] * (beta[begin] if position[begin] else 0.0)
    return position.astype(float), hedge


def test_the_trap_a_re_estimated_spread_makes_profit_from_noise_and_the_ledger_does_not() -> None:
    """Independent walks, 2,000 bars, a hedge over the last 100: the bars taken for days, as the known figure does.

    Differencing the spread: Sharpe 1.85, every run above 1. With units fixed at the entry: none.
    """
    phantom, honest = [], []
    for seed in range(30):
        y, x = walks(2_000, seed)
        fit = rolling_ols_hedge(y, x, window=100)
        spread = y - fit.alpha - fit.beta * x
        position = signal_path(spread / fit.residual_sd, 2.0, 0.5)
        phantom.append(sharpe(position[99:-1] * np.diff(spread[99:])).annual)
        honest.append(sharpe(marked_pnl(y, x, *fixed_units(position, fit.beta))).annual)
    assert min(phantom) > 1.0
    assert np.mean(phantom) == pytest.approx(1.85, abs=0.15)
    # A run of noise has a Sharpe ratio of 0 with a standard error of sqrt(365 / 2,000); three of those of the mean.
    assert abs(np.mean(honest)) < 3 * math.sqrt(365 / 2_000 / 30)


def test_impossible_trades_are_refused_with_a_reason() -> None:
    good = LegTrade(1.0, 100.0, 101.0)
    for spoilt in (
        replace(good, entry=0.0),
        replace(good, exit=-1.0),
        replace(good, entry=math.nan),
        replace(good, units=math.inf),
        replace(good, units=1e200),
        replace(good, fee_bps=-1.0),
        replace(good, half_spread_bps=math.nan),
        replace(good, funding=(FundingPayment(1, 0.0, 0.1),)),
        replace(good, funding=(FundingPayment(1, 1.0, math.nan),)),
    ):
        with pytest.raises(InvalidOption, match="of leg x"):
            round_trip(good, spoilt, entry_ms=0, exit_ms=1)
        with pytest.raises(InvalidOption, match="of leg y"):
            round_trip(spoilt, good, entry_ms=0, exit_ms=1)
    with pytest.raises(InvalidOption, match="exit_ms"):
        round_trip(good, good, entry_ms=2, exit_ms=1)
    with pytest.raises(InvalidOption, match="units"):
        round_trip(replace(good, units=0.0), replace(good, units=0.0), entry_ms=0, exit_ms=1)


def test_unusable_paths_are_refused_with_a_reason() -> None:
    y, x = walks(20, 1)
    one = np.ones(20)
    with pytest.raises(NotFinite, match="units_x"):
        marked_pnl(y, x, one, np.r_[np.nan, one[1:]])
    with pytest.raises(LengthMismatch):
        marked_pnl(y, x, one, one[1:])
    with pytest.raises(TooShort):
        marked_pnl([1.0], [1.0], [1.0], [1.0])
    with pytest.raises(InvalidOption, match="cost_bps"):
        marked_pnl(y, x, one, one, cost_bps=-1.0)
    with pytest.raises(InvalidOption, match="give values up to"):
        marked_pnl(1e200 * y, x, one, one)
