"""The application over a real store that holds two legs with a known relation, and a database of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dash import Dash
from flask.testing import FlaskClient
from redis import Redis

from dash_app.app import create_app
from engine.board import Board, open_board
from store import keys
from store.bars import Bar, Source, encode_bar
from store.sql.migrate import upgrade
from store.timeframes import Timeframe
from tests.api.legs import BARS, FIRST_MS, write_legs

PAIR = {
    "page": "pair", "y": "sim:YUSDT", "x": "sim:XUSDT", "timeframe": "1m", "method": "rolling", "beta": "",
    "window": "120", "z_window": "60", "scale": "log", "field": "close", "show": "normal",
    "tab": "overview", "bars": "0",
}  # fmt: skip
Ask = Callable[..., dict[str, Any] | None]


@pytest.fixture
def board(client: Redis, redis_url: str, tmp_path: Path) -> Iterator[Board]:
    write_legs(client)
    board = open_board(redis_url, f"sqlite:///{tmp_path}/pages.sqlite")
    upgrade(board.desk.database)
    yield board
    board.desk.database.close()


def one_more_bar(client: Redis, number: int = BARS) -> None:
    for name, price in (("sim:YUSDT", 1_650.0), ("sim:XUSDT", 3_000.0)):
        bar = Bar(FIRST_MS + number * 60_000, *[price] * 4, 1.0, 3, 1, 3, price, price, Source.TRADES, 0, 0)
        client.xadd(keys.bars(name, Timeframe.M1), {keys.FIELD: encode_bar(bar)})


@pytest.fixture
def app(board: Board) -> Dash:
    return create_app(board)


@pytest.fixture
def web(app: Dash) -> FlaskClient:
    return app.server.test_client()


@pytest.fixture
def ask(web: FlaskClient) -> Ask:
    """Post one tick as a browser does: the answer's data, None for "nothing new"."""

    def post(view: dict[str, str], seen: dict[str, str] | None = None, **more: Any) -> dict[str, Any] | None:
        tick = {"n": 1, "id": "7", "page": view["page"], "view": view, "seen": seen or {}, "theme": "dark", **more}
        body = {
            "output": "answer.data",
            "outputs": {"id": "answer", "property": "data"},
            "inputs": [{"id": "tick", "property": "data", "value": tick}],
            "changedPropIds": ["tick.data"],
        }
        response = web.post("/_dash-update-component", json=body)
        assert response.status_code == 200, response.text
        updated: dict[str, Any] = response.get_json()["response"]
        return updated["answer"]["data"] if updated else None

    return post
