"""Numbers that are kept to seven digits, as the API writes them: no more digits than they have, and none that lie."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dash_app.api.rows_out import bar_dicts, number
from engine.order_flow import imbalance
from store.bars import Bar, Source, encode_bar, parse_bars

volumes = st.floats(1e-8, 1e12)


def written(volume: float, bought: float) -> dict[str, float]:
    bars = parse_bars([encode_bar(_bar(volume, bought))])
    (out,) = bar_dicts(bars)
    return out


def _bar(volume: float, bought: float) -> Bar:
    return Bar(0, 1.0, 1.0, 1.0, 1.0, volume, 1, 1, 1, 1.0, 1.0, Source.TRADES, 0, 0, buy_volume=bought)


@given(volume=volumes, share=st.floats(0, 1))
def test_no_more_is_bought_than_was_traded(volume: float, share: float) -> None:
    out = written(volume, share * volume)
    assert 0.0 <= out["buy_volume"] <= out["volume"] == volume
    assert math.isclose(out["buy_volume"], share * volume, rel_tol=1e-6, abs_tol=1e-37)


@given(volume=volumes, share=st.floats(0, 1))
def test_the_imbalance_is_exact_to_seven_digits_and_within_its_bounds(volume: float, share: float) -> None:
    (flow,) = imbalance(parse_bars([encode_bar(_bar(volume, share * volume))]))
    assert -1.0 <= flow <= 1.0
    assert abs(flow - (2.0 * share - 1.0)) < 2e-7


@given(value=st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_number_of_seven_digits_shows_nine_at_most_and_is_read_back_to_the_bit(value: float) -> None:
    shown = number(np.float32(value))
    assert shown is not None
    assert np.float32(shown) == np.float32(value)
    assert len(Decimal(repr(shown)).normalize().as_tuple().digits) <= 9


@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_of_sixteen_digits_keeps_them_all(value: float) -> None:
    assert number(np.float64(value)) == number(value) == value


def test_what_is_no_number_is_null() -> None:
    assert [number(value) for value in (math.nan, math.inf, np.float32(np.nan), np.float64(-np.inf))] == [None] * 4
