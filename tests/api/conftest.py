"""The API over a real store that holds two legs with a known relation, and a database of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from redis import Redis

from dash_app.api import register_api
from engine.board import Board, open_board
from tests.api.legs import write_legs


@pytest.fixture
def board(client: Redis, redis_url: str, database_url: str) -> Iterator[Board]:
    write_legs(client)
    board = open_board(redis_url, database_url)
    yield board
    board.close()


@pytest.fixture
def api(board: Board) -> FlaskClient:
    server = OpenAPI("api_under_test", doc_prefix="/api/v1")
    register_api(server, board)
    return server.test_client()
