"""What is planted is what an analyst with the right tool finds: statsmodels, and the closed laws of the process."""

from __future__ import annotations

from functools import cache
from math import log

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from statsmodels.api import OLS, add_constant
from statsmodels.tsa.ar_model import AutoReg
from statsmodels.tsa.stattools import acf, adfuller, coint

from ingest.sim.catalogue import BREAK_SIZE, HOUR_MS, PAIRS, PairPlan, Relation
from ingest.sim.errors import UnknownPair
from ingest.sim.paths import STEPS, OrnsteinUhlenbeck, is_broken_hour
from ingest.sim.truth import Truth, breaks, find_plan
from ingest.sim.world import World, instrument_spec

FIRST_HOUR = 1_790_000_000_000 // HOUR_MS // 8 * 8
MINUTE_STEPS = STEPS // 60
COINTEGRATED = [plan for plan in PAIRS if plan.relation is Relation.COINTEGRATED]


@cache
def _world() -> World:
    return World(7)


def minutes(symbol: str, hours: range) -> NDArray[np.float64]:
    """Log of the fair price at the start of each minute."""
    paths = [_world().log_path(symbol, FIRST_HOUR + hour)[:-1:MINUTE_STEPS] for hour in hours]
    return np.concatenate(paths) + log(instrument_spec(symbol).price)


def mid_minutes(symbol: str, hours: range) -> NDArray[np.float64]:
    """Log of the quoted mid price at the start of each minute: rounded to ticks, as a board sees it."""
    spec, world = instrument_spec(symbol), _world()
    mids = []
    for hour in hours:
        start = (FIRST_HOUR + hour) * HOUR_MS
        quotes = world.quotes_between(symbol, start - 60_000, start + HOUR_MS - 1)
        rows = np.searchsorted(quotes.time_ms, start + np.arange(60) * 60_000, side="right") - 1
        mids.append(np.log((quotes.bid_ticks[rows] + spec.spread_ticks / 2) * spec.tick))
    return np.concatenate(mids)


@pytest.mark.parametrize("plan", COINTEGRATED, ids=lambda plan: plan.name)
def test_regression_recovers_beta_and_alpha(plan: PairPlan) -> None:
    y, x = minutes(plan.y, range(120)), minutes(plan.x, range(120))
    fit = OLS(y, add_constant(x)).fit(cov_type="HAC", cov_kwds={"maxlags": 120})
    truth = Truth(_world()).at(plan.name, FIRST_HOUR * HOUR_MS)
    assert abs(fit.params[1] - truth.beta) < 3 * fit.bse[1]
    assert abs(fit.params[0] - truth.alpha) < 3 * fit.bse[0]
    assert fit.bse[1] < 0.02, "the interval is narrow enough to mean something"


@pytest.mark.parametrize("plan", COINTEGRATED, ids=lambda plan: plan.name)
def test_autoregression_of_the_spread_recovers_its_half_life(plan: PairPlan) -> None:
    assert plan.half_life_s is not None
    truth = Truth(_world()).at(plan.name, FIRST_HOUR * HOUR_MS)
    spread = minutes(plan.y, range(120)) - truth.alpha - truth.beta * minutes(plan.x, range(120))
    fit = AutoReg(spread, 1).fit()
    planted_phi = 2 ** (-60 / plan.half_life_s)
    assert abs(fit.params[1] - planted_phi) < 3 * fit.bse[1]
    assert abs(log(planted_phi) / log(fit.params[1]) - 1) < 0.25


def test_what_is_quoted_shows_the_relation_too() -> None:
    plan = find_plan("BTCUSDT-ETHUSDT")
    y, x = mid_minutes(plan.y, range(12)), mid_minutes(plan.x, range(12))
    statistic, p_value, _ = coint(y, x)
    assert p_value < 0.01, statistic
    fit = OLS(y, add_constant(x)).fit(cov_type="HAC", cov_kwds={"maxlags": 60})
    assert abs(fit.params[1] - plan.beta) < 3 * fit.bse[1]


def test_each_leg_alone_wanders() -> None:
    p_values = [
        adfuller(minutes(symbol, range(12)), result_object=True).pvalue
        for symbol in ("ETHUSDT", "AVAXUSDT", "BCHUSDT", "XRPUSDT")
    ]
    assert min(p_values) > 0.01


def test_local_regressions_follow_the_moving_beta() -> None:
    plan = find_plan("LINKUSDT-DOTUSDT")
    planted, found = [], []
    for start in range(0, 48, 2):
        hours = range(start, start + 2)
        # Minute moves regressed in 5 min steps: a moving beta shifts levels, hardly moves.
        dy, dx = (np.diff(minutes(symbol, hours)[::5]) for symbol in (plan.y, plan.x))
        found.append(OLS(dy, add_constant(dx)).fit().params[1])
        middle_ms = (FIRST_HOUR + start + 1) * HOUR_MS
        planted.append(Truth(_world()).at(plan.name, middle_ms).beta)
    assert np.ptp(planted) == pytest.approx(2 * plan.beta_amplitude, rel=0.01)
    assert np.corrcoef(planted, found)[0, 1] > 0.7
    assert np.mean(np.subtract(found, planted)) == pytest.approx(0, abs=0.1)


