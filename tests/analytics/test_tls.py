"""The interval of a total-least-squares beta, beside scipy's orthogonal distance regression, Pearson's test of what the
interval rules out, statsmodels' Newey–West errors, the exact deviation of a direction, and planted betas.
"""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from analytics.student import t_975
from analytics.tls import TlsHedge, tls_hedge

Array = NDArray[np.float64]
BETA = 0.8


def remembering(rng: np.random.Generator, phi: float, n: int) -> Array:
    """AR(1) of unit shocks, stationary; a walk for phi = 1."""
    values = np.empty(n)
    values[0] = rng.standard_normal() / math.sqrt(1.0 - phi * phi) if phi < 1.0 else 0.0
    shocks = rng.standard_normal(n)
    for t in range(1, n):
        values[t] = phi * values[t - 1] + shocks[t]
    return values


def legs(rng: np.random.Generator, *, phi: float, n: int, size: float = 0.7) -> tuple[Array, Array]:
    """Both with errors of one size, of a walk and of 0.8 times it."""
    true = np.cumsum(rng.standard_normal(n))
    return BETA * true + size * remembering(rng, phi, n), true + size * remembering(rng, phi, n)


def turned(y: Array, x: Array, slope: float) -> tuple[Array, Array]:
    """What lies along the direction of a slope, and across it."""
    length = math.hypot(1.0, slope)
    dx, dy = x - x.mean(), y - y.mean()
    return (dx + slope * dy) / length, (dy - slope * dx) / length


