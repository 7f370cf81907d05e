"""An alert says how complete its bar was when it was judged, and goes on saying so when the bar is revised."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from engine.bar_state import BarState, JudgedBar, bar_words, judged_bar
from engine.desk.desk import Desk
from engine.desk.types import RuleKind, RuleWords
from engine.monitor.journal import Journal
from engine.monitor.judge import Judge
from engine.parameters import PairParameters, PriceField
from engine.rows import ROW_DTYPE
from engine.snapshot import Snapshot
from engine.snapshots.pair_bars import PairBars
from engine.snapshots.plain_rows import plain_rows
from store.bars import PACKED_BAR, UNKNOWN_MISSING
from store.timeframes import Timeframe
from tests.engine.monitor.rows_of_z import snapshot_of_z

PAIR = PairParameters("sim:BTCUSDT", "sim:ETHUSDT")
W, L, U = BarState.WHOLE, BarState.LACKING, BarState.UNKNOWN

# what lacks of y, of x, of trades that were seen: what the alert is to say
PLANTED = [
    ((0, 0), (40, 7), JudgedBar(W, 0)),
    ((3, 0), (40, 7), JudgedBar(L, 3)),
    ((3, 2), (40, 7), JudgedBar(L, 5)),
    ((5_000, 1), (1_000_000, 7), JudgedBar(L, 5_001)),
    ((0, 4), (40, 0), JudgedBar(L, None)),  # of a bar without a trade the row keeps no number
    ((UNKNOWN_MISSING, 0), (40, 7), JudgedBar(U, None)),
    ((UNKNOWN_MISSING, 2), (40, 7), JudgedBar(U, 2)),
    ((UNKNOWN_MISSING, UNKNOWN_MISSING), (40, 7), JudgedBar(U, None)),
]


@pytest.mark.parametrize(("missing", "trades", "said"), PLANTED)
def test_a_row_tells_what_its_bars_lack(missing: tuple[int, int], trades: tuple[int, int], said: JudgedBar) -> None:
    legs = [np.zeros(1, PACKED_BAR) for _ in range(2)]
    for leg, lacks, seen in zip(legs, missing, trades, strict=True):
        leg["close"], leg["missing"], leg["trades"] = 100.0, lacks, seen
    rows = plain_rows(PairBars(Timeframe.M1, 0, *legs), PriceField.CLOSE, ROW_DTYPE)
    assert judged_bar(rows) == said


def test_an_absent_bar_is_said_to_be() -> None:
    legs = [np.zeros(1, PACKED_BAR) for _ in range(2)]
    legs[0]["close"], legs[1]["close"] = 100.0, math.nan
    rows = plain_rows(PairBars(Timeframe.M1, 0, *legs), PriceField.CLOSE, ROW_DTYPE)
    assert judged_bar(rows) == JudgedBar(BarState.ABSENT)
    assert bar_words(BarState.ABSENT, None) == "on a bar that is absent"
    assert bar_words(W, 0) == bar_words(None, None) == ""


def lacking(snapshot: Snapshot, share: float, trades: int) -> Snapshot:
    """The same rows, the last one with a share of the trades of y."""
    rows = snapshot.rows.copy()
    rows["completeness_y"][-1], rows["trades_y"][-1] = share, trades
    return replace(snapshot, rows=rows)


def test_an_alert_keeps_what_was_known_of_its_bar_when_the_bar_is_revised(desk: Desk) -> None:
    rule_id = desk.add_rule(PAIR, RuleKind.Z, RuleWords(min_correlation=0.0), effective_ms=0).id
    journal = Journal(desk, lambda: 1)
    journal.load()

    def judged(snapshot: Snapshot) -> None:
        (rule,) = desk.rule_records()
        judge = Judge(rule, PAIR, journal.state(rule_id), desk.settings_history(), epoch="e", written_ms=1)
        found = judge.bars(snapshot)
        journal.take([] if found is None else [found])

    judged(lacking(snapshot_of_z(PAIR, [0.0, 3.0]), 0.8, 12))
    (alert,) = desk.alerts()
    assert (alert.bar_state, alert.bar_missing) == (L, 3), "12 of 15"
    judged(lacking(snapshot_of_z(PAIR, [0.0, 1.0]), 1.0, 15))  # the three came late, and z is another
    journal.load()
    judged(snapshot_of_z(PAIR, [0.0, 1.0, 0.2]))
    first, cleared = sorted(desk.alerts(), key=lambda each: each.id)
    assert first == alert
    assert (cleared.event, cleared.bar_state, cleared.bar_missing) == ("clear", W, 0)


def test_a_rule_on_the_clock_has_no_bar_to_speak_of(desk: Desk) -> None:
    desk.add_rule(PAIR, RuleKind.NO_DATA, effective_ms=0)
    (rule,) = desk.rule_records()
    judge = Judge(rule, PAIR, None, desk.settings_history(), epoch="e", written_ms=1)
    judgement = judge.clock(0, 10 * 60_000)
    assert judgement is not None
    assert [alert.bar_state for alert in judgement.alerts] == [None]
