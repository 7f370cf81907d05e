"""A row of the watchlist: coloured while it is alive, grey with its time when it is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from redis import Redis

from dash_app.components.cells import text
from dash_app.figures.view import Leg
from dash_app.views.held_back import HeldBack
from dash_app.views.watch_row import WatchRow, watch_cells
from dash_app.words import minute
from engine.board import Board
from engine.desk.types import WatchedPair
from engine.parameters import PairParameters
from store import keys
from store.feed import FeedState, State, encode_feed
from tests.api.legs import BARS, FIRST_MS
from tests.dash_app.conftest import Ask
from tests.dash_app.rows import made_rows, made_snapshot

PAIR = PairParameters("sim:BTCUSDT", "sim:ETHUSDT")
AS_OF_MS = FIRST_MS + BARS * 60_000


def _row(**change: Any) -> WatchRow:
    rows = made_rows()
    rows["z"][-1], rows["signal"][-1] = 2.42, -1
    y, x = Leg(PAIR.y, "USDT", 0.01), Leg(PAIR.x, "USDT", 0.01)
    snapshot = made_snapshot(rows, PAIR)
    row = WatchRow(WatchedPair(1, PAIR, 0), snapshot, y, x, None, None, None, snapshot.as_of_ms, "sim")
    return replace(row, **change)


def test_a_live_signal_is_coloured_and_one_that_is_over_is_not() -> None:
    live, stale = watch_cells(_row()), watch_cells(_row(stale_ms=AS_OF_MS))
    assert (live["tone"], live["signal_row"]) == ("short", "yes")
    assert (stale["tone"], stale["signal_row"]) == ("stale", "")
    for name in ("bar", "spark"):
        assert "sb-short-fill" in live[name]
        assert "sb-short-fill" not in stale[name]
    assert "Short" in stale["signal"]  # as it last was, in grey
    assert "sb-dim" in stale["signal"]
    assert "Stale since" in stale["verdict"]


def test_a_signal_whose_alert_is_held_back_says_so_where_its_alert_would_stand() -> None:
    row = _row(held=HeldBack(AS_OF_MS, 0.34, 0.7))
    cell = watch_cells(row)["alert"]
    assert text("held back: correlation 0.340") in cell
    assert f'title="{text("alert held back: correlation 0.340 below 0.70")}"' in cell
    assert "none yet" in watch_cells(replace(row, held=None))["alert"]
    assert row.version != replace(row, held=None).version


def test_the_monitor_asks_of_each_row_whether_its_alert_is_held_back(ask: Ask, board: Board) -> None:
    """The legs do not move together, so that a rule on z with a least correlation of 1 fires at no bar."""
    board.desk.change_settings(entry=0.1, exit=0.0, min_correlation=1.0, effective_ms=0)
    board.desk.watch(PairParameters("sim:YUSDT", "sim:XUSDT"), effective_ms=0)
    answer = ask({"page": "monitor"})
    assert answer is not None
    (row,) = answer["sections"]["watch"]["watch"]
    assert text("held back: correlation") in row["alert"]


def test_a_row_of_an_ended_replay_is_stale_says_when_and_asks_for_nothing() -> None:
    cells = watch_cells(_row(stale_ms=AS_OF_MS, ended=True))
    assert (cells["tone"], cells["look"]) == ("stale", "")
    assert "Replay ended 06&#58;40&#58;00 UTC" in cells["verdict"]
    assert "Replay ended" in cells["pair"]  # under the pair, on a phone


def test_a_row_of_another_time_than_the_rest_says_its_own_on_a_phone_too() -> None:
    row = _row()
    own = text(minute(row.snapshot.as_of_ms))
    assert own not in watch_cells(row)["pair"]
    assert watch_cells(replace(row, common_as_of_ms=AS_OF_MS))["pair"].count(own) == 2  # beside the pair, and under it


@pytest.mark.parametrize(("state", "ended"), [("streaming", False), ("ended", True)])
def test_the_monitor_knows_that_a_feed_has_ended(
    ask: Ask, board: Board, client: Redis, state: State, ended: bool
) -> None:
    board.desk.watch(PairParameters("sim:YUSDT", "sim:XUSDT"), effective_ms=0)
    now_ms = board.clock_ms()
    feed = FeedState("sim", "REPLAY", state, now_ms, now_ms, AS_OF_MS, AS_OF_MS, 0.0, 0.0, 0.0, 0, 0, 0, 0)
    client.set(keys.feed("sim"), encode_feed(feed))
    answer = ask({"page": "monitor"})
    assert answer is not None
    (row,) = answer["sections"]["watch"]["watch"]
    assert ("Replay ended" in row["verdict"]) == ended
    note = answer["sections"]["watch"]["props"]["watchlist-note"]["children"]
    assert "as of 06:40 UTC" in note  # not in a part that a narrow screen hides
