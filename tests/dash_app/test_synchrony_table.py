"""The table of correlation by bar length: which length it calls advised, and when it calls none so."""

from __future__ import annotations

import pytest

from dash_app.figures.view import Leg, PairView
from dash_app.views.synchrony import synchrony_table
from engine.findings.finding import Finding, Outcome, Subject
from engine.findings.keys import SYNCHRONY
from engine.parameters import PairParameters
from tests.dash_app.rows import made_rows, made_snapshot

LEGS = Leg("sim:BTCUSDT", "USDT", 0.1), Leg("sim:ETHUSDT", "USDT", 0.01)
CURVE = [
    {"length_ms": length_ms, "correlation": 0.6, "bars": 58, "stale_a": 0.0, "stale_b": 0.02}
    for length_ms in (1_000, 60_000)
]


@pytest.mark.parametrize(
    ("outcome", "advises"), [(Outcome.GOOD, True), (Outcome.DOUBTFUL, True), (Outcome.PLAIN, False)]
)
def test_a_length_is_advised_only_where_there_were_trades_enough(outcome: Outcome, advises: bool) -> None:
    numbers = {"curve": CURVE, "bar_ms": 60_000, "hayashi_yoshida": 0.7}
    view = PairView(made_snapshot(made_rows(), PairParameters("sim:BTCUSDT", "sim:ETHUSDT")), *LEGS, 240)
    (table,) = synchrony_table(Finding(SYNCHRONY, Subject.PAIR, outcome, "", numbers=numbers), view)
    assert ("1 min, advised" in str(table)) is advises
    assert "1 s, advised" not in str(table)
