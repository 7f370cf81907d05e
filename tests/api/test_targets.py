"""Targets, deliveries and silences over HTTP; an address that was given is told by nothing."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

CANARY = "CaNaRy8841"
HOOK = f"json://user:{CANARY}@hooks.example.com:8443/{CANARY}?+Authorization={CANARY}"
PAIR = {"y": "sim:YUSDT", "x": "sim:XUSDT"}


def _target(api: FlaskClient, **more: Any) -> dict[str, Any]:
    answer = api.post("/api/v1/targets", json={"name": "Desk", "url": HOOK, **more})
    assert answer.status_code == 201, answer.get_data(as_text=True)
    made: dict[str, Any] = answer.get_json()
    return made


def test_a_target_is_kept_changed_tested_and_deleted_and_its_address_never_told(
    api: FlaskClient, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    made = _target(api, per_minute=5, template="{pair}: {what}")
    assert (made["address"], made["per_minute"], made["everything"]) == ("json://hooks.example.com:8443/…", 5, True)
    path = f"/api/v1/targets/{made['id']}"
    changed = api.put(path, json={"name": "Night desk", "everything": False, "per_minute": 9})
    words = {"name": "Night desk", "everything": False, "per_minute": 9, "template": "", "doubt": None}
    assert changed.get_json() == {**made, **words}
    asked = api.post(f"{path}/test")
    assert asked.status_code == 202
    assert asked.get_json()["state"] == "waiting"
    listed = api.get("/api/v1/targets")
    kept = {name: value for name, value in changed.get_json().items() if name != "doubt"}
    assert listed.get_json() == {"items": [kept], "next": None}
    assert api.delete(path).status_code == 204
    log = api.get("/api/v1/deliveries")
    (delivery,) = log.get_json()["items"]
    assert (delivery["id"], delivery["target"], delivery["state"]) == (asked.get_json()["id"], "Night desk", "given up")
    for answer in (api.delete(path), api.put(path, json={"name": "x"}), api.post(f"{path}/test")):
        assert answer.status_code == 404
    told = [
        made,
        *(each.get_data(as_text=True) for each in (changed, asked, listed, log)),
        caplog.text,
        *capfd.readouterr(),
    ]
    assert CANARY not in str(told)


def test_a_new_address_takes_the_place_of_the_old(api: FlaskClient) -> None:
    made = _target(api)
    answer = api.put(f"/api/v1/targets/{made['id']}", json={"name": "Desk", "url": "mailto://u:p@mail.example.com"})
    assert answer.get_json()["address"] == "mailto://mail.example.com/…"


INSIDE = [
    ("json://user:{0}@127.0.0.1:8050/{0}", "127.0.0.1 is not a public address"),
    ("json://localhost/{0}", " is not a public address"),
    ("jsons://[::ffff:10.1.2.3]/{0}", "::ffff:a01:203 is not a public address"),
    ("form://169.254.169.254/{0}", "169.254.169.254 is not a public address"),
    ("mailto://user:{0}@192.168.1.4?from=a@example.com&to=b@example.com", "192.168.1.4 is not a public address"),
    ("gotify://10.1.2.3/{0}", "10.1.2.3 is not a public address"),
]


@pytest.mark.parametrize(("form", "words"), INSIDE)
def test_an_address_that_is_not_public_is_refused_when_it_is_given_and_the_setting_named(
    api: FlaskClient, form: str, words: str
) -> None:
    answer = api.post("/api/v1/targets", json={"name": "Desk", "url": form.format(CANARY)})
    assert answer.status_code == 400
    problem = answer.get_json()
    assert problem["parameter"] == "url"
    assert words in str(problem)
    assert "ALERT_ALLOWED_NETS does not allow it" in str(problem)
    assert CANARY not in answer.get_data(as_text=True)
    made = _target(api)
    changed = api.put(f"/api/v1/targets/{made['id']}", json={"name": "Desk", "url": form.format(CANARY)})
    assert changed.status_code == 400
    assert api.get("/api/v1/targets").get_json()["items"][0]["address"] == made["address"]


def test_a_name_that_means_nothing_now_is_kept_and_that_is_said(api: FlaskClient) -> None:
    made = _target(api, url="json://no-such-host.invalid/")  # a domain that is reserved for having no address
    assert made["doubt"].startswith("no address was found for the name of its host")
    assert _target(api, name="Other", url="json://93.184.216.34/")["doubt"] is None


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("url", {"url": f"nosuch://{CANARY}"}),
    ("url", {"url": ""}),
    ("url", {"url": 5_512}),
    ("url", {"url": f"json://{CANARY}\nx"}),
    ("name", {"name": " "}),
    ("name", {"name": "x" * 121}),
    ("per_minute", {"per_minute": 0}),
    ("per_minute", {"per_minute": 2.5}),
    ("everything", {"everything": "yes"}),
    ("template", {"template": "{password}"}),
    ("template", {"template": "{pair.__class__.__init__.__globals__}"}),
    ("uri", {"uri": HOOK}),
]


@pytest.mark.parametrize(("parameter", "wrong"), WRONG)
def test_what_cannot_be_is_refused_by_name_and_no_secret_repeated(
    api: FlaskClient, parameter: str, wrong: dict[str, Any]
) -> None:
    answer = api.post("/api/v1/targets", json={"name": "Desk", "url": "json://hooks.example.com", **wrong})
    assert answer.status_code == 400
    assert answer.get_json()["parameter"] == parameter
    assert CANARY not in answer.get_data(as_text=True)
    assert api.get("/api/v1/targets").get_json()["items"] == []


def test_a_template_is_shown_as_the_message_that_it_makes(api: FlaskClient) -> None:
    shown = api.post("/api/v1/targets/preview", json={"template": "{pair} {timeframe} said {what}, rule {rule}"})
    assert shown.status_code == 200
    # in the words of the documentation: each alert's part, its number, the id
    assert shown.get_json()["body"].splitlines() == [
        "BTCUSDT / ETHUSDT 1m said z: 2.31 (above 2), rule 1",
        "",
        "alert 1",
        "X-Spreadboard-Id: 00000000-0000-0000-0000-000000000000",
    ]
    usual = api.post("/api/v1/targets/preview", json={})
    assert usual.get_json()["title"] == "BTCUSDT / ETHUSDT: z: 2.31 (above 2)"
    wrong = api.post("/api/v1/targets/preview", json={"template": "{password}"})
    assert (wrong.status_code, wrong.get_json()["parameter"]) == (400, "template")
    assert api.get("/api/v1/targets").get_json()["items"] == []


def test_a_rule_names_its_targets(api: FlaskClient) -> None:
    rule = api.post("/api/v1/rules", json=PAIR).get_json()
    target = _target(api)
    path = f"/api/v1/rules/{rule['id']}/targets"
    assert api.get(path).get_json()["targets"] == []
    assert api.put(path, json={"targets": [target["id"]] * 2}).get_json()["targets"] == [target["id"]]
    assert api.get(path).get_json()["targets"] == [target["id"]]
    assert api.put(path, json={"targets": [99]}).status_code == 404
    assert api.put("/api/v1/rules/99/targets", json={"targets": []}).status_code == 404
    assert api.put(path, json={"targets": "all"}).status_code == 400
    assert api.put(path, json={"targets": []}).get_json()["targets"] == []


def test_a_rule_or_a_pair_is_silenced_for_some_minutes_and_told_of_again(api: FlaskClient) -> None:
    rule = api.post("/api/v1/rules", json=PAIR).get_json()
    one = api.post("/api/v1/silences", json={"rule_id": rule["id"], "minutes": 30, "by": "Ann", "note": "roll"})
    other = api.post("/api/v1/silences", json={**PAIR, "timeframe": "5m", "minutes": 60})
    assert (one.status_code, other.status_code) == (201, 201)
    assert (one.get_json()["rule_id"], one.get_json()["pair"], one.get_json()["by"]) == (rule["id"], None, "Ann")
    assert other.get_json()["pair"]["timeframe"] == "5m"
    assert api.get("/api/v1/silences").get_json()["items"] == [other.get_json(), one.get_json()]
    assert api.delete(f"/api/v1/silences/{one.get_json()['id']}").status_code == 204
    ended = api.get("/api/v1/silences").get_json()["items"][1]
    assert ended["end"] < one.get_json()["end"]
    assert api.delete("/api/v1/silences/99").status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"minutes": 5}, 400),
        ({"rule_id": 1, **PAIR, "minutes": 5}, 400),
        ({"rule_id": 99, "minutes": 5}, 404),
        ({"y": "sim:YUSDT", "minutes": 5}, 400),
        ({**PAIR, "minutes": 0}, 400),
        ({**PAIR, "minutes": 10**9}, 400),
        ({**PAIR}, 400),
        ({**PAIR, "window": -1, "minutes": 5}, 400),
        ({**PAIR, "minutes": 5, "by": "x" * 121}, 400),
    ],
)
def test_a_silence_that_cannot_be_is_refused(api: FlaskClient, body: dict[str, Any], status: int) -> None:
    answer = api.post("/api/v1/silences", json=body)
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert api.get("/api/v1/silences").get_json()["items"] == []


@pytest.mark.parametrize("query", ["limit=0", "limit=5000", "before=x", "target=0", "nonsense=1"])
def test_the_log_of_deliveries_refuses_what_it_does_not_know(api: FlaskClient, query: str) -> None:
    assert api.get(f"/api/v1/deliveries?{query}").status_code == 400


def test_the_log_of_deliveries_comes_in_pages(api: FlaskClient) -> None:
    target = _target(api)
    made = [api.post(f"/api/v1/targets/{target['id']}/test").get_json()["id"] for _ in range(5)]
    first = api.get("/api/v1/deliveries?limit=3").get_json()
    rest = api.get(f"/api/v1/deliveries?limit=3&before={first['next']}&target={target['id']}").get_json()
    assert [each["id"] for each in (*first["items"], *rest["items"])] == made[::-1]
    assert rest["next"] is None


def test_no_two_targets_have_one_name(api: FlaskClient) -> None:
    made, other = _target(api), _target(api, name="Night desk")
    again = api.post("/api/v1/targets", json={"name": " Desk ", "url": HOOK})
    assert (again.status_code, again.get_json()["parameter"]) == (400, "name")
    assert f"target {made['id']} is called so" in again.get_data(as_text=True)
    assert api.put(f"/api/v1/targets/{other['id']}", json={"name": "Desk"}).status_code == 400
    assert api.put(f"/api/v1/targets/{made['id']}", json={"name": "Desk", "per_minute": 3}).status_code == 200
