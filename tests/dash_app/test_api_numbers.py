"""The API gives numbers as numbers, and null where there is nothing, as its description says."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

LATEST = "/api/v1/pairs/sim:YUSDT/sim:XUSDT/latest"
LEGS = {"y": "sim:YUSDT", "x": "sim:XUSDT"}
WANTED = LEGS | {
    "timeframe": "1m", "window": 90, "z_window": 45, "method": "fixed", "scale": "raw", "field": "close", "beta": 0.75,
}  # fmt: skip


def test_latest_and_series_give_their_parameters_as_numbers(web: FlaskClient) -> None:
    query = "window=90&z_window=45&method=fixed&beta=0.75&scale=raw"
    for call in ("latest", "series"):
        assert web.get(f"/api/v1/pairs/sim:YUSDT/sim:XUSDT/{call}?{query}").get_json()["parameters"] == WANTED
    assert web.get(LATEST).get_json()["parameters"]["beta"] is None


def test_watchlist_and_rules_give_the_same_and_take_it_back(web: FlaskClient) -> None:
    pair = web.post("/api/v1/watchlist", json=WANTED).get_json()["pair"]
    page = pair.pop("page")
    assert pair == WANTED
    assert web.get("/api/v1/rules").get_json()["items"][0]["pair"] == WANTED | {"page": page}
    again = web.post("/api/v1/watchlist", json=pair)
    assert again.status_code == 201
    assert len(web.get("/api/v1/watchlist").get_json()["items"]) == 1


def test_settings_that_nobody_changed_hold_since_no_time(web: FlaskClient) -> None:
    assert web.get("/api/v1/settings").get_json()["effective"] is None
    assert web.put("/api/v1/settings", json={"entry": 2.5}).get_json()["effective"].endswith("Z")


def _described(web: FlaskClient, name: str) -> dict[str, Any]:
    schemas: dict[str, Any] = web.get("/api/v1/openapi.json").get_json()["components"]["schemas"]
    properties: dict[str, Any] = schemas[name]["properties"]
    return properties


@pytest.mark.parametrize("name", ["ParametersOut", "PairOut"])
def test_the_description_says_the_same(web: FlaskClient, name: str) -> None:
    properties = _described(web, name)
    assert {properties[each]["type"] for each in ("window", "z_window")} == {"integer"}
    assert [each.get("type") for each in properties["beta"]["anyOf"]] == ["number", "null"]
    assert _described(web, "LatestOut")["parameters"] == {"$ref": "#/components/schemas/ParametersOut"}
    assert {"type": "null"} in _described(web, "SettingsOut")["effective"]["anyOf"]
