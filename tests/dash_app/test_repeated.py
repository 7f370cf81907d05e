"""Ticks that were answered before: the bytes and headers are Dash's own, and Flask is not asked again."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import Any

import brotli
import orjson
import pytest
from backports import zstd
from dash import Dash
from flask import Flask, request, request_started
from flask.testing import FlaskClient
from redis import Redis
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from dash_app.envelope import Response, learned
from dash_app.repeated import MOST_ASKED_BYTES, ResponseCache
from tests.dash_app.conftest import PAIR, one_more_bar

PATH = "/_dash-update-component"
ENCODINGS = ["gzip, deflate, br, zstd", "gzip", "br", "identity", ""]
UNPACK = {"": bytes, "zstd": zstd.decompress, "gzip": gzip.decompress, "br": brotli.decompress}


def _body(seen: dict[str, str] | None = None, tick: dict[str, Any] | None = None, **changed: Any) -> dict[str, Any]:
    plain = {"n": 1, "id": "7", "page": "pair", "view": PAIR, "seen": seen or {}, "theme": "dark", "narrow": False}
    return {
        "output": "answer.data",
        "outputs": {"id": "answer", "property": "data"},
        "inputs": [{"id": "tick", "property": "data", "value": plain | (tick or {})}],
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


def _plain(response: TestResponse | Response) -> tuple[str, list[tuple[str, str]], bytes]:
    """Status, headers but the length, and the body as the browser unpacks it."""
    headers = sorted((name, value) for name, value in response.headers if name != "Content-Length")
    body = response.data if isinstance(response, TestResponse) else response.body
    encoding = dict(headers).get("Content-Encoding", "")
    return response.status, headers, UNPACK[encoding](body)


def _by_dash(app: Dash, body: object, encoding: str) -> Response:
    """What Flask and Dash say by themselves."""
    environ = EnvironBuilder(PATH, method="POST", json=body, headers={"Accept-Encoding": encoding}).get_environ()
    said, status, headers = run_wsgi_app(lambda *call: Flask.wsgi_app(app.server, *call), environ)
    return Response(status, list(headers), b"".join(said))


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("what", ["whole", "one section", "nothing"])
def test_a_repeated_answer_is_what_dash_says(
    app: Dash, web: FlaskClient, encoding: str, what: str, asked_of_flask: list[str]
) -> None:
    seen = _seen(_post(web, _body()))
    body = _body({"whole": {}, "one section": seen | {"settings": "?"}, "nothing": seen}[what])
    dash = _by_dash(app, body, encoding)
    first = _post(web, body, encoding)
    before = len(asked_of_flask)
    again = [_post(web, body, encoding) for _ in range(3)]
    assert len(asked_of_flask) == before
    for each in (first, *again):
        assert _plain(each) == _plain(dash)
        assert int(each.headers["Content-Length"]) == len(each.data)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_other_answers_of_a_kind_are_what_dash_says_without_asking_it(
    app: Dash, web: FlaskClient, encoding: str, asked_of_flask: list[str]
) -> None:
    seen = _seen(_post(web, _body()))
    _post(web, _body(), encoding)
    _post(web, _body(seen | {"settings": "?"}), encoding)
    other = [_body({}, tick={"id": "8"}), _body({}, tick={"id": "9", "theme": "light"})]
    other += [_body({name: version for name, version in seen.items() if name != left}) for left in seen]
    expected = [_plain(_by_dash(app, body, encoding)) for body in other]
    before = len(asked_of_flask)
    said = [_plain(_post(web, body, encoding)) for body in other]
    assert said == expected
    through_dash = len(asked_of_flask) - before
    assert through_dash <= 3 or encoding.startswith("br")  # those of which it must be seen whether they are compressed


def test_what_cannot_be_learned_is_left_to_dash() -> None:
    body = b'{"response":{"a":1}}'
    fine = Response("200 OK", [("Content-Length", str(len(body))), ("Vary", "Cookie")], body)
    envelope = learned(fine, b'{"a":1}')
    assert envelope is not None
    assert envelope.around(b'{"b":22}') == Response(
        "200 OK", [("Vary", "Cookie"), ("Content-Length", "21")], b'{"response":{"b":22}}'
    )
    assert learned(fine, b'{"a":2}') is None
    assert learned(fine._replace(status="500 Internal Server Error"), b'{"a":1}') is None
    assert learned(fine._replace(headers=[("ETag", '"1"')]), b'{"a":1}') is None
    assert learned(fine._replace(headers=[("Content-Encoding", "br")]), b'{"a":1}') is None
    assert learned(fine._replace(body=b" " * 200 + body), b'{"a":1}') is None


def test_a_new_bar_is_answered_anew(web: FlaskClient, client: Redis) -> None:
    first = _post(web, _body())
    _post(web, _body())
    one_more_bar(client)
    later = _post(web, _body())
    while _seen(later).get("figure") == _seen(first)["figure"]:
        later = _post(web, _body())


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
    first = _post(web, _body())
    assert _post(web, _body(), query_string={"endId": "page~1f"}).data == first.data
    assert len(asked_of_flask) == 1
    assert _post(web, _body(), query_string={"endId": "page~1f", "job": "1"}).status_code == 200
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
