"""What is nested deeper than any call's body is refused in words by every call, and leaves no traceback."""

from __future__ import annotations

import io
import logging
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from dash_app.api.nesting import MAX_DEPTH, deeper
from tests.api.test_strict import LEGS

LOST = 990
"""So deep that Python's own reader of JSON gives up, within a request."""


def _refused(answer: Any) -> None:
    assert answer.status_code == 400, answer.get_data(as_text=True)[:200]
    assert answer.content_type == "application/problem+json"
    assert "nested too deeply" in answer.get_json()["detail"]


DEPTHS = (MAX_DEPTH + 1, 300, LOST, 100_000)
NESTS = (("[", "]"), ('{"y":', "}"))


def test_every_call_with_a_body_refuses_what_is_nested_deeply(
    api: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Every call of the API's own description."""
    bodies = [opens * depth + "1" + closes * depth for depth in DEPTHS for opens, closes in NESTS]
    tried = 0
    with caplog.at_level(logging.WARNING):
        for path, calls in api.get("/api/v1/openapi.json").get_json()["paths"].items():
            address = re.sub(r"\{(\w+)\}", lambda found: LEGS[found[1]], path)
            for method, call in calls.items():
                if "application/json" in call.get("requestBody", {}).get("content", {}):
                    tried += 1
                    for body in bodies:
                        _refused(api.open(address, method=method.upper(), data=body, content_type="application/json"))
    assert tried >= 14
    assert caplog.records == []


@pytest.mark.parametrize("depth", [300, LOST, 100_000])
def test_a_text_of_a_form_is_refused_too(api: FlaskClient, caplog: pytest.LogCaptureFixture, depth: int) -> None:
    form = {"file": (io.BytesIO(b"time,price\n"), "a.csv"), "zone": "[" * depth + "]" * depth}
    answer = api.post("/api/v1/uploads/preview", data=form, content_type="multipart/form-data")
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    assert caplog.records == []


def test_depth_is_counted_to_the_level() -> None:
    nest: Any = {"a": 1}
    for _ in range(4):
        nest = [nest, 2]
    assert [deeper(nest, most) for most in (4, 5, 6)] == [True, False, False]
    assert not deeper("[[", 0)
    assert deeper({}, 0)


def test_what_is_not_nested_is_read_as_ever(api: FlaskClient) -> None:
    made = api.post("/api/v1/rules", json={"y": "sim:YUSDT", "x": "sim:XUSDT"})
    assert made.status_code == 201
    answer = api.post("/api/v1/rules", json=[[[1]]])
    assert (answer.status_code, answer.get_json()["parameter"]) == (400, "body")
