"""Johansen's test against statsmodels and R's urca, in extended precision, and its laws.

Numbers marked `urca` are of R 4.2.2, package urca 1.3-3, `ca.jo(x, ecdet=…, K=lags + 1, spec="transitory")`, over
the Danish data of Johansen & Juselius (1990), which statsmodels ships, without seasonal dummies.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.datasets import danish_data
from statsmodels.tsa.vector_ar.vecm import VECM, coint_johansen

from analytics.canonical import prepared_legs, relations
from analytics.doornik import RankTrend
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
from analytics.reduced_rank import _hedge, _normalised, johansen
from tests.analytics.legs import Array, deviation, pair, walks

DET_ORDER: dict[RankTrend, int] = {"n": -1, "c": 0, "ct": 1}
EVERY_TREND: tuple[RankTrend, ...] = ("n", "rc", "c", "ct")


def two_legs(bars: int, seed: int) -> Array:
    return np.column_stack(pair(bars, seed))


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
    values = cointegrated(1_200, legs, 3)
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
        if trend != "n":  # the relation has a constant: without one it hardly is a relation, and gets no error bar
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
    values = 11.0 + 1e-4 * two_legs(400, 4)
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
    values = two_legs(120, seed)
    moved = values * [1.0, scale] + [0.0, shift]
    plain, other = johansen(values, trend=trend), johansen(moved, trend=trend)
    assert other.trace == pytest.approx(plain.trace, rel=1e-7)
    assert other.vectors[1] * scale == pytest.approx(plain.vectors[1], rel=1e-6)


@given(trend=st.sampled_from(EVERY_TREND), seed=st.integers(0, 200))
def test_swapped_legs_invert_the_hedge(trend: RankTrend, seed: int) -> None:
    values = two_legs(100, seed)
    forth, back = johansen(values, trend=trend), johansen(values[:, ::-1], trend=trend)
    assert back.trace == pytest.approx(forth.trace, rel=1e-9)
    assert forth.hedge_ratio is not None
    assert back.hedge_ratio == pytest.approx(1.0 / forth.hedge_ratio, rel=1e-7)
    assert back.rank == forth.rank


def test_very_large_and_very_small_prices_are_the_same_data() -> None:
    values = two_legs(200, 5)
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


def test_the_constant_is_the_level_of_the_spread() -> None:
    found = johansen(100.0 + two_legs(720, 7), trend="rc")
    assert found.constants is not None
    # y - 0.7 x reverts around 1, so with both raised by 100 around 31.
    assert -found.constants[0] == pytest.approx(31.0, abs=5.0)
    spread = (100.0 + two_legs(720, 7)) @ found.vectors[:, 0] + found.constants[0]
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
