"""Johansen's test against statsmodels, R's urca, the tables of MacKinnon, Haug & Michelis, and noise.

Numbers marked `urca` are of R 4.2.2, package urca 1.3-3, `ca.jo(x, ecdet=…, K=lags + 1, spec="transitory")`, over
the Danish data of Johansen & Juselius (1990), which statsmodels ships, without seasonal dummies.
"""

from __future__ import annotations

import math
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import signal, stats
from statsmodels.datasets import danish_data
from statsmodels.tsa.vector_ar.vecm import VECM, coint_johansen

from analytics.canonical import prepared_legs, relations
from analytics.doornik import RankTest, RankTrend, gamma_p, rank_critical, rank_p
from analytics.errors import (
    AnalyticsError,
    Collinear,
    ConstantSeries,
    InvalidOption,
    NotFinite,
    NumericalTrouble,
    TooShort,
    WrongShape,
)
from analytics.reduced_rank import Johansen, _hedge, _normalised, johansen

Array = NDArray[np.float64]
DET_ORDER: dict[RankTrend, int] = {"n": -1, "c": 0, "ct": 1}
EVERY_TREND: tuple[RankTrend, ...] = ("n", "rc", "c", "ct")
TESTS: tuple[RankTest, ...] = ("trace", "max_eigen")


def walks(bars: int, legs: int, seed: int) -> Array:
    return np.cumsum(np.random.default_rng([seed, bars, legs]).standard_normal((bars, legs)), axis=0)


def deviation(phi: float, bars: int, seed: int) -> Array:
    shocks = np.random.default_rng(seed).standard_normal(bars)
    return np.asarray(signal.lfilter([1.0], [1.0, -phi], shocks))


def pair(bars: int, seed: int, *, beta: float = 0.7, phi: float = 0.8) -> Array:
    """y and x of shape (bars, 2), with y - beta · x reverting around 1."""
    x = walks(bars, 1, seed)[:, 0]
    return np.column_stack([1.0 + beta * x + deviation(phi, bars, seed + 1), x])


def cointegrated(bars: int, legs: int, seed: int) -> Array:
    values = walks(bars, legs, seed)
    values[:, 0] = 3.0 + values[:, 1:].sum(axis=1) + deviation(0.7, bars, seed)
    return values


@pytest.mark.parametrize("trend", list(DET_ORDER))
@pytest.mark.parametrize("legs", [2, 3, 5, 12])
@pytest.mark.parametrize("lags", [1, 2, 4])
def test_it_is_coint_johansen_of_statsmodels(trend: RankTrend, legs: int, lags: int) -> None:
    for bars, values in ((720, walks(720, legs, 1)), (150, cointegrated(150, legs, 2)[:, : min(legs, 5)])):
        ours, theirs = johansen(values, trend=trend, lags=lags), coint_johansen(values, DET_ORDER[trend], lags)
        assert ours.trace == pytest.approx(theirs.lr1, abs=1e-8)
        assert ours.max_eigen == pytest.approx(theirs.lr2, abs=1e-8)
        assert ours.eigenvalues == pytest.approx(theirs.eig, abs=1e-10)
        assert ours.vectors == pytest.approx(theirs.evec / theirs.evec[0], rel=1e-5, abs=1e-6)
        assert np.array_equal(ours.critical_values["trace"], theirs.cvt)
        assert np.array_equal(ours.critical_values["max_eigen"], theirs.cvm)
        assert ours.n == bars - 1 - lags


@pytest.mark.parametrize(("trend", "theirs"), [("n", "n"), ("rc", "ci"), ("c", "co")])
@pytest.mark.parametrize("lags", [0, 1, 3])
@pytest.mark.parametrize("legs", [2, 3])
def test_relation_and_error_bar_are_those_of_the_vecm_of_statsmodels(
    trend: RankTrend, theirs: Any, lags: int, legs: int
) -> None:
    """Also without lags, where `coint_johansen` pairs each change with the level after it."""
    values = cointegrated(300, legs, 3)
    ours = johansen(values, trend=trend, lags=lags)
    models = [VECM(values, k_ar_diff=lags, coint_rank=rank, deterministic=theirs).fit() for rank in range(1, legs + 1)]
    assert ours.max_eigen[1:] == pytest.approx(2.0 * np.diff([model.llf for model in models]), abs=1e-8)
    assert ours.vectors[:, 0] == pytest.approx(models[0].beta[:, 0], rel=1e-9)
    if trend == "rc":
        assert ours.constants is not None
        assert ours.constants[0] == pytest.approx(models[0].det_coef_coint.item(), rel=1e-8)
    else:
        assert ours.constants is None
    if legs == 2:
        assert ours.hedge_ratio == pytest.approx(-models[0].beta[1, 0], rel=1e-9)
        assert ours.hedge_stderr == pytest.approx(models[0].stderr_beta[1, 0], rel=1e-7)
    else:
        assert (ours.hedge_ratio, ours.hedge_stderr) == (None, None)


