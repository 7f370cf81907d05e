"""The slow tests find the planted truth, say why they cannot judge, and come back whole from the store."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from redis import Redis

from engine.diagnose import diagnose
from engine.diagnosis import (
    Confidence,
    Diagnosis,
    Verdict,
    due,
    encode_diagnosis,
    last_due_ms,
    load_diagnosis,
    parse_diagnosis,
    save_diagnosis,
)
from engine.findings.finding import Finding, Outcome, Subject
from engine.parameters import PairParameters
from engine.rows import ROW_DTYPE
from engine.snapshot import Snapshot
from engine.snapshots.compute import compute_rows
from engine.spans import span_text
from engine.thresholds import DEFAULT_THRESHOLD
from store.client import connect_reader
from store.timeframes import Timeframe
from tests.engine.pair_data import Legs, X, Y, made_legs, pair_of

P = PairParameters(Y, X)


def snapshot_of(legs: Legs, p: PairParameters = P) -> Snapshot:
    pair = pair_of(legs)
    rows = compute_rows(pair, pair.first, p, (), before=np.empty(0, ROW_DTYPE))
    return Snapshot(p, 1, rows, DEFAULT_THRESHOLD, have=0, need=0)


def finding(diagnosis: Diagnosis, statistic: str, subject: Subject) -> Finding:
    found = diagnosis.finding(statistic, subject)
    assert found is not None
    return found


def test_a_planted_pair_is_found_cointegrated_with_its_half_life() -> None:
    snapshot = snapshot_of(made_legs(900, gaps=False))
    diagnosis = diagnose(snapshot)
    assert diagnosis.verdict is Verdict.COINTEGRATED
    assert diagnosis.doubts == ()
    assert diagnosis.bars == 720
    assert diagnosis.as_of_ms == snapshot.as_of_ms
    life = diagnosis.reversion
    assert life.bars is not None
    assert life.low is not None
    assert life.high is not None
    assert life.low < -np.log(2) / np.log(0.85) < life.high
    assert finding(diagnosis, "beta", Subject.PAIR).numbers["beta"] == pytest.approx(0.8, abs=0.05)
    assert diagnosis.p_value is not None
    assert diagnosis.p_value < 0.01


def test_two_legs_of_their_own_are_not_cointegrated() -> None:
    verdicts = []
    for seed in range(20):
        y, other = made_legs(720, seed=seed, gaps=False), made_legs(720, seed=seed + 100, gaps=False)
        verdicts.append(diagnose(snapshot_of(Legs(y.y, other.x))).verdict)
    assert verdicts.count(Verdict.COINTEGRATED) <= 2  # one in twenty is what 5 % means
    assert verdicts.count(Verdict.NOT_COINTEGRATED) >= 12


def test_a_stationary_leg_has_no_result() -> None:
    rng = np.random.default_rng(4)
    legs = made_legs(720, gaps=False)
    noise = [bar._replace(close=float(price)) for bar, price in zip(legs.y, 100 + rng.normal(size=720), strict=True)]
    diagnosis = diagnose(snapshot_of(Legs(noise, legs.x)))
    assert diagnosis.verdict is Verdict.NO_RESULT
    assert any("stationary by itself" in doubt for doubt in diagnosis.doubts)


def test_too_little_is_said_and_nothing_is_computed() -> None:
    diagnosis = diagnose(snapshot_of(made_legs(100, gaps=False)))
    assert diagnosis.verdict is Verdict.NO_RESULT
    assert [check.text for check in diagnosis.checks] == ["needs 120 bars with prices of both legs, has 100"]
    assert diagnosis.p_value is None
    assert diagnosis.because == diagnosis.reversion.reason == diagnosis.checks[0].text


def test_too_many_gaps_are_said() -> None:
    legs = made_legs(400, gaps=False)
    thinned = Legs(legs.y, [bar for i, bar in enumerate(legs.x) if i % 3 or i == 399])
    diagnosis = diagnose(snapshot_of(thinned))
    assert diagnosis.verdict is Verdict.NO_RESULT
    assert "too many gaps" in diagnosis.checks[0].text


def test_a_constant_leg_has_no_result_but_a_reason() -> None:
    legs = made_legs(300, gaps=False)
    diagnosis = diagnose(snapshot_of(Legs(legs.y, [bar._replace(close=5.0) for bar in legs.x])))
    assert diagnosis.verdict is Verdict.NO_RESULT
    assert "constant" in finding(diagnosis, "adf", Subject.X).reason
    assert "constant" in diagnosis.because
    assert any(check.outcome is Outcome.NONE for check in diagnosis.checks)


def test_the_same_rows_give_the_same_diagnosis_and_it_survives_the_store(client: Redis, redis_url: str) -> None:
    snapshot = snapshot_of(made_legs(400))
    diagnosis = diagnose(snapshot)
    assert diagnose(replace(snapshot, rows=snapshot.rows.copy())) == diagnosis
    assert load_diagnosis(client, P) is None
    save_diagnosis(client, P, diagnosis)
    assert load_diagnosis(connect_reader(redis_url), P) == diagnosis


def test_what_is_no_diagnosis_counts_as_none() -> None:
    raw = encode_diagnosis(diagnose(snapshot_of(made_legs(200))))
    for broken in (b"", b"[]", b"{}", b'"x"', raw[:-1], raw.replace(b"verdict", b"opinion")):
        assert parse_diagnosis(broken) is None


def test_tests_are_due_where_the_clock_says() -> None:
    minute = 60_000
    noon = 1_767_268_800_000
    assert last_due_ms(P, noon) == noon - minute  # the bar that closes at noon
    assert last_due_ms(P, noon + 3 * minute) == noon - minute
    assert last_due_ms(P, noon + 4 * minute) == noon + 4 * minute
    assert [i for i in range(20) if due(P, noon + i * minute)] == [4, 9, 14, 19]
    hourly = replace(P, timeframe=Timeframe.H1)
    assert due(hourly, noon)


@pytest.mark.parametrize(
    ("span_ms", "text"),
    [
        (0, "0.0 s"),
        (4_200, "4.2 s"),
        (9_960, "10 s"),
        (250_000, "4 min 10 s"),
        (7_200_000, "2 h"),
        (90_061_000, "1 d 1 h"),
    ],
)
def test_spans_in_words(span_ms: float, text: str) -> None:
    assert span_text(span_ms) == text


def test_an_earlier_diagnosis_only_spares_work() -> None:
    legs = made_legs(1_000)
    later, earlier = snapshot_of(legs), snapshot_of(Legs(legs.y[:900], legs.x[:880]))
    assert diagnose(later, diagnose(earlier)) == diagnose(later)


def test_after_a_revision_nothing_of_before_is_kept() -> None:
    snapshot = snapshot_of(made_legs(900, gaps=False))
    known = diagnose(snapshot)
    wrong = replace(known, refits=tuple(replace(refit, passed=None) for refit in known.refits))
    assert diagnose(replace(snapshot, generation=2), wrong).refits == known.refits


def test_refits_end_with_this_run_and_reach_back_by_periods() -> None:
    diagnosis = diagnose(snapshot_of(made_legs(900, gaps=False)))
    times = [refit.as_of_ms for refit in diagnosis.refits]
    assert len(times) == 12
    assert times[-1] == diagnosis.as_of_ms
    assert set(np.diff(times[:-1])) == {5 * 60_000}
    assert all(refit.passed for refit in diagnosis.refits)
    assert "12 of the last 12 runs passed, which overlap" in diagnosis.sure_because


def test_a_pair_that_held_and_fell_apart_is_called_broken() -> None:
    held = made_legs(1_000, gaps=False)
    rng = np.random.default_rng(9)
    apart = np.concatenate([np.zeros(955), np.cumsum(rng.normal(2e-3, 4e-3, 45))])
    y = [bar._replace(close=bar.close * float(np.exp(shift))) for bar, shift in zip(held.y, apart, strict=True)]
    before = diagnose(snapshot_of(Legs(held.y[:955], held.x[:955])))
    after = diagnose(snapshot_of(Legs(y, held.x)))
    assert before.verdict is Verdict.COINTEGRATED
    assert after.verdict is Verdict.BROKEN
    assert "but not over the whole sample" in after.because


def test_a_verdict_in_doubt_says_why_how_sure_and_what_to_watch() -> None:
    diagnosis = diagnose(snapshot_of(made_legs(400, gaps=False, phi=0.96, seed=4)))
    assert diagnosis.verdict is Verdict.DOUBTFUL
    assert "Johansen: no relation" in diagnosis.because
    assert diagnosis.confidence is Confidence.LOW  # 2 of 12 runs passed
    assert diagnosis.watch
    for words in (diagnosis.because, *diagnosis.watch):
        assert not any(word in words.lower() for word in ("buy", "sell", "enter", "trade now"))


def test_a_relation_that_holds_in_a_part_only_is_called_broken_and_says_which() -> None:
    rng = np.random.default_rng(4)
    legs = made_legs(720, gaps=False)
    apart = np.concatenate([np.zeros(300), np.cumsum(rng.normal(0, 2e-3, 420))])
    y = [bar._replace(close=bar.close * float(np.exp(shift))) for bar, shift in zip(legs.y, apart, strict=True)]
    diagnosis = diagnose(snapshot_of(Legs(y, legs.x)))
    part = finding(diagnosis, "parts", Subject.PAIR)
    assert diagnosis.verdict is Verdict.BROKEN
    assert part.numbers["p_value"] < 0.01
    assert part.numbers["parts"] == 9
    assert part.numbers["begins"] in ("01 Jan 00:00 UTC", "01 Jan 01:00 UTC")