def test_removing_the_planted_beta_path_leaves_the_planted_spread() -> None:
    plan = find_plan("LINKUSDT-DOTUSDT")
    truth = Truth(_world())
    times = (FIRST_HOUR * HOUR_MS + minute * 60_000 for minute in range(48 * 60))
    spread = np.array([truth.at(plan.name, time_ms).spread for time_ms in times])
    fit = AutoReg(spread, 1).fit()
    assert abs(fit.params[1] - 2 ** (-60 / plan.half_life_s)) < 3 * fit.bse[1]
    assert spread.std() == pytest.approx(plan.spread_sd, rel=0.15)


def test_the_breaking_pair_holds_and_comes_apart_as_the_schedule_says() -> None:
    plan = find_plan("ADAUSDT-XRPUSDT")
    truth = Truth(_world())
    calm, apart = [], []
    for hour in range(FIRST_HOUR, FIRST_HOUR + 72):
        for minute in range(0, 60, 5):
            now = truth.at(plan.name, hour * HOUR_MS + minute * 60_000)
            assert now.broken == is_broken_hour(hour)
            (apart if now.broken else calm).append(now.spread)
    assert np.std(calm) == pytest.approx(plan.spread_sd, rel=0.2)
    assert np.abs(calm).max() < 5 * plan.spread_sd
    assert np.abs(apart).max() > 0.75 * BREAK_SIZE
    assert np.mean(np.abs(apart) > 5 * plan.spread_sd) > 0.4


def test_the_schedule_of_breaks_is_the_same_every_day() -> None:
    plan, day_ms = find_plan("ADAUSDT-XRPUSDT"), 24 * HOUR_MS
    midnight = 20_000 * day_ms
    spells = [
        ((s.start_ms - midnight) // HOUR_MS, (s.end_ms - midnight) // HOUR_MS)
        for s in breaks(plan, midnight, midnight + day_ms)
    ]
    assert spells == [(5, 8), (13, 16), (21, 24)]
    assert breaks(find_plan("BTCUSDT-ETHUSDT"), midnight, midnight + day_ms) == ()


def test_the_lookalike_moves_together_and_is_not_cointegrated() -> None:
    together, p_values = [], []
    for start in range(0, 240, 12):
        y, x = (minutes(symbol, range(start, start + 12)) for symbol in ("ETHUSDT", "SOLUSDT"))
        together.append(np.corrcoef(y, x)[0, 1])
        p_values.append(coint(y, x)[1])
    assert np.median(together) > 0.75, "it looks related"
    # A true relation is found in every one of these half days; a false one at the test's own error rate.
    rejected = sum(p < 0.05 for p in p_values)
    assert rejected <= stats.binom.ppf(0.999, len(p_values), 0.05)


def test_a_process_entered_at_any_hour_obeys_its_law_across_hours_and_inside() -> None:
    """Variance sd² at boundaries and between them, correlation 2**(-lag / half-life) over each."""
    process = OrnsteinUhlenbeck(1, "a law", sd=2.0, half_life_s=1800.0)
    paths = np.array([process.path(hour) for hour in range(500_000, 502_000)])
    thirds = paths[:, :-1:2400].ravel()  # every 20 minutes
    assert thirds.std() == pytest.approx(2.0, rel=0.05)
    for column in (0, 1800, 3600, 5400):
        assert paths[:, column].std() == pytest.approx(2.0, rel=0.06), column
    expected = [2 ** (-20 * lag / 30) for lag in range(1, 5)]
    assert acf(thirds, nlags=4)[1:] == pytest.approx(expected, abs=0.05)
    steps = np.diff(paths[:50], axis=1)
    keep = 2 ** (-0.5 / 1800)
    assert steps.std() == pytest.approx(2.0 * (2 * (1 - keep)) ** 0.5, rel=0.01)
    assert stats.kstest(thirds[::6] / 2.0, "norm").pvalue > 0.01


def test_an_unplanted_pair_is_refused() -> None:
    with pytest.raises(UnknownPair, match="BTCUSDT-TRXUSDT"):
        Truth(_world()).at("BTCUSDT-TRXUSDT", FIRST_HOUR * HOUR_MS)


def test_the_lookalike_has_no_beta_to_ask_for() -> None:
    now = Truth(_world()).at("ETHUSDT-SOLUSDT", FIRST_HOUR * HOUR_MS)
    assert (now.alpha, now.beta, now.spread, now.half_life_s) == (None, None, None, None)
