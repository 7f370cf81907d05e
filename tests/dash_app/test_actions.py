"""What a person does on a page, checked on the server."""

from __future__ import annotations

import pytest

from dash_app.actions import act
from dash_app.export import watchlist_rows
from engine.board import Board

WATCH = {"kind": "watch", "y": "sim:YUSDT", "x": "sim:XUSDT", "window": "60"}


def test_watching_and_unwatching(board: Board) -> None:
    assert act(board, WATCH)["ok"]
    (watched,) = board.desk.watchlist()
    assert watched.parameters.window == 60
    (row,) = watchlist_rows(board)
    assert row[:5] == ["sim:YUSDT", "sim:XUSDT", "1m", 60, 60]
    assert act(board, {"kind": "unwatch", "id": str(watched.id)})["ok"]
    assert board.desk.watchlist() == ()


def test_thresholds_hold_for_all(board: Board) -> None:
    assert act(board, {"kind": "thresholds", "entry": "2.5", "exit": "0.4"})["ok"]
    settings = board.desk.settings()
    assert (settings.entry, settings.exit) == (2.5, 0.4)


@pytest.mark.parametrize(
    "order",
    [
        None,
        [],
        {"kind": "drop"},
        {"kind": "watch", "y": "sim:YUSDT", "x": "sim:NOPE"},
        {"kind": "watch", "y": "sim:YUSDT", "x": "sim:YUSDT"},
        {"kind": "thresholds", "entry": "abc", "exit": "0.5"},
        {"kind": "thresholds", "entry": "nan", "exit": "0.5"},
        {"kind": "thresholds", "entry": "0.4", "exit": "0.5"},
        {"kind": "unwatch", "id": "999"},
        {"kind": "unwatch", "id": "1e9"},
        {"kind": "acknowledge", "id": "12345"},
        {"kind": "acknowledge", "id": {"a": 1}},
    ],
)
def test_an_impossible_order_is_refused_in_words(board: Board, order: object) -> None:
    done = act(board, order)
    assert not done["ok"]
    assert done["words"]
