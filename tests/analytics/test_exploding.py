"""What is called exploding, and what is not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.series import explodes


@given(
    growth=st.floats(1.2, 3.0),
    bars=st.integers(60, 600),
    level=st.floats(-1e3, 1e3),
    unit=st.sampled_from([-1e-3, 1e-300, 1.0, 1e9]),
    swings=st.booleans(),
)
def test_growth_by_a_fifth_a_bar_and_more_explodes(
    growth: float, bars: int, level: float, unit: float, swings: bool
) -> None:
    """At any level, in any unit, to one side or from side to side, and with some noise."""
    noise = np.random.default_rng(bars).standard_normal(bars)
    grown = (-growth if swings else growth) ** np.arange(float(bars)) + 0.1 * noise
    assert explodes(unit * (level + grown))


@given(seed=st.integers(0, 10_000), bars=st.integers(20, 720), kind=st.sampled_from(["normal", "t", "cauchy"]))
def test_walks_and_noise_do_not_explode_however_wild(seed: int, bars: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    steps = {"normal": rng.standard_normal, "t": lambda n: rng.standard_t(2, n), "cauchy": rng.standard_cauchy}
    noise = steps[kind](bars)
    walk = np.cumsum(noise)
    for values in (noise, walk, np.cumsum(walk), np.exp(0.01 * np.cumsum(np.clip(noise, -9.0, 9.0)))):
        assert not explodes(values)


def test_a_spike_a_step_a_line_and_what_dies_away_do_not_explode() -> None:
    time = np.arange(200.0)
    noise = np.random.default_rng(1).standard_normal(200)
    spike = noise.copy()
    spike[-1] = 1e9
    for values in (spike, np.where(time > 150, 1e6, 0.0), time, time**3, 0.5**time, (-0.9) ** time, np.zeros(200)):
        assert not explodes(values)


@pytest.mark.parametrize("bars", [4, 5, 7])
def test_fewer_than_two_bars_a_quarter_tell_nothing(bars: int) -> None:
    assert not explodes(1e3 ** np.arange(float(bars)))
    assert explodes(1e3 ** np.arange(8.0))
