"""Settings, watchlist and rules over HTTP: what is written is read back, what is wrong is refused."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

PAIR = {"y": "sim:YUSDT", "x": "sim:XUSDT"}


def test_settings_change_what_is_given_and_keep_the_rest(api: FlaskClient) -> None:
    changed = api.put("/api/v1/settings", json={"entry": 2.5}).get_json()
    assert (changed["entry"], changed["exit"]) == (2.5, 0.5)
    assert api.get("/api/v1/settings").get_json() == changed


@pytest.mark.parametrize("body", [{"entry": 0}, {"exit": 3}, {"entry": "many"}, {"refresh_ms": 1}, {"enter": 2}])
def test_impossible_settings_are_refused(api: FlaskClient, body: dict[str, object]) -> None:
    answer = api.put("/api/v1/settings", json=body)
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    assert api.get("/api/v1/settings").get_json()["entry"] == 2.0


@pytest.mark.parametrize("body", [{"entry": True}, {"entry": "2"}, {"refresh_ms": 1.5}])
def test_what_is_no_number_is_refused_as_a_level(api: FlaskClient, body: dict[str, object]) -> None:
    answer = api.put("/api/v1/settings", json=body)
    assert answer.status_code == 400
    assert answer.get_json()["parameter"] == next(iter(body))


def test_a_watched_pair_comes_with_its_rule_and_goes_with_it(api: FlaskClient) -> None:
    answer = api.post("/api/v1/watchlist", json={**PAIR, "timeframe": "5m", "window": 60})
    assert answer.status_code == 201
    entry = answer.get_json()
    assert entry["pair"]["window"] == 60
    assert api.get("/api/v1/watchlist").get_json()["items"] == [entry]
    assert [rule["pair"] for rule in api.get("/api/v1/rules").get_json()["items"]] == [entry["pair"]]
    assert api.delete(f"/api/v1/watchlist/{entry['id']}").status_code == 204
    assert api.get("/api/v1/watchlist").get_json()["items"] == []
    assert api.delete(f"/api/v1/watchlist/{entry['id']}").status_code == 404


def test_a_rule_of_ones_own_levels(api: FlaskClient) -> None:
    rule = api.post("/api/v1/rules", json={**PAIR, "fire": 3, "clear": 1}).get_json()
    path = f"/api/v1/rules/{rule['id']}"
    assert api.get(path).get_json()["fire"] == 3
    assert api.put(path, json={"fire": 2.5, "clear": 0.25}).get_json()["clear"] == 0.25
    assert api.put(path, json={"fire": 1, "clear": 2}).status_code == 400
    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == 404


def test_bodies_that_are_no_json_are_refused(api: FlaskClient) -> None:
    for content_type, data in (("application/json", b"{"), ("application/json", b"[1]"), ("text/plain", b"entry=3")):
        answer = api.put("/api/v1/settings", data=data, content_type=content_type)
        assert answer.status_code in (400, 415)
        assert answer.content_type == "application/problem+json"


def test_no_alerts_yet_is_an_empty_list(api: FlaskClient) -> None:
    assert api.get("/api/v1/alerts").get_json() == {"items": [], "next": None}
    assert api.post("/api/v1/alerts/7/ack", json={"by": "Ada"}).status_code == 404


def test_a_rule_is_rehearsed_and_not_saved(api: FlaskClient) -> None:
    body = {**PAIR, "fire": 1.5, "clear": 0.5, "min_correlation": 0}
    answer = api.post("/api/v1/rules/rehearsal", json=body)
    assert answer.status_code == 200
    found = answer.get_json()
    assert found["bars"] > 0
    assert found["fired"] == sum(alert["event"] != "clear" for alert in found["alerts"])
    assert found["hits"]["n"] <= found["fired"]
    assert api.get("/api/v1/rules").get_json()["items"] == []
    refused = api.post("/api/v1/rules/rehearsal", json={**PAIR, "kind": "stationarity risk"})
    assert (refused.status_code, refused.get_json()["parameter"]) == (400, "kind")
    assert api.post("/api/v1/rules/rehearsal", json={**PAIR, "fire": 1, "clear": 2}).status_code == 400
