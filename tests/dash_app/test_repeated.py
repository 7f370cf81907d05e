"""Ticks that were answered before: the bytes and headers are Dash's own, and Flask is not asked again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from dash import Dash
from flask import Flask, request, request_started
from flask.testing import FlaskClient
from redis import Redis
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from dash_app.repeated import MOST_ASKED_BYTES, Response, ResponseCache
from tests.dash_app.conftest import PAIR, one_more_bar

PATH = "/_dash-update-component"
ENCODINGS = ["gzip, deflate, br, zstd", "gzip", "identity", ""]


def _body(seen: dict[str, str] | None = None, **changed: Any) -> dict[str, Any]:
    tick = {"n": 1, "id": "7", "page": "pair", "view": PAIR, "seen": seen or {}, "theme": "dark", "narrow": False}
    return {
        "output": "answer.data",
        "outputs": {"id": "answer", "property": "data"},
        "inputs": [{"id": "tick", "property": "data", "value": tick}],
        "changedPropIds": ["tick.data"],
        "parsedChangedPropsIds": ["tick.data"],
    } | changed


def _post(web: FlaskClient, body: object, encoding: str = "", **more: Any) -> TestResponse:
    return web.post(PATH, json=body, headers={"Accept-Encoding": encoding}, **more)


def _seen(response: TestResponse) -> dict[str, str]:
    seen: dict[str, str] = response.get_json()["response"]["answer"]["data"]["seen"]
    return seen


@pytest.fixture
def asked_of_flask(app: Dash) -> Iterator[list[str]]:
    """Paths of the requests that reached Flask."""
    paths: list[str] = []

    def note(_: Flask, **__: Any) -> None:
        paths.append(request.path)

    with request_started.connected_to(note, app.server):
        yield paths


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("nothing_new", [False, True])
def test_a_repeated_answer_is_byte_for_byte_what_dash_says(
    app: Dash, web: FlaskClient, encoding: str, nothing_new: bool, asked_of_flask: list[str]
) -> None:
    body = _body(_seen(_post(web, _body())) if nothing_new else {})
    environ = EnvironBuilder(PATH, method="POST", json=body, headers={"Accept-Encoding": encoding}).get_environ()
    said, status, headers = run_wsgi_app(lambda *call: Flask.wsgi_app(app.server, *call), environ)
    dash = b"".join(said)
    first = _post(web, body, encoding)
    before = len(asked_of_flask)
    again = [_post(web, body | {"inputs": [body["inputs"][0]]}, encoding) for _ in range(3)]
    assert len(asked_of_flask) == before
    for each in (first, *again):
        assert (each.status, each.data) == (status, dash)
        assert sorted(each.headers) == sorted(headers)


def test_a_new_bar_is_answered_anew(web: FlaskClient, client: Redis, asked_of_flask: list[str]) -> None:
    first = _post(web, _body())
    _post(web, _body())
    assert len(asked_of_flask) == 1
    one_more_bar(client)
    later = _post(web, _body())
    while _seen(later).get("figure") == _seen(first)["figure"]:
        later = _post(web, _body())
    assert len(asked_of_flask) >= 2


def test_browsers_with_another_number_of_ticks_share_an_answer_and_those_with_another_id_do_not(
    web: FlaskClient, asked_of_flask: list[str]
) -> None:
    body = _body()
    first = _post(web, body)
    body["inputs"][0]["value"]["n"] = 2
    assert _post(web, body).data == first.data
    assert len(asked_of_flask) == 1
    body["inputs"][0]["value"]["id"] = "8"
    assert _post(web, body).get_json()["response"]["answer"]["data"]["id"] == "8"
    assert len(asked_of_flask) == 2


@pytest.mark.parametrize(
    "body",
    [
        _body(output="acted.data", outputs={"id": "acted", "property": "data"}),
        _body(inputs=[]),
        _body(inputs="tick"),
        _body(changedPropIds=[]),
        _body(state=[{"id": "view", "property": "data", "value": 1}]),
        [],
        7,
    ],
)
def test_whatever_is_no_plain_tick_goes_to_dash_as_it_came(
    app: Dash, web: FlaskClient, body: object, asked_of_flask: list[str]
) -> None:
    app.server.config["PROPAGATE_EXCEPTIONS"] = False  # what Dash cannot read ends as its own status
    for times in (1, 2):
        _post(web, body)
        assert len(asked_of_flask) == times


def test_a_tick_with_a_query_or_too_long_or_broken_goes_to_dash(
    app: Dash, web: FlaskClient, asked_of_flask: list[str]
) -> None:
    app.server.config["PROPAGATE_EXCEPTIONS"] = False
    _post(web, _body())
    assert _post(web, _body(), query_string={"a": "1"}).status_code == 200
    long = _body()
    long["inputs"][0]["value"]["more"] = "x" * MOST_ASKED_BYTES
    assert _post(web, long).get_json() == _post(web, _body()).get_json()
    assert web.post(PATH, data=orjson.dumps(_body())[:-1], content_type="application/json").status_code == 400
    assert len(asked_of_flask) == 4


def test_responses_are_kept_within_their_bytes() -> None:
    kept = ResponseCache(capacity=100)
    for name in "abc":
        kept.set((name, "gzip"), Response("200 OK", [], name.encode() * 40))
    assert [kept.get((name, "gzip")) is not None for name in "abc"] == [False, True, True]
    kept.set(("b", "gzip"), Response("200 OK", [], b"b" * 90))
    assert kept.get(("c", "gzip")) is None
    assert kept.get(("b", "gzip")) == Response("200 OK", [], b"b" * 90)
