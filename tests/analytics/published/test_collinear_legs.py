"""Where least squares stops: legs that are one line are refused, legs that only look like it are not.

The laws: what is a line up to the last digits of the prices is refused; NIST's Filip, whose powers are a millionth of a
millionth from one line, is not; and whatever is not refused has a beta that is right. Scaling by powers of two changes
no bit.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from analytics import engle_granger, ols_hedge
from analytics.errors import AnalyticsError, Collinear, NumericalTrouble

Array = NDArray[np.float64]
seeds = st.integers(0, 10_000)


def walks(bars: int, legs: int, seed: int, *, level: float = 11.0, move: float = 1e-4) -> Array:
    steps = np.random.default_rng(seed).standard_normal((bars, legs))
    return np.asarray(level + move * np.cumsum(steps, axis=0))


@given(
    seed=seeds,
    bars=st.sampled_from([10, 60, 120, 720]),
    legs=st.integers(1, 4),
    level=st.sampled_from([0.0, 1e-3, 1.0, 11.0, 7e4]),
    move=st.sampled_from([1e-6, 1e-4, 1e-2, 1.0]),
    weight_exponent=st.floats(-3, 3),
    origin=st.sampled_from([0.0, 0.7, -300.0]),
)
def test_a_leg_that_others_make_up_is_refused_whatever_its_rounding(  # noqa: PLR0917 (hypothesis names them all)
    seed: int, bars: int, legs: int, level: float, move: float, weight_exponent: float, origin: float
) -> None:
    """Multiples, sums, differences and shifts of one to four legs, in any place among them."""
    rng = np.random.default_rng(seed)
    made_of = walks(bars, legs, seed, level=level, move=move)
    weights = rng.choice([-1.0, 1.0], legs) * 10.0 ** (weight_exponent * rng.random(legs))
    x = np.column_stack([made_of, origin + made_of @ weights])[:, rng.permutation(legs + 1)]
    with pytest.raises(AnalyticsError, match=r"one line|constant"):
        ols_hedge(rng.standard_normal(bars), x)


@pytest.mark.parametrize("move", [1e-3, 1e-5, 1e-7, 1e-9, 1e-11])
def test_logarithms_of_one_price_in_two_units_are_one_line(move: float) -> None:
    """The smaller the moves, the more of them is rounding: once, from 1e-6 down, beta came out in the ten thousands."""
    x = walks(720, 1, 1, move=move)[:, 0]
    y = np.random.default_rng(2).standard_normal(720)
    for twin in (x, x + np.log(1000.0), 3.0 * x, -x):
        with pytest.raises(Collinear, match="not multiples of each other"):
            ols_hedge(y, np.column_stack([x, twin]))


@given(seed=seeds, apart=st.floats(-16, 0), level=st.floats(-2, 5))
def test_what_is_not_refused_is_right(seed: int, apart: float, level: float) -> None:
    """Two legs that differ by 10^apart of their moves, prices of size 10^level: beta is true to a part in a hundred."""
    noise = np.random.default_rng(seed).standard_normal((120, 3))
    x1 = 10.0**level + np.cumsum(noise[:, 0])
    x = np.column_stack([x1, 0.5 * x1 + 10.0**apart * noise[:, 1]])
    y = x @ np.array([2.0, -3.0])
    try:
        fit = ols_hedge(y, x)
    except Collinear:
        assert apart < max(level, 1.0) - 11.5  # the walk itself reaches 10
    else:
        assert fit.beta == pytest.approx([2.0, -3.0], rel=0.01)


def test_filip_is_not_one_line_but_its_tenth_power_made_of_the_lower_ones_would_be(
    column: Callable[[str, str], Array],
) -> None:
    """Its tenth power is 6e-8 of itself away from the lower ones. Less away than its digits can tell is refused."""
    y, x = column("nist_filip", "y"), column("nist_filip", "x")
    powers = np.column_stack([x**power for power in range(1, 11)])
    assert np.asarray(ols_hedge(y, powers).beta)[9] == pytest.approx(-0.402962525080404e-04, rel=1e-5)
    lower = np.column_stack([np.ones(len(x)), powers[:, :9]])
    scaled = lower / np.linalg.norm(lower, axis=0)
    nearest = scaled @ np.linalg.lstsq(scaled, powers[:, 9], rcond=None)[0]
    nearer = np.column_stack([powers[:, :9], nearest])
    with pytest.raises(Collinear):
        ols_hedge(y, nearer)


@given(seed=seeds, y_bits=st.integers(-100, 100), x_bits=st.lists(st.integers(-100, 100), min_size=3, max_size=3))
def test_powers_of_two_in_the_units_change_no_bit(seed: int, y_bits: int, x_bits: list[int]) -> None:
    x = walks(60, 3, seed)
    y = np.random.default_rng(seed).standard_normal(60)
    units, unit = np.ldexp(1.0, x_bits), float(np.ldexp(1.0, y_bits))
    plain, scaled = ols_hedge(y, x), ols_hedge(y * unit, x * units)
    np.testing.assert_array_equal(scaled.beta * units / unit, plain.beta)
    np.testing.assert_array_equal(scaled.beta_stderr * units / unit, plain.beta_stderr)
    assert (scaled.alpha / unit, scaled.r_squared) == (plain.alpha, plain.r_squared)


@pytest.mark.parametrize("size", [1e-310, 1e-200, 1e-120, 1e120, 1e200, 1e307])
def test_prices_that_cannot_be_squared_are_refused_by_name(size: float) -> None:
    x, y = walks(60, 1, 1, level=5.0, move=1.0)[:, 0], walks(60, 1, 2, level=5.0, move=1.0)[:, 0]
    with pytest.raises(NumericalTrouble, match=r"leg x reaches .* scale the prices first"):
        ols_hedge(y, x * size)
    with pytest.raises(NumericalTrouble, match="leg y"):
        ols_hedge(y * size, x)
    with pytest.raises(NumericalTrouble):
        engle_granger(y, x * size)


def test_the_mean_of_a_long_series_far_from_zero_costs_no_digits() -> None:
    """The sum of 20,000 prices is rounded at its own size; the line and its errors must not notice."""
    rng = np.random.default_rng(3)
    moves, noise = np.cumsum(rng.choice([-1.0, 1.0], 20_000)) * 2.0**-14, rng.choice([-1.0, 1.0], 20_000) * 2.0**-14
    near, far = ols_hedge(moves + noise, moves), ols_hedge(4096.0 + moves + noise, 4096.0 + moves)
    assert far.beta == pytest.approx(near.beta, rel=1e-13)
    assert far.beta_stderr == pytest.approx(near.beta_stderr, rel=1e-12)
    assert far.residual_sd == pytest.approx(near.residual_sd, rel=1e-12)
