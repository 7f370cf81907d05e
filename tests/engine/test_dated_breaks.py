"""Breaks that were planted are dated where they were planted, and what no test dates has no mark."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from engine.dated_breaks import dated_breaks
from engine.diagnose import diagnose
from engine.diagnosis import Diagnosis, encode_diagnosis, parse_diagnosis
from engine.findings.finding import Finding, Outcome, Subject
from store.timeframes import Timeframe
from tests.engine.pair_data import FIRST, Legs, made_legs
from tests.engine.test_diagnosis import snapshot_of

N = 720
SHIFTED = 400  # bars before the level of y steps up


def close_ms(bar: int) -> int:
    """When the bar of that number, from 0, closed."""
    return (FIRST + bar + 1) * Timeframe.M1.ms


def stepped(seed: int) -> Legs:
    """The planted pair, y 2 % higher from bar `SHIFTED` on: some thirty deviations of the spread."""
    legs = made_legs(N, seed=seed, gaps=False)
    step = math.log(1.02)
    after = [bar._replace(close=bar.close * math.exp(step)) for bar in legs.y[SHIFTED:]]
    return Legs([*legs.y[:SHIFTED], *after], legs.x)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_planted_step_is_dated_to_its_bar_and_comes_back_from_the_store(seed: int) -> None:
    diagnosis = parse_diagnosis(encode_diagnosis(diagnose(snapshot_of(stepped(seed)))))
    found = {each.test: each for each in dated_breaks(diagnosis)}
    shift = found["Gregory–Hansen"]
    assert abs(shift.at_ms - close_ms(SHIFTED)) <= 3 * 60_000
    assert diagnosis is not None
    without = diagnosis.p_value is not None and diagnosis.p_value < 0.05
    assert shift.doubt is not without
    crossing = found["CUSUM"]
    assert close_ms(SHIFTED) <= crossing.at_ms <= close_ms(SHIFTED + 120)  # it is seen only afterwards
    assert crossing.doubt


def test_a_sound_pair_has_no_doubt_marked() -> None:
    found = dated_breaks(diagnose(snapshot_of(made_legs(N, gaps=False))))
    assert [each.test for each in found] == ["Gregory–Hansen"]
    assert not found[0].doubt
    assert "without a shift too" in found[0].means


def test_what_was_not_tested_has_no_breaks() -> None:
    assert dated_breaks(None) == ()
    assert dated_breaks(diagnose(snapshot_of(made_legs(60, gaps=False)))) == ()


def _with(diagnosis: Diagnosis, finding: Finding) -> Diagnosis:
    return replace(diagnosis, findings=(finding,))


def test_a_date_that_the_words_do_not_have_is_not_marked() -> None:
    diagnosis = diagnose(snapshot_of(made_legs(N, gaps=False)))
    numbers = {"p_low": 0.1, "p_high": 1.0, "break_at": 5, "break_ms": 7}
    no_shift = Finding("gregory_hansen", Subject.PAIR, Outcome.PLAIN, "", numbers=numbers)
    assert dated_breaks(_with(diagnosis, no_shift)) == ()
    chance = Finding("cusum", Subject.PAIR, Outcome.PLAIN, "", numbers={"crossed_ms": 7})
    assert [(each.at_ms, each.doubt, each.means) for each in dated_breaks(_with(diagnosis, chance))] == [
        (7, False, "may be chance")
    ]
    before = Finding("cusum", Subject.PAIR, Outcome.DOUBTFUL, "", numbers={"crossed_at": "21 Nov 05:32 UTC"})
    assert dated_breaks(_with(diagnosis, before)) == ()  # of a diagnosis that was kept before there were dates
