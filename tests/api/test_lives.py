"""Stages of pairs and notes over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

Y, X = "sim:YUSDT", "sim:XUSDT"
PAIR = {"y": Y, "x": X}
WHO = {"by": "Ann", "note": "both follow the market"}
SCRIPT = "<script>alert(1)</script>"
STAGES, NOTES, WATCHLIST = "/api/v1/stages", "/api/v1/notes", "/api/v1/watchlist"


def _items(api: FlaskClient, path: str) -> list[dict[str, Any]]:
    answer = api.get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    items: list[dict[str, Any]] = answer.get_json()["items"]
    return items


def test_a_life_from_the_first_proposal_to_its_end(api: FlaskClient) -> None:
    watched = api.post(WATCHLIST, json={**PAIR, **WHO, "stage": "candidate"})
    assert watched.status_code == 201
    (proposed,) = _items(api, STAGES)
    assert (proposed["stage"], proposed["by"], proposed["reason"]) == ("candidate", "Ann", WHO["note"])
    assert (proposed["pair"]["y"], proposed["cause"], proposed["until"]) == (Y, "hand", None)
    for asked in ("watched", "broken", "cooling down"):
        made = api.post(STAGES, json={**PAIR, "stage": asked, "by": "Bob", "note": SCRIPT})
        assert made.status_code == 201
        assert (made.get_json()["stage"], made.get_json()["reason"]) == (asked, SCRIPT)
    assert made.get_json()["until"] > made.get_json()["bar_close"]
    gone = api.delete(f"{WATCHLIST}/{watched.get_json()['id']}?by=Bob&note=too+thin")
    assert gone.status_code == 204
    assert _items(api, STAGES) == []
    history = _items(api, f"{STAGES}/{Y}/{X}")
    assert [each["stage"] for each in history] == ["removed", "cooling down", "broken", "watched", "candidate"]
    assert (history[0]["by"], history[0]["reason"]) == ("Bob", "too thin")
    first = api.get(f"{STAGES}/{Y}/{X}?limit=2").get_json()
    assert [each["stage"] for each in first["items"]] == ["removed", "cooling down"]
    rest = api.get(f"{STAGES}/{Y}/{X}?limit=9&before={first['next']}").get_json()
    assert ([each["stage"] for each in rest["items"]], rest["next"]) == (["broken", "watched", "candidate"], None)
    assert _items(api, f"{STAGES}/{Y}/{X}?window=50") == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"stage": "active"}, "only a signal of its z rules"),
        ({"stage": "watched"}, "watched already"),
        ({"stage": "asleep"}, "use one of candidate, watched, active, broken, cooling down"),
        ({"by": ""}, "give your name"),
        ({"note": " "}, "write a few words"),
        ({"note": "n" * 501}, "up to 500 characters"),
        ({"by": "n" * 121}, "up to 120 characters"),
        ({"window": 50}, "add it to the watchlist first"),
        ({"why": "because"}, "why"),
        ({"x": Y}, "two different instruments"),
    ],
)
def test_decisions_that_are_refused_say_why(api: FlaskClient, change: dict[str, Any], words: str) -> None:
    api.post(WATCHLIST, json=PAIR)
    answer = api.post(STAGES, json={**PAIR, **WHO, "stage": "broken", **change})
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    assert words in answer.get_data(as_text=True)
    (stage,) = _items(api, STAGES)
    assert stage["stage"] == "watched"


def test_notes_are_written_listed_and_taken_away_by_their_author(api: FlaskClient) -> None:
    texts = ["wide since the listing", SCRIPT, "=1+1"]
    made = [
        api.post(NOTES, json={**PAIR, "note": text, "by": "Ann", "at": str(1_000 * n)}) for n, text in enumerate(texts)
    ]
    assert [answer.status_code for answer in made] == [201] * 3
    found = _items(api, f"{NOTES}/{Y}/{X}")
    assert [note["note"] for note in found] == texts[::-1]
    assert (found[0]["at"], found[0]["by"]) == ("1970-01-01T00:00:02Z", "Ann")
    page = api.get(f"{NOTES}/{Y}/{X}?limit=1").get_json()
    assert _items(api, f"{NOTES}/{Y}/{X}?before={page['next']}") == found[1:]
    path = f"{NOTES}/{found[0]['id']}"
    refused = api.delete(f"{path}?by=Bob")
    assert (refused.status_code, "by Ann, who alone" in refused.get_data(as_text=True)) == (400, True)
    assert [api.delete(f"{path}?by=Ann").status_code for _ in range(2)] == [204, 404]
    assert _items(api, f"{NOTES}/{Y}/{X}") == found[1:]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"note": ""}, 400),
        ({"note": "n" * 2_001}, 400),
        ({"by": " "}, 400),
        ({"by": None}, 400),
        ({"note": "a\u0007"}, 400),
        ({"at": "yesterday"}, 400),
        ({"at": "2026-11-21T08:00:00"}, 400),
        ({"x": Y}, 400),
        ({"x": "sim:NOSUCH"}, 404),
        ({"colour": "red"}, 400),
    ],
)
def test_notes_that_are_refused(api: FlaskClient, change: dict[str, Any], status: int) -> None:
    answer = api.post(NOTES, json={**PAIR, "note": "wide", "by": "Ann", **change})
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert _items(api, f"{NOTES}/{Y}/{X}") == []


@pytest.mark.parametrize("sender", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_pages_from_elsewhere_write_nothing(api: FlaskClient, sender: dict[str, str]) -> None:
    api.post(WATCHLIST, json=PAIR)
    note = api.post(NOTES, json={**PAIR, "note": "wide", "by": "Ann"}).get_json()
    answers = [
        api.post(STAGES, json={**PAIR, **WHO, "stage": "broken"}, headers=sender),
        api.post(NOTES, json={**PAIR, **WHO}, headers=sender),
        api.delete(f"{NOTES}/{note['id']}?by=Ann", headers=sender),
    ]
    assert [answer.status_code for answer in answers] == [403] * 3
    assert len(_items(api, f"{NOTES}/{Y}/{X}")) == 1
    assert [stage["stage"] for stage in _items(api, STAGES)] == ["watched"]


@pytest.mark.parametrize("stage", ["active", "broken", "removed", "cooling down"])
def test_a_life_begins_as_watched_or_as_a_candidate(api: FlaskClient, stage: str) -> None:
    answer = api.post(WATCHLIST, json={**PAIR, "stage": stage})
    assert answer.status_code == 400
    assert "use one of watched, candidate" in answer.get_data(as_text=True)
    assert _items(api, WATCHLIST) == []
