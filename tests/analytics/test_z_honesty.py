"""What z is worth: ranks against scipy, entries against the signal's own path, and the tails of a random walk."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analytics.errors import InvalidOption, NotFinite, TooShort, WrongShape
from analytics.rolling import rolling_zscore
from analytics.signal import signal_path, signal_step
from analytics.z_honesty import alert_frequency, beyond_share, percentile_of_z

nan, inf = math.nan, math.inf
# Halves make ties.
scores = st.lists(st.one_of(st.integers(-10, 10).map(lambda n: n / 2), st.just(nan)), min_size=1, max_size=60)


@given(z=scores, last=st.integers(-10, 10).map(lambda n: n / 2))
def test_the_percentile_is_the_mean_rank_of_scipy(z: list[float], last: float) -> None:
    known = [abs(one) for one in z if not math.isnan(one)]
    if len(known) < 20:
        with pytest.raises(TooShort, match=r"needs 2[01] bars"):
            percentile_of_z([*z, last])
        return
    found = percentile_of_z([*z, last])
    assert found.percentile == pytest.approx(stats.percentileofscore(known, abs(last), kind="mean"))
    assert (found.z, found.n) == (last, len(known))
    assert percentile_of_z(z, last=last) == found
    assert percentile_of_z([-one for one in z], last=-last).percentile == found.percentile


def test_a_z_without_comparison_is_refused() -> None:
    for missing in (nan, inf):
        with pytest.raises(NotFinite, match="the last z"):
            percentile_of_z([*[1.0] * 20, missing])
        with pytest.raises(NotFinite, match="the last z"):
            percentile_of_z([1.0] * 20, last=missing)
    for z in ([], [1.0], [nan, 1.0], [1.0] * 20, [inf] * 5 + [1.0] * 20):
        with pytest.raises(TooShort, match=r"needs 2[01] bars"):
            percentile_of_z(z)
    with pytest.raises(WrongShape):
        percentile_of_z(np.ones((2, 2)))


@given(z=scores, threshold=st.sampled_from([0.5, 1.0, 2.25]))
def test_the_share_beyond_is_a_count(z: list[float], threshold: float) -> None:
    known = [one for one in z if not math.isnan(one)]
    if not known:
        with pytest.raises(TooShort):
            beyond_share(z, threshold)
        return
    found = beyond_share(z, threshold)
    assert found.count == sum(one >= threshold or one <= -threshold for one in known)
    assert (found.n, found.threshold, found.share) == (len(known), threshold, found.count / len(known))


def test_infinity_is_beyond_any_threshold() -> None:
    assert beyond_share([inf, -inf, nan, 0.0], 2.0).share == pytest.approx(2 / 3)
    for threshold in (0.0, -1.0, nan, inf):
        with pytest.raises(InvalidOption, match="threshold"):
            beyond_share([1.0], threshold)


def test_the_rolling_z_of_a_random_walk_is_beyond_two_on_one_bar_in_seven() -> None:
    """13 to 15 % on windows of one and two hours of minutes; a normal score is there on 4.6 %."""
    for window in (60, 120):
        walks = [np.cumsum(np.random.default_rng(seed).standard_normal(5_000)) for seed in range(40)]
        share = np.mean([beyond_share(rolling_zscore(walk, window=window).z, 2.0).share for walk in walks])
        assert 0.13 < share < 0.15
    noise = np.random.default_rng(1).standard_normal(100_000)
    assert beyond_share(noise, 2.0).share == pytest.approx(2 * stats.norm.sf(2.0), abs=0.002)


@given(z=scores, entry=st.sampled_from([1.0, 2.0]), exit=st.sampled_from([-0.5, 0.0, 0.5]))
def test_entries_are_those_of_the_signal(z: list[float], entry: float, exit: float) -> None:
    bars = sum(not math.isnan(one) for one in z)
    if not bars:
        with pytest.raises(TooShort):
            alert_frequency(z, entry=entry, exit=exit, bar_s=60.0)
        return
    found = alert_frequency(z, entry=entry, exit=exit, bar_s=60.0)
    position, entries = 0, 0
    for one in z:
        before, position = position, signal_step(position, one, entry=entry, exit=exit)  # type: ignore[arg-type]
        entries += position not in (0, before)
    assert found.count == entries
    assert found.days == pytest.approx(bars / 1440)
    assert found.per_day == pytest.approx(entries / found.days)
    low = stats.chi2.ppf(0.025, 2 * entries) / 2 if entries else 0.0
    high = stats.chi2.ppf(0.975, 2 * entries + 2) / 2
    assert (found.low, found.high) == pytest.approx((low / found.days, high / found.days), rel=1e-8)


def test_a_turned_position_is_one_entry_and_a_wide_exit_makes_fewer() -> None:
    z = [2.5, -2.5, 0.0, 2.0, 1.0, 2.0]
    assert signal_path(z, 2.0, 0.5).tolist() == [-1, 1, 0, -1, -1, -1]
    assert alert_frequency(z, entry=2.0, exit=0.5, bar_s=60.0).count == 3
    assert alert_frequency(z, entry=2.0, exit=1.5, bar_s=60.0).count == 4


def test_the_interval_holds_the_rate_of_independent_entries_as_often_as_it_says() -> None:
    """Entries for a bar each, 12 days at 3 a day; nominal 95 %, and an exact interval is rather above it."""
    random = np.random.default_rng(2)
    held = 0
    for _ in range(200):
        z = np.where(random.random(12 * 1440) < 3 / 1440, 3.0, 0.0)
        found = alert_frequency(z, entry=2.0, exit=0.5, bar_s=60.0)
        held += found.low <= 3.0 <= found.high
    assert held >= 182


@pytest.mark.parametrize("options", [{"entry": 0.0}, {"exit": 2.0}, {"bar_s": 0.0}, {"bar_s": nan}, {"bar_s": inf}])
def test_impossible_options_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(InvalidOption, match=next(iter(options))):
        alert_frequency([1.0], **{"entry": 2.0, "exit": 0.5, "bar_s": 60.0, **options})
