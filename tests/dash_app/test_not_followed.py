"""An instrument that is followed no longer does not look live, on whatever timeframe."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dash_app import ids
from dash_app.figures.view import Leg, PairView
from dash_app.views.pair_state import pair_state
from dash_app.views.silence import not_followed_words
from engine.parameters import PairParameters
from engine.views import FeedState, LegState
from store.timeframes import Timeframe
from tests.dash_app.rows import made_rows, made_snapshot

NOW = 1_770_000_000_000
FEED = FeedState("sim", "SIMULATED", "streaming", NOW, NOW - 60_000, NOW, NOW, 30.0, 90.0, 40.0, 0, 0, 0, 0)
ETH = replace(FEED, legs={"ETHUSDT": LegState(last_trade_ms=NOW)})


@pytest.mark.parametrize(
    ("feed", "instrument", "words"),
    [
        (ETH, "sim:BTCUSDT", "not followed any more"),
        (ETH, "sim:ETHUSDT", ""),
        (replace(ETH, refused={"BTCUSDT": "it is CANCEL_ONLY"}), "sim:BTCUSDT", "it is CANCEL_ONLY"),
        (replace(ETH, joining={"BTCUSDT": "its history is being fetched"}), "sim:BTCUSDT", "its history"),
        (FEED, "sim:BTCUSDT", ""),
        (ETH, "upload:MINE", ""),
        (replace(ETH, state="disconnected"), "sim:BTCUSDT", ""),
        (replace(ETH, legs={"sim:BTCUSDT": LegState()}), "sim:BTCUSDT", ""),
    ],
)
def test_why_nothing_new_comes_is_said_where_the_venues_feed_is_well(
    feed: FeedState, instrument: str, words: str
) -> None:
    said = not_followed_words(feed, instrument)
    assert words in said
    assert bool(said) == bool(words)


def test_a_pair_on_hours_says_so_long_before_its_next_bar_is_late() -> None:
    y, x = Leg("sim:BTCUSDT", "USDT", 0.01), Leg("sim:ETHUSDT", "USDT", 0.01)
    parameters = PairParameters("sim:BTCUSDT", "sim:ETHUSDT", Timeframe.H1)
    view = PairView(made_snapshot(made_rows(240), parameters=parameters), y, x, 240)
    assert "BTCUSDT is not followed any more" in str(pair_state(view, (ETH,), NOW)[ids.STATE])
