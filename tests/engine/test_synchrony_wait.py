"""What is said while there are too few trades for synchrony is what the runs of the tests then do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.diagnosis import DEAR_EVERY, Confidence, Diagnosis, Verdict, last_due_ms
from engine.findings.finding import Finding, Outcome, Subject
from engine.findings.keys import SYNCHRONY
from engine.findings.registry import BY_KEY
from engine.findings.sample import Sample
from engine.findings.synchrony import trades_needed_ms
from engine.findings.trades import SPAN_MS, PairTrades
from engine.parameters import PairParameters
from engine.rows import ROW_DTYPE
from engine.snapshot import Snapshot
from engine.synchrony_wait import synchrony_wait
from engine.thresholds import DEFAULT_THRESHOLD
from store.timeframes import Timeframe
from tests.engine.pair_data import X, Y

START_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z


def snapshot_of(p: PairParameters, bars: int, traded: int) -> Snapshot:
    """`bars` from midnight on, of which the last `traded` were made of trades and the others are history."""
    rows = np.zeros(bars, ROW_DTYPE)
    rows["open_time_ms"] = START_MS + p.timeframe.ms * np.arange(bars)
    for leg in ("y", "x"):
        rows[f"completeness_{leg}"] = np.where(np.arange(bars) >= bars - traded, 1.0, np.nan)
    return Snapshot(p, 1, rows, DEFAULT_THRESHOLD, have=1, need=1)


def found_of(p: PairParameters, trades_ms: int, begin_ms: int = 0) -> Finding:
    """What the statistic itself finds of legs that trade together ten times a second for so long."""
    times = np.arange(begin_ms, begin_ms + trades_ms, 100, dtype=np.int64)
    walk = np.exp(np.cumsum(np.random.default_rng(1).normal(0.0, 1e-4, len(times))))
    none = np.empty(0)
    trades = PairTrades(times, walk, times, walk)
    sample = Sample(p, np.empty(0, ROW_DTYPE), none, none, np.empty(0, np.int64), trades)
    (found,) = BY_KEY[SYNCHRONY].find(sample)
    return found


def diagnosis_with(*findings: Finding) -> Diagnosis:
    return Diagnosis(0, 1, 720, Verdict.DOUBTFUL, "", 0.5, Confidence.NONE, (), (), findings, ())


@pytest.mark.parametrize("timeframe", list(Timeframe))
@pytest.mark.parametrize("begin_ms", [0, 100, 500, 17_300, 59_900])
def test_what_is_needed_is_what_the_statistic_takes_and_the_hour_that_is_kept_holds_it(
    timeframe: Timeframe, begin_ms: int
) -> None:
    p = PairParameters(Y, X, timeframe)
    need, bar_ms = trades_needed_ms(p), min(timeframe.ms, 60_000)
    assert need <= SPAN_MS
    short, enough = found_of(p, need - 2 * bar_ms, begin_ms), found_of(p, need, begin_ms)
    assert short.outcome is Outcome.PLAIN
    assert "trades of both legs, had" in short.text
    assert enough.outcome in (Outcome.GOOD, Outcome.DOUBTFUL)


@pytest.mark.parametrize(("trades_ms", "had"), [(58_000, "57 s"), (9 * 60_000 + 100, "9 min"), (1_900, "1.0 s")])
def test_too_few_trades_advise_no_bar_and_say_how_long_both_legs_traded(trades_ms: int, had: str) -> None:
    """The last trade is a tenth of a second before the end. Bars of a second there are, and they advise nothing."""
    found = found_of(PairParameters(Y, X), trades_ms)
    assert found.outcome is Outcome.PLAIN
    assert found.text == f"Synchrony: takes 32 min of trades of both legs, had {had}"
    assert found.numbers["bar_ms"] is None
    assert found.numbers["reason"] == f"takes 32 min of trades of both legs, had {had}"
    assert found.numbers["curve"][0]["bars"] == (trades_ms - 100) // 1000 - 1


@pytest.mark.parametrize("timeframe", [Timeframe.S1, Timeframe.M1, Timeframe.M5])
@pytest.mark.parametrize("traded", [1, 4, 11])
@pytest.mark.parametrize("bars", [137, 240, 361])
def test_the_time_at_which_it_comes_is_the_first_run_with_trades_enough(
    timeframe: Timeframe, traded: int, bars: int
) -> None:
    """Against a clock that is moved on bar by bar, with the tests' own rule for when they run."""
    p = PairParameters(Y, X, timeframe)
    snapshot = snapshot_of(p, bars, traded)
    wait = synchrony_wait(snapshot, None)
    assert wait is not None
    assert wait.since_ms == START_MS + (bars - traded) * timeframe.ms
    assert wait.have_ms == traded * timeframe.ms
    every, runs = DEAR_EVERY.get(timeframe, 1), []
    for bar in range(bars, bars + 4_000):
        open_ms = START_MS + bar * timeframe.ms
        if last_due_ms(p, open_ms, every=every) == open_ms:
            runs.append(open_ms + timeframe.ms)
    assert wait.next_ms == runs[0]
    assert wait.ready_ms == next(run for run in runs if run - wait.since_ms >= trades_needed_ms(p))


def test_without_any_trade_there_is_no_time_to_say_and_a_judgement_ends_the_wait() -> None:
    p = PairParameters(Y, X)
    wait = synchrony_wait(snapshot_of(p, 200, 0), None)
    assert wait is not None
    assert (wait.have_ms, wait.since_ms, wait.ready_ms) == (0, None, None)
    too_few = Finding(SYNCHRONY, Subject.PAIR, Outcome.PLAIN, "")
    assert synchrony_wait(snapshot_of(p, 200, 5), diagnosis_with(too_few)) is not None
    for outcome in (Outcome.GOOD, Outcome.DOUBTFUL):
        judged = replace(too_few, outcome=outcome)
        assert synchrony_wait(snapshot_of(p, 200, 5), diagnosis_with(judged)) is None
    assert synchrony_wait(snapshot_of(p, 0, 0), None) is None


def test_no_trades_at_all_are_named_with_the_time_of_the_next_look() -> None:
    p = PairParameters(Y, X)
    none, no_times = np.empty(0), np.empty(0, np.int64)
    trades = PairTrades(no_times, none, no_times, none)
    sample = Sample(p, np.empty(0, ROW_DTYPE), none, none, no_times, trades)
    (found,) = BY_KEY[SYNCHRONY].find(sample)
    assert found.outcome is Outcome.PLAIN
    assert found.reason == (
        "no trades of both legs were kept by then; it takes 32 min of them, the next look is 10 min later"
    )
