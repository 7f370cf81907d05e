"""The market page's cell of mark price and funding."""

from __future__ import annotations

from math import nan

import numpy as np
import pytest

from dash_app import ids
from dash_app.figures.market_view import MarketView
from dash_app.figures.view import Leg
from dash_app.views.market_head import mark_props
from engine.market.parameters import MarketParameters
from engine.market.rows import MARKET_DTYPE
from engine.market.snapshot import MarketSnapshot
from store.marks import MarkPrice

NOW_MS = 1_760_000_040_000
HOUR_MS = 3_600_000


@pytest.mark.parametrize(
    ("mark", "value", "note"),
    [
        (None, "", ""),
        (
            MarkPrice(64_001.256, 64_000.0, 0.0001, NOW_MS + 3 * HOUR_MS, NOW_MS - 1_000),
            "64,001.26",
            "+0.0100 % in 3 h",
        ),
        (
            MarkPrice(64_001.256, 64_000.0, -0.000125, NOW_MS + 90_000, NOW_MS),
            "64,001.26",
            "−0.0125 % in 1 min 30 s",
        ),
        (MarkPrice(64_001.256, 64_000.0, 0.0001, NOW_MS + HOUR_MS, NOW_MS - 16_000), "64,001.26", "told 08:53:44"),
        (MarkPrice(64_001.256, nan, nan, 0, NOW_MS), "64,001.26", "no funding"),
    ],
)
def test_what_the_cell_says(mark: MarkPrice | None, value: str, note: str) -> None:
    snapshot = MarketSnapshot(MarketParameters("usdm:BTCUSDT"), np.zeros(0, MARKET_DTYPE))
    view = MarketView(snapshot, Leg("usdm:BTCUSDT", "USDT", 0.01), "BTC", 240)
    props = mark_props(view, mark, NOW_MS)
    assert (props[ids.KPI_FUNDING]["children"], props[ids.KPI_FUNDING_NOTE]["children"]) == (value, note)
