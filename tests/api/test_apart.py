"""What calls answer where the processes that they need are taken, or break off."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from threading import Event, Thread

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI

from dash_app.api import register_api
from engine.apart.apart import Apart
from engine.apart.children import ChildLimits, Children
from engine.board import Board
from tests.api.test_uploads import BARS, PREFIX, send

PARQUET = f"{PREFIX}/exports/bars/sim:YUSDT.parquet?timeframe=1m"
LIMIT_S = 60.0


def client_of(board: Board, redis_url: str, database_url: str, limits: ChildLimits) -> tuple[FlaskClient, Apart]:
    apart = Apart(redis_url, database_url, children=Children(limits))
    server = OpenAPI("api_of_few_children", doc_prefix="/api/v1")
    register_api(server, replace(board, apart=apart))
    return server.test_client(), apart


class Held(io.BytesIO):
    """A file that nobody finishes reading before it is let go."""

    def __init__(self) -> None:
        super().__init__(BARS.encode())
        self.begun, self.go_on = Event(), Event()

    def read(self, size: int | None = -1, /) -> bytes:
        self.begun.set()
        assert self.go_on.wait(LIMIT_S)
        return super().read(size)


@pytest.fixture
def taken(board: Board, redis_url: str, database_url: str) -> Iterator[FlaskClient]:
    """The API while its only process is taken."""
    client, apart = client_of(board, redis_url, database_url, ChildLimits(waiting=0))
    file = Held()
    holder = Thread(target=apart.preview, args=("ab.csv", file, None))
    holder.start()
    assert file.begun.wait(LIMIT_S)
    yield client
    file.go_on.set()
    holder.join(LIMIT_S)
    board.desk.database.close()


def test_who_finds_no_room_is_told_when_to_ask_again(taken: FlaskClient) -> None:
    answers = [
        send(taken, "/uploads/preview", BARS.encode()),
        send(taken, "/uploads", BARS.encode()),
        taken.get(PARQUET),
    ]
    for answer in answers:
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert answer.content_type == "application/problem+json"
        assert answer.get_json()["detail"].startswith("Other files and tables are worked on")
    assert taken.get(f"{PREFIX}/uploads").get_json()["items"] == []
    assert taken.get(PARQUET.replace(".parquet", ".csv")).status_code == 200


def test_what_takes_too_much_is_refused_in_words(board: Board, redis_url: str, database_url: str) -> None:
    client, _ = client_of(board, redis_url, database_url, ChildLimits(run_s=0.01))
    refused = send(client, "/uploads", BARS.encode())
    assert refused.status_code == 422
    assert "Nothing of this file was kept: it took longer than the 0.01 s" in refused.get_json()["detail"]
    table = client.get(PARQUET)
    assert (table.status_code, table.headers["Retry-After"]) == (503, "30")
    assert "Choose a shorter span, or take CSV" in table.get_json()["detail"]
    assert client.get(f"{PREFIX}/uploads").get_json()["items"] == []
    board.desk.database.close()


def test_a_parquet_file_says_how_long_it_is(api: FlaskClient) -> None:
    answer = api.get(PARQUET)
    assert int(answer.headers["Content-Length"]) == len(answer.data) > 1_000
