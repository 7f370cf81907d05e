"""Nothing that a caller sends is passed over in silence: what stands twice, and what the method does not take."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

PAIR = "/api/v1/pairs/sim:YUSDT/sim:XUSDT"
TABLES = [f"{name}{form}" for name in ("series", "features") for form in ("", ".csv", ".xlsx")]
LEGS = {"y": "sim:YUSDT", "x": "sim:XUSDT", "instrument": "sim:YUSDT", "venue": "sim"}
LEGS |= {"alert_id": "1", "rule_id": "1", "watch_id": "1", "target_id": "1", "silence_id": "1", "symbol": "AB"}
LEGS |= {"note_id": "1"}


def refused(answer: Any, parameter: str) -> dict[str, Any]:
    assert answer.status_code == 400, answer.get_data(as_text=True)[:200]
    assert answer.content_type == "application/problem+json"
    problem: dict[str, Any] = answer.get_json()
    assert (problem["status"], problem["parameter"]) == (400, parameter)
    return problem


def test_a_parameter_that_stands_twice_is_refused_by_every_call_that_takes_one(api: FlaskClient) -> None:
    """Every parameter of every call, by the API's own description."""
    paths = api.get("/api/v1/openapi.json").get_json()["paths"]
    tried = 0
    for path, calls in paths.items():
        address = re.sub(r"\{(\w+)\}", lambda found: LEGS[found[1]], path)
        for parameter in calls.get("get", {}).get("parameters", []):
            if parameter["in"] == "query":
                name = parameter["name"]
                problem = refused(api.get(f"{address}?{name}=1&{name}=2"), name)
                assert problem["detail"] == f"The parameter {name} cannot be “1, 2”: give it once."
                tried += 1
    assert tried > 60


def test_twice_the_same_is_twice(api: FlaskClient) -> None:
    refused(api.get(f"{PAIR}/latest?window=60&window=60"), "window")
    refused(api.get(f"{PAIR}/latest?nonsense=1&nonsense=1"), "nonsense")
    assert api.get(f"{PAIR}/latest?window=60&z_window=60").status_code == 200


@pytest.mark.parametrize("method", ["", "&method=rolling", "&method=kalman", "&method=ols", "&method=tls"])
@pytest.mark.parametrize("call", ["latest", "tests", *TABLES])
def test_a_ratio_of_ones_own_is_refused_by_methods_that_find_theirs(api: FlaskClient, call: str, method: str) -> None:
    problem = refused(api.get(f"{PAIR}/{call}?beta=0.8{method}"), "beta")
    assert "leave it out" in problem["allowed"]
    assert "take fixed" in problem["allowed"]


@pytest.mark.parametrize("call", ["latest", *TABLES])
def test_with_the_method_that_takes_it_a_ratio_is_taken(api: FlaskClient, call: str) -> None:
    assert api.get(f"{PAIR}/{call}?beta=0.8&method=fixed").status_code == 200


@pytest.mark.parametrize("call", ["watchlist", "rules"])
def test_what_is_watched_is_read_as_strictly(api: FlaskClient, call: str) -> None:
    pair = {"y": "sim:YUSDT", "x": "sim:XUSDT"}
    refused(api.post(f"/api/v1/{call}", json={**pair, "beta": 0.8}), "beta")
    refused(api.post(f"/api/v1/{call}", json={**pair, "beta": 0.8, "method": "tls"}), "beta")
    assert api.post(f"/api/v1/{call}", json={**pair, "beta": None}).status_code == 201
    assert api.post(f"/api/v1/{call}", json={**pair, "beta": 0.8, "method": "fixed"}).status_code == 201
