"""The API over a real store that holds two legs with a known relation, and a database of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from redis import Redis

from dash_app.api import register_api
from engine.board import Board, open_board
from store.sql.migrate import upgrade
from tests.api.legs import write_legs


@pytest.fixture
def board(client: Redis, redis_url: str, tmp_path: Path) -> Board:
    write_legs(client)
    board = open_board(redis_url, f"sqlite:///{tmp_path}/api.sqlite")
    upgrade(board.desk.database)
    return board


@pytest.fixture
def api(board: Board) -> Iterator[FlaskClient]:
    server = OpenAPI("api_under_test", doc_prefix="/api/v1")
    register_api(server, board)
    yield server.test_client()
    board.desk.database.close()