URCA: list[tuple[RankTrend, int, list[float], list[float], list[float]]] = [
    (
        "rc", 1,
        [52.710866040, 19.094642159, 8.947661301, 2.287849265],
        [33.616223880, 10.146980859, 6.659812036, 2.287849265],
        [1.0, -0.969116402, 5.402771873, -4.140325466, -6.478051135],
    ),
    (
        "rc", 2,
        [51.358932625, 22.001679565, 8.408424427, 2.089133747],
        [29.357253060, 13.593255138, 6.319290680, 2.089133747],
        [1.0, -1.007910150, 4.995407003, -4.003723071, -6.188976063],
    ),
    (
        "c", 1,
        [48.803730959, 17.290171981, 7.144888377, 0.556015762],
        [31.513558977, 10.145283604, 6.588872615, 0.556015762],
        [1.0, -0.975654895, 5.408587668, -4.162443413],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("trend", "lags", "trace", "max_eigen", "vector"), URCA)
def test_danish_money_demand_is_that_of_urca(
    trend: RankTrend, lags: int, trace: list[float], max_eigen: list[float], vector: list[float]
) -> None:
    frame = danish_data.load_pandas().data[["lrm", "lry", "ibo", "ide"]]
    found = johansen(frame.to_numpy(), trend=trend, lags=lags)
    assert found.trace == pytest.approx(trace, abs=1e-6)
    assert found.max_eigen == pytest.approx(max_eigen, abs=1e-6)
    constant = [] if found.constants is None else [found.constants[0]]
    assert [*found.vectors[:, 0], *constant] == pytest.approx(vector, rel=1e-6)


def exact_trace(values: Array, trend: RankTrend, lags: int) -> float:
    """The first trace statistic from moments and their determinants, in extended precision, step by step."""
    levels = np.asarray(values, dtype=np.longdouble)
    changes = np.diff(levels, axis=0)
    n = len(changes) - lags
    ones = [np.ones((n, 1), dtype=np.longdouble)]
    past = [changes[lags - i : lags - i + n] for i in range(1, lags + 1)]
    fixed = [*past, *(ones if trend == "c" else [])]
    before = [levels[lags:-1], *(ones if trend == "rc" else [])]

    def log_variance(known: list[Any]) -> float:
        """Of the changes, given these columns: by elimination in their moments."""
        columns = np.hstack([*known, changes[lags:]])
        moments = columns.T @ columns
        for i in range(columns.shape[1] - levels.shape[1]):
            moments = moments - np.outer(moments[:, i], moments[i]) / moments[i, i]
        rest = moments[-levels.shape[1] :, -levels.shape[1] :]
        total = np.longdouble(0.0)
        for i in range(len(rest)):
            total += np.log(rest[i, i])
            rest = rest - np.outer(rest[:, i], rest[i]) / rest[i, i]
        return float(total)

    return n * (log_variance(fixed) - log_variance([*fixed, *before]))


@pytest.mark.parametrize("trend", ["n", "rc", "c"])
@pytest.mark.parametrize("lags", [0, 2])
def test_log_prices_lose_no_digits(trend: RankTrend, lags: int) -> None:
    """At a level of 11 and moves of a ten-thousandth, moments in double precision keep four digits fewer."""
    values = 11.0 + 1e-4 * pair(400, 4)
    assert johansen(values, trend=trend, lags=lags).trace[0] == pytest.approx(
        exact_trace(values, trend, lags), abs=2e-7
    )


@given(
    trend=st.sampled_from(["rc", "c", "ct"]),
    shift=st.floats(-1e3, 1e3),
    scale=st.floats(1e-3, 1e3),
    seed=st.integers(0, 50),
)
def test_level_and_scale_of_a_leg_do_not_matter(trend: RankTrend, shift: float, scale: float, seed: int) -> None:
    values = pair(120, seed)
    moved = values * [1.0, scale] + [0.0, shift]
    plain, other = johansen(values, trend=trend), johansen(moved, trend=trend)
    assert other.trace == pytest.approx(plain.trace, rel=1e-7)
    assert other.vectors[1] * scale == pytest.approx(plain.vectors[1], rel=1e-6)


@given(trend=st.sampled_from(EVERY_TREND), seed=st.integers(0, 200))
def test_swapped_legs_invert_the_hedge(trend: RankTrend, seed: int) -> None:
    values = pair(100, seed)
    forth, back = johansen(values, trend=trend), johansen(values[:, ::-1], trend=trend)
    assert back.trace == pytest.approx(forth.trace, rel=1e-9)
    assert forth.hedge_ratio is not None
    assert back.hedge_ratio == pytest.approx(1.0 / forth.hedge_ratio, rel=1e-7)
    assert back.rank == forth.rank


def test_very_large_and_very_small_prices_are_the_same_data() -> None:
    values = pair(200, 5)
    plain = johansen(values)
    for scale in (1e-300, 1e300):
        assert johansen(values * scale).trace == pytest.approx(plain.trace, rel=1e-9)
    with pytest.raises(NumericalTrouble, match="rescale"):
        johansen(values * [1e200, 1e-200])


def test_statistics_belong_together() -> None:
    found = johansen(walks(300, 4, 6))
    assert np.all(np.diff(found.eigenvalues) <= 0.0)
    assert found.max_eigen == pytest.approx(-found.n * np.log(1.0 - found.eigenvalues), rel=1e-9)
    assert found.trace == pytest.approx([found.max_eigen[r:].sum() for r in range(4)], rel=1e-12)
    assert np.array_equal(found.vectors[0], np.ones(4))


@pytest.mark.parametrize("trend", EVERY_TREND)
@pytest.mark.parametrize("test", TESTS)
def test_p_and_table_never_disagree(test: RankTest, trend: RankTrend) -> None:
    for left in range(1, 13):
        table = rank_critical(test, trend=trend, series=left)[0]
        found = [rank_p(value, test, trend=trend, left=left) for value in table]
        assert found == pytest.approx([0.10, 0.05, 0.01], rel=1e-9)
        grid = [rank_p(value, test, trend=trend, left=left) for value in np.linspace(0.0, 3.0 * table[2], 80)]
        assert grid[0] == 1.0
        assert np.all(np.diff(grid) <= 0.0)
        assert rank_p(1e6, test, trend=trend, left=left) == 0.0


def test_doornik_and_mackinnon_agree_though_neither_knew_the_other() -> None:
    """The gamma approximation of the one at the critical values of the other: its error is far below one point."""
    for test in TESTS:
        for trend in EVERY_TREND:
            for left in range(1, 13):
                table = rank_critical(test, trend=trend, series=left)[0]
                found = [gamma_p(value, test, trend, left) for value in table]
                assert found == pytest.approx([0.10, 0.05, 0.01], abs=0.0055), (test, trend, left)


def test_one_relation_left_under_a_drift_is_chi_squared() -> None:
    """Johansen (1995), theorem 6.2: with a drift the last statistic is chi-squared of one degree."""
    for stat in (0.1, 1.0, 2.7055, 5.0, 20.0):
        assert rank_p(stat, "trace", trend="c", left=1) == pytest.approx(stats.chi2.sf(stat, 1), rel=1e-3)


def test_the_published_five_percent_values_stand() -> None:
    """MacKinnon, Haug & Michelis (1999), as EViews prints them, for two legs."""
    published: dict[tuple[RankTest, RankTrend], list[float]] = {
        ("trace", "n"): [12.32090, 4.129906],
        ("max_eigen", "n"): [11.22480, 4.129906],
        ("trace", "rc"): [20.26184, 9.164546],
        ("max_eigen", "rc"): [15.89210, 9.164546],
        ("trace", "c"): [15.49471, 3.841466],
        ("max_eigen", "c"): [14.26460, 3.841466],
        ("trace", "ct"): [18.39771, 3.841466],
        ("max_eigen", "ct"): [17.14769, 3.841466],
    }
    for (test, trend), values in published.items():
        assert rank_critical(test, trend=trend, series=2)[:, 1] == pytest.approx(values, abs=8e-4)


@pytest.mark.parametrize("legs", [1, 2, 3])
def test_the_table_of_a_restricted_constant_is_that_of_its_limit(legs: int) -> None:
    """The functional of Brownian motion itself, in 500 steps: the bands are four standard errors of a share."""
    draws, steps = 20_000, 500
    rng = np.random.default_rng(legs)
    found = []
    for _ in range(10):
        step = rng.standard_normal((draws // 10, steps, legs)) / math.sqrt(steps)
        before = np.concatenate([np.zeros_like(step[:, :1]), np.cumsum(step, axis=1)[:, :-1]], axis=1)
        known = np.concatenate([before, np.ones_like(before[:, :, :1])], axis=2).transpose(0, 2, 1)
        cross, own = known @ step, known @ known.transpose(0, 2, 1) / steps
        found.append(np.linalg.eigvalsh(cross.transpose(0, 2, 1) @ np.linalg.solve(own, cross)))
    roots = np.concatenate(found)
    drawn_of: dict[RankTest, Array] = {"trace": roots.sum(axis=1), "max_eigen": roots[:, -1]}
    for test, drawn in drawn_of.items():
        for level, value in zip((0.10, 0.05, 0.01), rank_critical(test, trend="rc", series=legs)[0], strict=True):
            assert np.mean(drawn > value) == pytest.approx(level, abs=4.0 * math.sqrt(level / draws)), (test, level)


def found_in_noise(trend: RankTrend, *, drift: float, lags: int = 1) -> list[Johansen]:
    line = drift * np.arange(300.0)[:, np.newaxis]
    return [johansen(line + walks(300, 2, seed), trend=trend, lags=lags) for seed in range(800)]


@pytest.mark.parametrize(("trend", "drift"), [("rc", 0.0), ("c", 0.5)])
def test_noise_is_called_cointegrated_as_often_as_the_level_says(trend: RankTrend, drift: float) -> None:
    """Independent walks; the band is three standard errors of a share of 5 % in 800 trials, and one point above."""
    found = found_in_noise(trend, drift=drift)
    assert 0.027 < np.mean([one.rank > 0 for one in found]) < 0.083
    assert 0.027 < np.mean([one.rank_max_eigen > 0 for one in found]) < 0.083
    assert all((one.p_trace[0] < 0.05) == (one.rank > 0) for one in found)


def test_a_constant_that_supposes_a_drift_finds_too_much_where_there_is_none() -> None:
    """Why the restricted constant is there: the docstring's 10 of 100, within three standard errors."""
    assert 0.07 < np.mean([one.rank > 0 for one in found_in_noise("c", drift=0.0)]) < 0.15


@pytest.mark.parametrize("trend", ["rc", "c"])
def test_the_error_bar_of_the_hedge_holds_the_planted_beta(trend: RankTrend) -> None:
    """Nominal 95 %, asymptotic; the band is about four standard errors of 300 trials."""
    inside = []
    for seed in range(300):
        found = johansen(pair(400, seed, phi=0.5), trend=trend)
        assert found.hedge_ratio is not None
        assert found.hedge_stderr is not None
        inside.append(abs(found.hedge_ratio - 0.7) <= 1.96 * found.hedge_stderr)
    assert 0.90 <= np.mean(inside) <= 0.99


@pytest.mark.parametrize(("trend", "drift"), [("n", 0.0), ("rc", 0.0), ("c", 0.3)])
def test_a_planted_pair_has_one_relation_and_stationary_legs_have_two(trend: RankTrend, drift: float) -> None:
    x = walks(720, 1, 9)[:, 0] + drift * np.arange(720)
    planted = johansen(np.column_stack([0.7 * x + deviation(0.5, 720, 10), x]), trend=trend)
    assert (planted.rank, planted.rank_max_eigen, planted.full_rank) == (1, 1, False)
    assert planted.hedge_ratio == pytest.approx(0.7, abs=0.05)
    assert planted.p_trace[0] < 0.001
    assert planted.p_trace[1] > 0.05
    legs = johansen(np.column_stack([deviation(0.5, 720, 11), deviation(0.5, 720, 12)]), trend=trend)
    assert (legs.rank, legs.full_rank) == (2, True)


@pytest.mark.parametrize(("trend", "low", "high"), [("rc", 0.01, 0.11), ("c", 0.2, 0.4)])
def test_a_pair_is_called_stationary_legs_as_often_as_the_docstring_says(
    trend: RankTrend, low: float, high: float
) -> None:
    """Within about three standard errors of 200 trials."""
    found = [johansen(pair(500, seed, phi=0.5), trend=trend).full_rank for seed in range(200)]
    assert low <= np.mean(found) <= high


def test_the_constant_is_the_level_of_the_spread() -> None:
    found = johansen(100.0 + pair(720, 7), trend="rc")
    assert found.constants is not None
    # y - 0.7 x reverts around 1, so with both raised by 100 around 31.
    assert -found.constants[0] == pytest.approx(31.0, abs=5.0)
    spread = (100.0 + pair(720, 7)) @ found.vectors[:, 0] + found.constants[0]
    assert abs(np.mean(spread)) < 0.5


def test_a_relation_without_y_has_no_hedge() -> None:
    """Legs whose relation is x alone: the smallest part of y that can be told from none."""
    values = np.column_stack([walks(300, 1, 13)[:, 0], deviation(0.2, 300, 14)])
    legs = prepared_legs(values, trend="c", lags=1)
    found = relations(legs.levels, trend="c", lags=1)
    found.directions[0, 0] = 0.0
    assert _hedge(found, legs) == (None, None)
    vectors, _ = _normalised(found.directions, legs)
    assert np.isnan(vectors[:, 0]).all()
    assert np.isfinite(vectors[:, 1]).all()


def test_unusable_legs_are_refused() -> None:
    values = walks(100, 2, 1)
    holed = values.copy()
    holed[3, 1] = np.nan
    with pytest.raises(NotFinite, match="leg 2"):
        johansen(holed)
    with pytest.raises(TooShort, match="needs 30 bars, has 29"):
        johansen(values[:29])
    with pytest.raises(TooShort, match="needs 57 bars, has 50"):
        johansen(values[:50], lags=10)
    with pytest.raises(ConstantSeries, match="leg 1"):
        johansen(np.column_stack([np.full(100, 11.3), values[:, 0]]))
    for twin in (values[:, 0], -2.0 * values[:, 0], 5.0 + values[:, 0], 1e6 + 0.3 * values[:, 0]):
        for trend in EVERY_TREND:
            with pytest.raises(Collinear):
                johansen(np.column_stack([twin, values[:, 0]]), trend=trend)
    for shape in (values[:, 0], values[:, :1], np.zeros((2, 2, 2)), np.zeros((100, 13))):
        with pytest.raises(WrongShape):
            johansen(shape)


def test_legs_that_foretell_themselves_are_no_result() -> None:
    """Refused, or a number, which a step may well have; never a warning, never a NaN."""
    time = np.arange(100.0)
    walk = walks(100, 1, 2)[:, 0]
    stuck = np.where(time < 50, 0.0, 1.0)
    for exact in (time, time**2, 1.05**time, 0.9**time, np.tile([1.0, -1.0], 50), walk + time, stuck):
        for trend in EVERY_TREND:
            for lags in (1, 3):
                with suppress(AnalyticsError):
                    assert np.isfinite(johansen(np.column_stack([exact, walk]), trend=trend, lags=lags).trace).all()
    for trend in EVERY_TREND:
        with pytest.raises(NumericalTrouble):
            johansen(np.column_stack([1.05**time, walk]), trend=trend, lags=1)
    with pytest.raises(NumericalTrouble, match="straight line"):
        johansen(np.column_stack([time, walk]), trend="ct")


def test_impossible_options_are_refused() -> None:
    values = walks(100, 2, 1)
    with pytest.raises(InvalidOption, match="trend"):
        johansen(values, trend="ctt")  # type: ignore[arg-type]
    for lags in (-1, 1.5):
        with pytest.raises(InvalidOption, match="lags"):
            johansen(values, lags=lags)  # type: ignore[arg-type]
