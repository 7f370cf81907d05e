"""Indicators against pandas, TA-Lib and slow loops; their bits against any other start, end and division."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import talib
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from analytics.anchored import DAY_MS, HOUR_MS, vwap
from analytics.bands import bollinger_bands, sma
from analytics.errors import InvalidOption, InvalidWindow, LengthMismatch, TooShort, WrongShape
from analytics.exponential import ema, ema_lead
from analytics.reversion import half_life
from analytics.rolling_reversion import rolling_half_life
from analytics.volatility import log_returns, rolling_volatility

Array = NDArray[np.float64]
MINUTE_MS = 60_000


def prices(bars: int, *, seed: int = 0, missing: float = 0.0) -> Array:
    """A walk near 60,000 with some bars missing."""
    rng = np.random.default_rng(seed)
    walk: Array = 60_000.0 * np.exp(np.cumsum(rng.normal(0.0, 4e-4, bars)))
    walk[rng.random(bars) < missing] = np.nan
    return walk


@pytest.mark.parametrize("span", [2, 5, 20, 199])
@pytest.mark.parametrize("missing", [0.0, 0.15])
def test_the_ema_is_that_of_pandas_with_gaps_too(span: int, missing: float) -> None:
    values = prices(3_000, missing=missing)
    peer = pd.Series(values).ewm(span=span, adjust=True, ignore_na=False).mean().to_numpy()
    expected = np.where(np.isfinite(values), peer, np.nan)
    expected[: span - 1] = np.nan
    np.testing.assert_allclose(ema(values, span=span), expected, rtol=1e-13)


def test_the_ema_becomes_that_of_talib_once_its_start_is_forgotten() -> None:
    values = prices(2_000)
    np.testing.assert_allclose(ema(values, span=20)[600:], talib.EMA(values, 20)[600:], rtol=1e-13)


def test_one_missing_bar_leaves_the_later_averages_alone_where_talib_loses_them() -> None:
    values = prices(600)
    values[100] = np.nan
    assert np.isnan(talib.EMA(values, 20)[100:]).all()
    ours = ema(values, span=20)
    assert np.isnan(ours[100])
    assert np.isfinite(ours[101:]).all()


@pytest.mark.parametrize(("window", "width"), [(2, 1.0), (20, 2.0), (120, 2.5)])
def test_average_and_bands_are_those_of_talib(window: int, width: float) -> None:
    values = prices(1_000)
    upper, middle, lower = talib.BBANDS(values, window, width, width)
    bands = bollinger_bands(values, window=window, width=width)
    np.testing.assert_allclose(bands.middle, middle, rtol=1e-13)
    # TA-Lib takes the difference of two large squares: about seven digits of the deviation are left.
    np.testing.assert_allclose(bands.upper, upper, rtol=1e-8)
    np.testing.assert_allclose(bands.lower, lower, rtol=1e-8)
    np.testing.assert_array_equal(sma(values, window=window), bands.middle)


@pytest.mark.parametrize("ddof", [0, 1])
def test_bands_with_gaps_are_those_of_pandas(ddof: int) -> None:
    values = prices(1_000, missing=0.1)
    rolling = pd.Series(values).rolling(50, min_periods=40)
    bands = bollinger_bands(values, window=50, ddof=ddof, min_count=40)
    full = np.arange(len(values)) >= 49  # pandas does not wait until the window lies within the series
    np.testing.assert_allclose(bands.sd[full], rolling.std(ddof=ddof)[full], rtol=1e-8)
    np.testing.assert_allclose(bands.middle[full], rolling.mean()[full], rtol=1e-13)
    assert np.isnan(bands.middle[:49]).all()


def slow_vwap(price: Array, volume: Array, first: int, bar_ms: int, anchor_ms: int) -> Array:
    out = np.full(len(price), np.nan)
    for i in range(len(price)):
        session = (first + i) * bar_ms // anchor_ms
        begins = session * anchor_ms // bar_ms - first
        if begins < 0 or not np.isfinite(price[i]):
            continue
        part = [
            (p, v) for p, v in zip(price[begins : i + 1], volume[begins : i + 1], strict=True) if np.isfinite(p * v)
        ]
        total = math.fsum(v for _, v in part)
        if total > 0:
            out[i] = math.fsum(p * v for p, v in part) / total
    return out


@pytest.mark.parametrize(("bar_ms", "anchor_ms"), [(MINUTE_MS, DAY_MS), (1_000, HOUR_MS), (HOUR_MS, DAY_MS)])
def test_the_vwap_is_that_of_a_slow_loop_and_begins_anew_with_each_session(bar_ms: int, anchor_ms: int) -> None:
    price = prices(3_000, missing=0.05)
    rng = np.random.default_rng(3)
    volume = rng.gamma(1.0, 2.0, len(price)) * (rng.random(len(price)) > 0.2)
    volume[np.isnan(price)] = np.nan
    first = 29_453_760 + 777
    ours = vwap(price, volume, bar_ms=bar_ms, anchor_ms=anchor_ms, origin=first)
    np.testing.assert_allclose(ours, slow_vwap(price, volume, first, bar_ms, anchor_ms), rtol=1e-13)


def test_a_session_that_began_before_the_bars_has_no_vwap_unless_a_part_is_wanted() -> None:
    price, volume = np.array([10.0, 12.0, 14.0]), np.ones(3)
    half_way = {"bar_ms": MINUTE_MS, "anchor_ms": 3 * MINUTE_MS, "origin": 1}
    assert np.isnan(vwap(price, volume, **half_way)[:2]).all()
    assert vwap(price, volume, **half_way)[2] == 14.0
    assert vwap(price, volume, whole=False, **half_way).tolist() == [10.0, 11.0, 14.0]


def test_a_session_without_trades_has_no_vwap_yet() -> None:
    out = vwap(np.array([5.0, 5.0, 6.0]), np.array([0.0, 0.0, 2.0]), bar_ms=MINUTE_MS)
    assert np.isnan(out[:2]).all()
    assert out[2] == 6.0


@pytest.mark.parametrize("ddof", [0, 1])
def test_volatility_is_that_of_pandas_per_bar_and_a_year(ddof: int) -> None:
    values = prices(900)
    returns = pd.Series(np.log(values)).diff()
    ours = rolling_volatility(values, window=60, bar_ms=MINUTE_MS, ddof=ddof)
    np.testing.assert_allclose(ours.per_bar, returns.rolling(60).std(ddof=ddof), rtol=1e-9)
    np.testing.assert_allclose(ours.annual[60:], ours.per_bar[60:] * math.sqrt(525_600), rtol=1e-15)
    assert np.isnan(ours.per_bar[:60]).all()


def test_a_return_across_a_gap_is_none() -> None:
    values = np.array([100.0, np.nan, 110.0, 111.0, -1.0, 112.0])
    assert np.isfinite(log_returns(values)).tolist() == [False, False, False, True, False, False]


def slow_half_life(values: Array) -> float:
    before, after = values[:-1], values[1:]
    both = np.isfinite(before) & np.isfinite(after)
    phi = np.polyfit(before[both], after[both], 1)[0]
    return -math.log(2) / math.log(phi) if 0 < phi < 1 else math.nan


@pytest.mark.parametrize("missing", [0.0, 0.05])
def test_the_rolling_half_life_is_that_of_a_regression_at_each_bar(missing: float) -> None:
    rng = np.random.default_rng(4)
    deviation = np.zeros(600)
    for t in range(1, 600):
        deviation[t] = 0.9 * deviation[t - 1] + rng.normal()
    deviation[rng.random(600) < missing] = np.nan
    ours = rolling_half_life(deviation, window=60, min_count=40)
    assert np.isnan(ours[:59]).all()
    for end in range(60, 601, 7):
        expected = slow_half_life(deviation[end - 60 : end])
        np.testing.assert_allclose(ours[end - 1], expected, rtol=1e-8)
    if not missing:
        np.testing.assert_allclose(ours[-1], half_life(deviation[-60:]).bars, rtol=1e-10)


def test_what_does_not_revert_has_no_half_life() -> None:
    rising, turning, flat = 1.01 ** np.arange(30.0), (-1.0) ** np.arange(30), np.full(30, 3.0)
    for values in (rising, turning, flat):
        assert np.isnan(rolling_half_life(values, window=10)).all()


INDICATORS: dict[str, tuple[int, Callable[[Array, int], Array]]] = {
    "ema": (ema_lead(7), lambda v, first: ema(v, span=7, origin=first)),
    "sma": (60, lambda v, first: sma(v, window=30, min_count=20, origin=first)),
    "upper": (60, lambda v, first: bollinger_bands(v, window=30, min_count=20, origin=first).upper),
    "vwap": (60, lambda v, first: vwap(v, np.abs(np.sin(v)), bar_ms=MINUTE_MS, anchor_ms=HOUR_MS, origin=first)),
    "volatility": (
        61,
        lambda v, first: rolling_volatility(v, window=30, bar_ms=1, min_count=20, origin=first).annual,
    ),
    "half-life": (61, lambda v, first: rolling_half_life(v, window=30, min_count=20, origin=first)),
}


@pytest.mark.parametrize("name", INDICATORS)
@given(cut=st.integers(80, 399), seed=st.integers(0, 5))
def test_later_bars_change_no_bit_of_earlier_values(name: str, cut: int, seed: int) -> None:
    _, indicator = INDICATORS[name]
    values = prices(400, seed=seed, missing=0.1)
    assert indicator(values[:cut], 1_000).tobytes() == indicator(values, 1_000)[:cut].tobytes()


@pytest.mark.parametrize("name", INDICATORS)
@given(skip=st.integers(1, 200), seed=st.integers(0, 5))
def test_bits_do_not_depend_on_the_first_bar_held(name: str, skip: int, seed: int) -> None:
    lead, indicator = INDICATORS[name]
    values = prices(600, seed=seed, missing=0.1)
    late, whole = indicator(values[skip:], 5_000 + skip), indicator(values, 5_000)
    assert late[lead:].tobytes() == whole[skip + lead :].tobytes()


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: ema([1.0, 2.0], span=3), TooShort),
        (lambda: ema([1.0, 2.0], span=1), InvalidWindow),
        (lambda: ema([[1.0]], span=2), WrongShape),
        (lambda: sma([1.0], window=2), TooShort),
        (lambda: bollinger_bands([1.0, 2.0], window=2, width=0.0), InvalidOption),
        (lambda: bollinger_bands([1.0, 2.0], window=2, ddof=-1), InvalidOption),
        (lambda: vwap([1.0], [1.0, 2.0], bar_ms=1), LengthMismatch),
        (lambda: vwap([1.0], [1.0], bar_ms=7), InvalidWindow),
        (lambda: rolling_volatility([1.0, 2.0], window=2, bar_ms=1), TooShort),
        (lambda: rolling_volatility([1.0, 2.0, 3.0], window=2, bar_ms=0), InvalidWindow),
        (lambda: rolling_half_life([1.0, 2.0, 3.0], window=3), InvalidWindow),
        (lambda: rolling_half_life(np.arange(9.0), window=6, min_count=2), InvalidWindow),
        (lambda: rolling_half_life([1.0, 2.0, 3.0], window=4), TooShort),
    ],
)
def test_what_cannot_be_computed_is_a_named_error(call: Callable[[], Array], error: type[Exception]) -> None:
    with pytest.raises(error):
        call()
