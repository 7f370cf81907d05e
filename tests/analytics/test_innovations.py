"""Health of a filter against statsmodels' Ljung–Box, and how often white noise is called ill."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.diagnostic import acorr_ljungbox
from statsmodels.tsa.stattools import acf

from analytics.errors import ConstantSeries, InvalidOption, NumericalTrouble, TooShort, WrongShape
from analytics.innovations import kalman_health


@pytest.mark.parametrize("lags", [1, 5, 10, 30])
def test_the_test_is_that_of_statsmodels(lags: int) -> None:
    rng = np.random.default_rng(lags)
    z = rng.standard_normal(300) + 0.3
    z[1:] += 0.2 * z[:-1]
    health, peer = kalman_health(z, lags=lags), acorr_ljungbox(z, lags=[lags])
    assert health.ljung_box == pytest.approx(peer["lb_stat"].iloc[0], rel=1e-10)
    assert health.p_value == pytest.approx(peer["lb_pvalue"].iloc[0], rel=1e-8)
    assert health.autocorrelation == pytest.approx(acf(z, nlags=1)[1], rel=1e-10)
    assert (health.mean, health.variance) == (pytest.approx(z.mean()), pytest.approx(z.var(ddof=1)))
    assert (health.n, health.lags) == (300, lags)


def test_missing_bars_keep_their_place() -> None:
    """Every second bar missing: nothing is known at odd lags, and at even ones all is as without the gaps."""
    rng = np.random.default_rng(6)
    dense = rng.standard_normal(200)
    sparse = np.full(400, np.nan)
    sparse[::2] = dense
    health = kalman_health(sparse, lags=2)
    assert health.n == 200
    assert health.autocorrelation == 0.0
    assert health.ljung_box == pytest.approx(acorr_ljungbox(dense, lags=[1])["lb_stat"].iloc[0], rel=1e-10)


def test_with_bars_missing_at_random_white_noise_still_has_uniform_p() -> None:
    rng = np.random.default_rng(1)
    p_values = []
    for _ in range(400):
        z = rng.standard_normal(200)
        z[rng.random(200) < 0.3] = np.inf
        p_values.append(kalman_health(z).p_value)
    assert np.mean(np.array(p_values) < 0.05) == pytest.approx(0.05, abs=0.03)
    assert np.mean(np.array(p_values) < 0.5) == pytest.approx(0.5, abs=0.08)


def test_white_noise_is_healthy_but_for_one_in_a_hundred() -> None:
    rng = np.random.default_rng(2)
    for n in (60, 240, 1_000):
        assert np.mean([kalman_health(rng.standard_normal(n)).healthy for _ in range(300)]) > 0.97


def test_what_is_wrong_is_said_in_words() -> None:
    z = np.random.default_rng(3).standard_normal(500)
    walk = np.cumsum(z)
    assert kalman_health(z).reasons == ()
    for ill, word in (
        (z + 0.5, "mean +0.5"),
        (2.0 * z, "wilder"),
        (0.5 * z, "calmer"),
        (walk / walk.std(), "remember"),
    ):
        health = kalman_health(ill)
        assert not health.healthy
        assert any(word in reason for reason in health.reasons), word
    assert "at 1 bar)" in kalman_health(walk / walk.std()).reasons[-1]


def test_a_faint_memory_in_many_bars_does_no_harm() -> None:
    rng = np.random.default_rng(4)
    z = rng.standard_normal(20_000)
    z[1:] += 0.05 * z[:-1]
    health = kalman_health(z)
    assert health.p_value < 1e-6
    assert health.healthy


@given(seed=st.integers(0, 1_000))
def test_sign_and_direction_do_not_matter(seed: int) -> None:
    z = np.random.default_rng(seed).standard_normal(80)
    plain, turned = kalman_health(z), kalman_health(-z[::-1])
    assert turned.ljung_box == pytest.approx(plain.ljung_box, rel=1e-9)
    assert turned.mean == pytest.approx(-plain.mean, abs=1e-12)


def test_refusals() -> None:
    z = np.random.default_rng(5).standard_normal(40)
    with pytest.raises(TooShort, match="needs 20 bars, has 19"):
        kalman_health(z[:19])
    with pytest.raises(TooShort, match="needs 60 bars, has 40"):
        kalman_health(z, lags=30)
    with pytest.raises(TooShort):
        kalman_health(np.full(50, np.nan))
    with pytest.raises(ConstantSeries):
        kalman_health(np.ones(50))
    with pytest.raises(WrongShape):
        kalman_health(np.ones((5, 10)))
    with pytest.raises(NumericalTrouble):
        kalman_health(z * 1e200)
    for lags in (0, -1, 2.5):
        with pytest.raises(InvalidOption, match="lags"):
            kalman_health(z, lags=lags)  # type: ignore[arg-type]


@pytest.mark.parametrize(("scale", "word"), [(0.62**0.5, "calmer"), (1.44**0.5, "wilder")])
def test_a_variance_that_chance_does_not_explain_is_said_in_two_windows(scale: float, word: str) -> None:
    """The very variances, of 240 innovations: three of their deviations, sqrt(2 / 240), are 0.27."""
    z = np.random.default_rng(5).standard_normal(240)
    z = scale * (z - z.mean()) / z.std(ddof=1)
    (reason,) = kalman_health(z).reasons
    assert word in reason


def test_fat_tails_make_a_variance_less_sure() -> None:
    """Normals and t(4) of the same variance, 1.35: the latter's own chance explains it."""
    rng = np.random.default_rng(6)
    normal, fat = rng.standard_normal(500), rng.standard_t(4, 500)
    wild, tame = (1.35**0.5 * (z - z.mean()) / z.std(ddof=1) for z in (normal, fat))
    assert any("wilder" in reason for reason in kalman_health(wild).reasons)
    assert not any("wilder" in reason for reason in kalman_health(tame).reasons)
