"""The application over a real store that holds two legs with a known relation, and a database of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from dash import Dash
from flask.testing import FlaskClient
from redis import Redis

from dash_app.app import create_app
from engine.board import Board, open_board
from engine.parameters import PairParameters
from store import keys
from store.bars import Bar, Source, encode_bar
from store.timeframes import Timeframe
from tests.api.legs import BARS, FIRST_MS, write_legs

PAIR = {
    "page": "pair", "y": "sim:YUSDT", "x": "sim:XUSDT", "timeframe": "1m", "method": "rolling", "beta": "",
    "window": "120", "z_window": "60", "scale": "log", "field": "close", "show": "normal",
    "tab": "overview", "bars": "0",
}  # fmt: skip
Ask = Callable[..., dict[str, Any] | None]
LIMIT_S = 60.0
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def board(client: Redis, redis_url: str, database_url: str) -> Iterator[Board]:
    write_legs(client)
    board = open_board(redis_url, database_url)
    yield board
    board.close()


def one_more_bar(client: Redis, number: int = BARS) -> None:
    for name, price in (("sim:YUSDT", 1_650.0), ("sim:XUSDT", 3_000.0)):
        bar = Bar(FIRST_MS + number * 60_000, *[price] * 4, 1.0, 3, 1, 3, price, price, Source.TRADES, 0, 0)
        client.xadd(keys.bars(name, Timeframe.M1), {keys.FIELD: encode_bar(bar)})


@pytest.fixture
def rule_id(board: Board) -> int:
    """A z rule of the two legs."""
    return board.desk.add_rule(PairParameters("sim:YUSDT", "sim:XUSDT")).id


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


@pytest.fixture
def url(board: Board, redis_url: str, database_url: str) -> Iterator[str]:
    """The web process on the board's store and database."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    settings = {
        "HOST": "127.0.0.1",
        "PORT": port,
        "REDIS_URL": redis_url,
        "DATABASE_URL": database_url,
        "MALLOC_ARENA_MAX": "1",  # as the Procfile has them
        "MALLOC_MMAP_THRESHOLD_": "131072",
        "OPENBLAS_NUM_THREADS": "1",
    }
    command = (sys.executable, "-m", "gunicorn", "-c", "dash_app/gunicorn_conf.py", "dash_app.wsgi:server")
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings, "WEB_CONCURRENCY": "1"})
    give_up = time.monotonic() + LIMIT_S
    while not _answers(f"http://127.0.0.1:{port}/"):
        assert process.poll() is None
        assert time.monotonic() < give_up
        time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(LIMIT_S)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except (requests.ConnectionError, requests.Timeout):
        return False
