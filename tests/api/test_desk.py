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


def test_a_watched_pair_comes_with_its_rules_and_goes_with_them(api: FlaskClient) -> None:
    answer = api.post("/api/v1/watchlist", json={**PAIR, "timeframe": "5m", "window": 60})
    assert answer.status_code == 201
    entry = answer.get_json()
    assert entry["pair"]["window"] == 60
    assert api.get("/api/v1/watchlist").get_json()["items"] == [entry]
    rules = api.get("/api/v1/rules").get_json()["items"]
    assert [rule["kind"] for rule in rules] == ["z", "volatility spike"]
    assert all(rule["pair"] == entry["pair"] for rule in rules)
    assert api.delete(f"/api/v1/watchlist/{entry['id']}").status_code == 204
    assert api.get("/api/v1/watchlist").get_json()["items"] == []
    assert api.delete(f"/api/v1/watchlist/{entry['id']}").status_code == 404
    assert api.get("/api/v1/rules").get_json()["items"] == []


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


def test_a_rule_that_says_what_another_says_is_refused_and_the_other_named(api: FlaskClient) -> None:
    body = {**PAIR, "fire": 3, "clear": 1}
    made = api.post("/api/v1/rules", json=body).get_json()
    again = api.post("/api/v1/rules", json=body)
    assert again.status_code == 400
    assert f"rule {made['id']}, says the same: change that one" in again.get_json()["detail"]
    api.put(f"/api/v1/rules/{made['id']}", json={"fire": 3, "clear": 1, "enabled": False})
    assert "says the same, switched off" in api.post("/api/v1/rules", json=body).get_json()["detail"]
    for other in ({"fire": 2.5}, {"kind": "z above"}, {"window": 60}, {"pending_bars": 2}):
        assert api.post("/api/v1/rules", json=body | other).status_code == 201
    api.delete(f"/api/v1/rules/{made['id']}")
    assert api.post("/api/v1/rules", json=body).status_code == 201


@pytest.mark.parametrize(
    ("call", "body", "parameter", "words"),
    [
        ("post /rules", {**PAIR, "kind": "zz"}, "kind", "cannot be zz: use one of z, z above, z below, spread above"),
        (
            "post /rules",
            {**PAIR, "kind": "spread above"},
            "fire",
            "fire is missing: a rule on spread above has no",
        ),
        ("post /rules", {**PAIR, "fire": float("inf")}, "fire", "cannot be inf: give a finite number"),
        ("post /rules", {**PAIR, "window": float("inf")}, "window", "cannot be inf: give a whole number of bars from"),
        ("put /rules/1/targets", {"targets": ["a"]}, "targets.0", "cannot be a: give a list of whole numbers"),
        ("put /rules/1/targets", {}, "targets", "is missing: give a list of whole numbers"),
    ],
)
def test_refusals_say_what_to_give(
    api: FlaskClient, call: str, body: dict[str, object], parameter: str, words: str
) -> None:
    method, path = call.split()
    answer = api.open(f"/api/v1{path}", method=method.upper(), json=body)
    assert (answer.status_code, answer.get_json()["parameter"]) == (400, parameter)
    assert words in answer.get_json()["detail"]


def test_that_a_put_says_the_whole_rule_stands_in_its_description(api: FlaskClient) -> None:
    made = api.post("/api/v1/rules", json={**PAIR, "fire": 3, "clear": 1}).get_json()
    assert api.put(f"/api/v1/rules/{made['id']}", json={"enabled": False}).get_json()["fire"] is None
    described = api.get("/api/v1/openapi.json").get_json()["paths"]["/api/v1/rules/{rule_id}"]["put"]["description"]
    assert "as a whole: what is left out goes back to its usual value" in described
