"""The word beside a signal whose alert is held back agrees with what the monitor's own judge does."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dash_app.figures.view import Leg, PairView
from dash_app.views.held_back import HeldBack, held_back, held_in_run
from dash_app.views.pair_head import head_props
from dash_app.views.readings import signal_now
from engine.board import Board
from engine.desk.records import pair_record
from engine.desk.types import AlertEvent, RuleWords, Settings
from engine.monitor.judge import Judge
from engine.monitor.levels import levels_at
from engine.parameters import PairParameters
from engine.rules.kinds import KINDS, RuleKind
from engine.snapshot import Snapshot
from store.sql.rules import LevelRecord, RuleRecord
from tests.dash_app.rows import made_rows, made_snapshot, sign_rows

PAIR = PairParameters("sim:YUSDT", "sim:XUSDT")
SETTINGS = (Settings(min_correlation=0.7),)
RULE = RuleRecord(7, pair_record(PAIR), "z", "watch", 0, (LevelRecord(0, None, None, True),))


def _snapshot(z: list[float], correlation: list[float]) -> Snapshot:
    """Rows that end with these; flat and together before."""
    rows = made_rows(len(z) + 10, z_window=5)
    rows["z"], rows["correlation"] = 0.0, 0.9
    rows["z"][10:], rows["correlation"][10:] = z, correlation
    sign_rows(rows)
    return made_snapshot(rows, PAIR)


def _held(snapshot: Snapshot) -> HeldBack | None:
    return held_in_run(snapshot, partial(levels_at, KINDS[RuleKind.Z], RULE.levels, SETTINGS, bar_ms=PAIR.timeframe.ms))


@pytest.mark.parametrize(
    ("z", "correlation", "held"),
    [
        ([2.4, 1.8], [0.21, 0.30], 0.21),
        ([2.4, 2.6, 1.8], [0.21, 0.30, 0.95], 0.30),
        ([-2.4], [np.nan], np.nan),
        ([-2.4], [-0.5], -0.5),
        ([2.4, 2.6], [0.21, 0.75], None),  # it fired a bar later
        ([2.4, 2.6], [0.75, 0.21], None),  # it had fired before
        ([2.4], [-0.8], None),  # what counts is how closely they move, not which way
        ([1.2], [0.1], None),  # no signal
        ([2.4, 0.2], [0.1, 0.1], None),  # it is over
    ],
)
def test_the_last_bar_beyond_the_level_is_named_unless_the_rule_fired_in_this_signal(
    z: list[float], correlation: list[float], held: float | None
) -> None:
    found = _held(_snapshot(z, correlation))
    assert (found is None) == (held is None)
    if found:
        assert found.correlation == pytest.approx(held, nan_ok=True)


@given(st.lists(st.tuples(st.floats(-4, 4), st.sampled_from((0.2, 0.9, -0.9, np.nan))), min_size=1, max_size=30))
def test_the_judge_writes_no_alert_in_a_signal_that_is_held_back_and_one_in_any_other(
    bars: list[tuple[float, float]],
) -> None:
    snapshot = _snapshot([z for z, _ in bars], [correlation for _, correlation in bars])
    judgement = Judge(RULE, PAIR, None, SETTINGS, epoch="", written_ms=0).bars(snapshot)
    assert judgement is not None
    now = signal_now(snapshot)
    began_ms = now.since_ms or 0
    fired = [alert for alert in judgement.alerts if alert.event is not AlertEvent.CLEAR and alert.at_ms >= began_ms]
    assert (_held(snapshot) is not None) == (now.signal != 0 and not fired)


@pytest.mark.parametrize(
    ("correlation", "words"),
    [
        (0.21, "alert held back: correlation 0.210 below 0.70"),
        (0.69996, "alert held back: correlation 0.69996 below 0.70"),
        (-0.5, "alert held back: correlation −0.500 below 0.70"),
        (np.nan, "alert held back: no correlation, 0.70 needed"),
    ],
)
def test_it_is_said_with_both_numbers_beside_the_signal(correlation: float, words: str) -> None:
    snapshot = _snapshot([2.4], [correlation])
    found = _held(snapshot)
    view = PairView(snapshot, Leg("sim:YUSDT", "USDT", 0.01), Leg("sim:XUSDT", "USDT", 0.01), 300)
    since = head_props(view, found)["kpi-signal-since"]
    assert [part.children for part in since["children"]][1:] == [words]
    assert "min_correlation" in since["title"]
    assert [part.children for part in head_props(view)["kpi-signal-since"]["children"]][1:] == []


def test_only_a_pair_with_a_rule_has_alerts_to_hold_back(board: Board) -> None:
    snapshot = _snapshot([2.4], [0.21])
    assert held_back(board, snapshot) is None
    board.desk.watch(PAIR, effective_ms=0)
    assert held_back(board, snapshot) is not None
    board.desk.change_settings(min_correlation=0.0, effective_ms=0)
    assert held_back(board, snapshot) is None


def test_a_rule_of_another_level_is_not_reached_by_the_signal(board: Board) -> None:
    board.desk.add_rule(PAIR, words=RuleWords(3.0, 1.0), effective_ms=0)
    assert held_back(board, _snapshot([2.4], [0.21])) is None
    assert held_back(board, _snapshot([3.4], [0.21])) is not None
