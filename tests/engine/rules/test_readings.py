"""What each kind of rule reads of a pair, against pandas and by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.diagnosis import Confidence, Diagnosis, Verdict
from engine.findings.finding import Finding, Outcome, Subject
from engine.findings.keys import CUSUM, HALF_LIFE
from engine.parameters import PairParameters, Scale
from engine.rows import ROW_DTYPE, Note
from engine.rules.kinds import KINDS, SHORT_BARS, RuleKind, Source
from engine.rules.readings import bar_values, value_of_tests
from engine.snapshot import Snapshot
from engine.thresholds import DEFAULT_THRESHOLD

PAIR = PairParameters("sim:YUSDT", "sim:XUSDT", window=60)
BARS = 400
AT_BARS = [kind.key for kind in KINDS.values() if kind.source is Source.BARS]


def snapshot(seed: int = 1) -> Snapshot:
    rng = np.random.default_rng(seed)
    rows = np.zeros(BARS, ROW_DTYPE)
    rows["open_time_ms"] = np.arange(BARS) * 60_000
    rows["spread"] = np.cumsum(rng.standard_normal(BARS)) * 1e-4
    rows["spread"][50:53] = np.nan
    rows["beta"] = 1.0 + 0.1 * np.cumsum(rng.standard_normal(BARS)) / 20
    rows["z"] = rng.standard_normal(BARS)
    rows["correlation"] = rng.uniform(-1, 1, BARS)
    rows["completeness_y"] = rows["completeness_x"] = 1.0
    return Snapshot(PAIR, 0, rows, DEFAULT_THRESHOLD, BARS, 1)


def test_a_volatility_spike_is_the_ratio_of_two_deviations_that_share_no_change() -> None:
    shot = snapshot()
    changes = pd.Series(shot.rows["spread"]).diff()
    late = changes.rolling(SHORT_BARS, min_periods=int(0.8 * SHORT_BARS)).std()
    early = changes.shift(SHORT_BARS).rolling(PAIR.window, min_periods=int(0.8 * PAIR.window)).std()
    expected = (late / early).to_numpy(copy=True)
    expected[: PAIR.window + SHORT_BARS] = np.nan  # the first change is that of the second bar
    np.testing.assert_allclose(bar_values(RuleKind.VOLATILITY, shot, 0), expected, rtol=1e-9)


def test_beta_drift_is_the_change_against_the_beta_of_the_window_before_in_percent() -> None:
    shot = snapshot()
    beta = pd.Series(shot.rows["beta"])
    expected = 100 * (beta / beta.shift(PAIR.window) - 1).abs()
    np.testing.assert_allclose(bar_values(RuleKind.BETA_DRIFT, shot, 0), expected, rtol=1e-9)


def test_the_spread_is_in_basis_points_on_the_log_scale_and_in_price_on_the_raw_one() -> None:
    shot = snapshot()
    np.testing.assert_array_equal(bar_values(RuleKind.SPREAD_ABOVE, shot, 7), shot.rows["spread"][7:] * 1e4)
    raw = replace(shot, parameters=replace(PAIR, scale=Scale.RAW))
    np.testing.assert_array_equal(bar_values(RuleKind.SPREAD_BELOW, raw, 7), shot.rows["spread"][7:])


def test_a_gap_is_what_the_worse_leg_lacks_and_all_of_an_absent_bar() -> None:
    shot = snapshot()
    rows = shot.rows.copy()
    rows["completeness_y"][:4] = [1.0, 0.9, np.nan, np.nan]
    rows["completeness_x"][:4] = [1.0, 0.5, 0.75, np.nan]
    rows["note"][4] = Note.GAP
    found = bar_values(RuleKind.GAP, replace(shot, rows=rows), 0)
    np.testing.assert_allclose(found[:5], [0.0, 50.0, 25.0, np.nan, 100.0])


@given(kind=st.sampled_from(AT_BARS), first=st.integers(0, BARS), dropped=st.integers(0, BARS))
def test_a_value_is_the_same_however_many_bars_are_kept_and_asked_for(kind: RuleKind, first: int, dropped: int) -> None:
    shot = snapshot()
    whole = bar_values(kind, shot, 0)
    np.testing.assert_array_equal(bar_values(kind, shot, first), whole[first:])
    kept = bar_values(kind, replace(shot, rows=shot.rows[dropped:]), 0)
    assert len(kept) == BARS - dropped
    known = ~np.isnan(kept)
    np.testing.assert_array_equal(kept[known], whole[dropped:][known])
    reach = PAIR.window + SHORT_BARS  # a bar that far from the first one kept lacks nothing
    np.testing.assert_array_equal(kept[reach:], whole[dropped:][reach:])


def diagnosis(*findings: Finding, p_value: float | None = None) -> Diagnosis:
    return Diagnosis(
        as_of_ms=300_000,
        generation=0,
        bars=100,
        verdict=Verdict.DOUBTFUL,
        because="",
        p_value=p_value,
        confidence=Confidence.LOW,
        sure_because=(),
        watch=(),
        findings=findings,
        refits=(),
    )


@pytest.mark.parametrize(
    ("kind", "found", "value"),
    [
        (RuleKind.STATIONARITY, diagnosis(p_value=0.2), 0.2),
        (RuleKind.STATIONARITY, diagnosis(), np.nan),
        (
            RuleKind.HALF_LIFE_ABOVE,
            diagnosis(Finding(HALF_LIFE, Subject.SPREAD, Outcome.GOOD, "", numbers={"bars": 12.5})),
            12.5,
        ),
        (
            RuleKind.HALF_LIFE_ABOVE,
            diagnosis(Finding(HALF_LIFE, Subject.SPREAD, Outcome.BAD, "", reason="does not revert")),
            np.nan,
        ),
        (RuleKind.BREAK, diagnosis(Finding(CUSUM, Subject.PAIR, Outcome.BAD, "", numbers={"p_value": 0.004})), 0.004),
        (RuleKind.BREAK, diagnosis(), np.nan),
    ],
)
def test_the_tests_give_the_value_of_their_kinds(kind: RuleKind, found: Diagnosis, value: float) -> None:
    np.testing.assert_array_equal(value_of_tests(kind, found), value)
