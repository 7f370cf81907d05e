"""A rehearsed rule says what the monitor's judge says of the same bars; what followed is counted as it came."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2

from analytics.outcomes import Ending
from engine.desk.types import AlertEvent, RuleKind, RuleWords, Settings
from engine.errors import ParameterError
from engine.parameters import Method, PairParameters, Scale
from engine.rehearsal import outcome_at, rehearse
from engine.snapshot import Snapshot
from tests.engine.monitor.rows_of_z import snapshot_of_z

PAIR = PairParameters("sim:BTCUSDT", "sim:ETHUSDT", window=10)
MINUTE = PAIR.timeframe.ms
SETTINGS = Settings(min_correlation=0.0)
Z = [0.0, 2.2, 3.0, 1.0, 0.4, -2.4, -1.0, -0.2, 0.0, 2.1, 2.0, 1.9]


def snapshot(z: list[float] | None = None) -> Snapshot:
    """The spread by the hedge (alpha 0, beta 1) moves as z does, by 10 bp a unit."""
    made = snapshot_of_z(PAIR, Z if z is None else z)
    rows = made.rows
    rows["x"], rows["beta"], rows["alpha"] = 100.0, 1.0, 0.0
    rows["y"] = 100.0 * np.exp(rows["z"] * 1e-3)
    return made


def test_it_fires_where_the_judge_would_have_and_tells_what_followed() -> None:
    found = rehearse(snapshot(), RuleKind.Z, RuleWords(), SETTINGS)
    assert [(alert.event, alert.at_ms // MINUTE - 1) for alert in found.alerts] == [
        (AlertEvent.ABOVE, 1),
        (AlertEvent.CLEAR, 4),
        (AlertEvent.BELOW, 5),
        (AlertEvent.CLEAR, 7),
        (AlertEvent.ABOVE, 9),
    ]
    first, second, last = (alert.outcome for alert in found.alerts if alert.event is not AlertEvent.CLEAR)
    assert first is not None
    assert (first.ending, first.bars) == (Ending.REVERTED, 3)
    np.testing.assert_allclose((first.favourable, first.adverse, first.move), (18.0, 8.0, 18.0), rtol=1e-9)
    assert second is not None
    np.testing.assert_allclose((second.bars, second.move, second.adverse), (2, 22.0, 0.0), atol=1e-9)
    assert last is not None
    assert last.ending is Ending.UNDER_WAY
    assert (found.fired, found.hits.hits, found.hits.n) == (3, 2, 2)
    assert (found.bars, found.from_ms, found.to_ms, found.unit) == (12, MINUTE, 12 * MINUTE, "bp")


def test_alerts_a_day_come_with_the_exact_interval() -> None:
    found = rehearse(snapshot(), RuleKind.Z, RuleWords(), SETTINGS)
    days = 12 / 1440
    low, high = chi2.ppf(0.025, 2 * 3) / 2 / days, chi2.ppf(0.975, 2 * 4) / 2 / days
    assert found.per_day == pytest.approx(3 / days)
    np.testing.assert_allclose((found.per_day_low, found.per_day_high), (low, high), rtol=1e-6)


def test_levels_lengths_and_correlation_are_those_of_the_words() -> None:
    words = RuleWords(fire=2.5, clear=1.0, pending_bars=0)
    assert [alert.z for alert in rehearse(snapshot(), RuleKind.Z, words, SETTINGS).alerts] == [3.0, 1.0]
    below = rehearse(snapshot(), RuleKind.Z_BELOW, RuleWords(), SETTINGS)
    assert [(alert.event, alert.z) for alert in below.alerts] == [(AlertEvent.BELOW, -2.4), (AlertEvent.CLEAR, -0.2)]
    assert below.alerts[0].outcome is not None
    assert below.alerts[0].outcome.bars == 2
    held = rehearse(replace(snapshot(), rows=_apart()), RuleKind.Z, RuleWords(min_correlation=0.5), SETTINGS)
    assert held.alerts == ()


def _apart() -> np.ndarray:
    rows = snapshot().rows.copy()
    rows["correlation"] = 0.1
    return rows


def test_other_kinds_fire_without_an_outcome() -> None:
    rows = snapshot().rows.copy()
    rows["correlation"] = [0.9, 0.9, 0.4, 0.4, 0.9, *[0.9] * 7]
    found = rehearse(replace(snapshot(), rows=rows), RuleKind.CORRELATION, RuleWords(), SETTINGS)
    assert [(alert.event, alert.outcome) for alert in found.alerts] == [
        (AlertEvent.BELOW, None),
        (AlertEvent.CLEAR, None),
    ]
    assert (found.fired, found.hits.n) == (1, 0)


def test_a_rule_that_is_off_is_rehearsed_as_if_it_were_on() -> None:
    assert rehearse(snapshot(), RuleKind.Z, RuleWords(enabled=False), SETTINGS).fired == 3


def test_without_a_bar_there_is_nothing_to_tell() -> None:
    found = rehearse(snapshot([]), RuleKind.Z, RuleWords(), SETTINGS)
    assert (found.bars, found.from_ms, found.per_day, found.alerts) == (0, None, None, ())


def test_bars_without_a_value_are_no_evidence() -> None:
    found = rehearse(snapshot([np.nan] * 30), RuleKind.Z, RuleWords(), SETTINGS)
    assert (found.bars, found.from_ms, found.to_ms) == (0, MINUTE, 30 * MINUTE)
    assert (found.fired, found.per_day, found.per_day_low, found.per_day_high) == (0, None, None, None)
    half = rehearse(snapshot([np.nan] * 12 + Z), RuleKind.Z, RuleWords(), SETTINGS)
    assert (half.bars, half.per_day) == (12, pytest.approx(3 / (12 / 1440)))


def test_on_raw_prices_moves_are_prices() -> None:
    shot = snapshot()
    raw = replace(shot, parameters=replace(PAIR, scale=Scale.RAW))
    found = outcome_at(raw, MINUTE, AlertEvent.ABOVE, 0.5, horizon=10)
    assert found is not None
    assert found.move == pytest.approx(float(shot.rows["y"][1] - shot.rows["y"][4]))
    assert outcome_at(raw, 99 * MINUTE, AlertEvent.ABOVE, 0.5, horizon=10) is None
    assert outcome_at(raw, MINUTE, AlertEvent.CLEAR, 0.5, horizon=10) is None


def test_what_is_not_kept_cannot_be_rehearsed() -> None:
    for kind in (RuleKind.STATIONARITY, RuleKind.BREAK, RuleKind.NO_DATA):
        with pytest.raises(ParameterError, match="not kept"):
            rehearse(snapshot(), kind, RuleWords(), SETTINGS)
    hindsight = replace(snapshot(), parameters=replace(PAIR, method=Method.OLS))
    with pytest.raises(ParameterError, match="hindsight"):
        rehearse(hindsight, RuleKind.Z, RuleWords(), SETTINGS)
