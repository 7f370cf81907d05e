"""The slow tests find the planted truth, say why they cannot judge, and come back whole from the store."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from redis import Redis

from engine.diagnose import diagnose
from engine.diagnosis import (
    Outcome,
    Verdict,
    due,
    encode_diagnosis,
    last_due_ms,
    load_diagnosis,
    parse_diagnosis,
    save_diagnosis,
)
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
    assert diagnosis.y_on_x.beta == pytest.approx(0.8, abs=0.05)


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
    assert diagnosis.unit_root_y.p_value is None
    assert diagnosis.y_on_x.reason == diagnosis.reversion.reason == diagnosis.checks[0].text


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
    assert "constant" in diagnosis.unit_root_x.reason
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
    for broken in (b"", b"[]", b"{}", b'"x"', raw[:-1], raw.replace(b"lags", b"legs")):
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