@pytest.mark.parametrize("beta", [-3.0, 0.02, 0.8, 30.0])
def test_the_classical_error_is_that_of_orthogonal_distance_regression(beta: float) -> None:
    """scipy's takes the nearest points of the line for the true ones, free of errors: l1 where ours has l1 - l2."""
    rng = np.random.default_rng(4)
    true = rng.standard_normal(400)
    y, x = 2.0 + beta * true + 0.1 * rng.standard_normal(400), true + 0.1 * rng.standard_normal(400)
    fit = tls_hedge(y, x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # scipy gives it to another package
        from scipy import odr  # noqa: PLC0415

        peer = odr.ODR(odr.RealData(x, y), odr.unilinear, beta0=[fit.beta, fit.alpha], partol=1e-12, sstol=1e-14).run()
    assert fit.beta == pytest.approx(peer.beta[0], rel=1e-6)
    along, across = turned(y, x, fit.beta)
    l1, l2 = float(along @ along), float(across @ across)
    assert fit.beta_stderr == pytest.approx(peer.sd_beta[0] * l1 / (l1 - l2), rel=1e-4)


def test_the_classical_error_is_the_textbook_one_of_a_principal_direction() -> None:
    """The variance of its angle is l1 l2 / (n (l1 - l2)²), of the eigenvalues of the covariance (Anderson 1963)."""
    y, x = legs(np.random.default_rng(6), phi=0.0, n=5_000)
    fit = tls_hedge(y, x)
    l2, l1 = np.linalg.eigvalsh(np.cov(x, y))
    angle = math.sqrt(l1 * l2 / 5_000) / (l1 - l2)
    assert fit.beta_stderr / (1.0 + fit.beta**2) == pytest.approx(angle, rel=1e-3)


@pytest.mark.parametrize("phi", [0.0, 0.8])
def test_its_ends_are_the_slopes_that_pearsons_test_just_rules_out(phi: float) -> None:
    """Along and across either end the correlation has the t that as many independent bars ask for."""
    for seed in range(20):
        y, x = legs(np.random.default_rng(seed), phi=phi, n=240, size=0.3)
        fit = tls_hedge(y, x)
        wanted = stats.t.ppf(0.975, fit.effective_n / 2) * math.sqrt(240 / fit.effective_n)
        for end in (fit.beta_low, fit.beta_high):
            r = float(stats.pearsonr(*turned(y, x, end)).statistic)
            assert abs(r) * math.sqrt(238 / (1.0 - r * r)) == pytest.approx(wanted, rel=1e-6)


def test_under_memory_it_is_as_wide_as_the_newey_west_errors_of_a_long_sample() -> None:
    rng = np.random.default_rng(8)
    n = 20_000
    true = remembering(rng, 0.95, n)
    y, x = BETA * true + 0.3 * remembering(rng, 0.8, n), true + 0.3 * remembering(rng, 0.8, n)
    fit = tls_hedge(y, x)
    along, across = turned(y, x, fit.beta)
    slope = sm.OLS(across, along).fit(cov_type="HAC", cov_kwds={"maxlags": 150}).bse[0]
    l1, l2 = float(along @ along), float(across @ across)
    expected = (1.0 + fit.beta**2) * slope * l1 / (l1 - l2)
    assert (fit.beta_high - fit.beta_low) / 2.0 / t_975(fit.effective_n / 2.0) == pytest.approx(expected, rel=0.15)
    assert fit.beta_stderr < 0.5 * expected


def test_it_is_as_wide_as_beta_is_uncertain() -> None:
    """The deviation of beta over 600 samples, as an oracle that knows no formula."""
    fits = [tls_hedge(*legs(np.random.default_rng(seed), phi=0.8, n=720, size=0.5)) for seed in range(600)]
    relative = np.array([(fit.beta - BETA) / (fit.beta_high - fit.beta_low) for fit in fits])
    assert np.quantile(np.abs(relative), 0.95) == pytest.approx(0.5, rel=0.2)


def held(fits: list[TlsHedge]) -> float:
    return float(np.mean([fit.beta_low <= BETA <= fit.beta_high for fit in fits]))


def held_classically(fits: list[TlsHedge]) -> float:
    return float(np.mean([abs(fit.beta - BETA) <= float(t_975(fit.n - 2)) * fit.beta_stderr for fit in fits]))


@pytest.mark.parametrize(("phi", "window"), [(0.0, 60), (0.5, 60), (0.8, 120), (0.9, 120), (0.95, 240), (1.0, 120)])
def test_the_planted_beta_is_held_by_95_of_100_where_the_classical_interval_fails(phi: float, window: int) -> None:
    rng = np.random.default_rng(int(1000 * phi) + window)
    fits = [tls_hedge(*legs(rng, phi=phi, n=window)) for _ in range(400)]
    assert 0.92 <= held(fits) <= 0.99
    if phi >= 0.8:
        assert held_classically(fits) < 0.7


def test_errors_of_y_alone_draw_beta_off_and_no_interval_mends_that() -> None:
    """What the method card says of it, so that nobody believes more."""
    rng = np.random.default_rng(12)
    fits = []
    for _ in range(300):
        x = np.cumsum(rng.standard_normal(120))
        fits.append(tls_hedge(BETA * x + 2.0 * rng.standard_normal(120), x))
    assert np.median([fit.beta for fit in fits]) > BETA
    assert held(fits) < 0.85


@given(seed=st.integers(0, 1_000), phi=st.sampled_from([0.0, 0.8]))
def test_swapping_the_legs_inverts_the_interval(seed: int, phi: float) -> None:
    y, x = legs(np.random.default_rng(seed), phi=phi, n=120)
    forth, back = tls_hedge(y, x), tls_hedge(x, y)
    assert back.effective_n == pytest.approx(forth.effective_n, rel=1e-9)
    if forth.beta_low > 0.0 and math.isfinite(forth.beta_high):
        assert back.beta_low == pytest.approx(1.0 / forth.beta_high, rel=1e-9)
        assert back.beta_high == pytest.approx(1.0 / forth.beta_low, rel=1e-9)
    elif math.isfinite(forth.beta_high):  # a line that may be flat may be upright with the legs swapped
        assert (back.beta_low, back.beta_high) == (-math.inf, math.inf)


@given(seed=st.integers(0, 1_000), angle=st.floats(-1.2, 1.2))
def test_turning_the_points_turns_the_interval(seed: int, angle: float) -> None:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(80)
    y = 0.1 * rng.standard_normal(80)
    flat = tls_hedge(y, x)
    fit = tls_hedge(x * math.sin(angle) + y * math.cos(angle), x * math.cos(angle) - y * math.sin(angle))
    for before, after in ((flat.beta_low, fit.beta_low), (flat.beta_high, fit.beta_high)):
        assert after == pytest.approx(math.tan(math.atan(before) + angle), rel=1e-7, abs=1e-9)


def test_where_the_line_may_be_upright_or_points_lie_around_nothing_bounds_beta() -> None:
    rng = np.random.default_rng(1)
    upright = tls_hedge(np.cumsum(rng.standard_normal(60)), 0.02 * rng.standard_normal(60))
    cloud = tls_hedge(rng.standard_normal(60), rng.standard_normal(60))
    for fit in (upright, cloud):
        assert math.isfinite(fit.beta)
        assert (fit.beta_low, fit.beta_high) == (-math.inf, math.inf)


def test_points_on_a_line_have_an_interval_of_nothing() -> None:
    x = np.arange(50.0)
    fit = tls_hedge(2.0 + 3.0 * x, x)
    assert fit.beta_low == pytest.approx(3.0, rel=1e-12)
    assert fit.beta_high == pytest.approx(3.0, rel=1e-12)
