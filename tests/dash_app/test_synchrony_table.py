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


@pytest.mark.parametrize("bar_ms", [60_000, None])
def test_a_length_is_called_advised_where_the_finding_advises_one(bar_ms: int | None) -> None:
    numbers = {"curve": CURVE, "bar_ms": bar_ms, "hayashi_yoshida": 0.7}
    view = PairView(made_snapshot(made_rows(), PairParameters("sim:BTCUSDT", "sim:ETHUSDT")), *LEGS, 240)
    (table,) = synchrony_table(Finding(SYNCHRONY, Subject.PAIR, Outcome.DOUBTFUL, "", numbers=numbers), view)
    assert ("1 min, advised" in str(table)) is (bar_ms is not None)
    assert "1 s, advised" not in str(table)
