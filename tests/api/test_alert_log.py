"""The log of alerts over HTTP: chosen by pair, rule, kind and time; acknowledged with a name."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from dash_app.api.times import iso_utc
from engine.board import Board
from engine.desk.types import RuleKind
from tests.dash_app.logged import OTHER, P, log


@pytest.fixture
def rules(board: Board) -> tuple[int, int, int]:
    """Two rules of a pair and one of the pair turned round; three alerts of each, minute by minute."""
    made = (
        board.desk.add_rule(P, RuleKind.Z),
        board.desk.add_rule(P, RuleKind.BETA_DRIFT),
        board.desk.add_rule(OTHER, RuleKind.Z),
    )
    for minute in range(3):
        for rule in made:
            log(board, rule.id, minute, kind=rule.kind, pair=rule.parameters)
    return made[0].id, made[1].id, made[2].id


def asked(api: FlaskClient, **query: Any) -> list[tuple[int, str]]:
    """(rule, close of the bar) of what is found, newest first."""
    answer = api.get("/api/v1/alerts", query_string=query)
    assert answer.status_code == 200, answer.get_json()
    return [(each["rule_id"], each["bar_close"]) for each in answer.get_json()["items"]]


def test_the_log_is_chosen_by_pair_rule_kind_and_time(api: FlaskClient, rules: tuple[int, int, int]) -> None:
    z, drift, turned = rules
    everything = asked(api)
    assert len(everything) == 9

    def of(*wanted: int) -> list[tuple[int, str]]:
        return [each for each in everything if each[0] in wanted]

    assert asked(api, y=P.y, x=P.x) == of(z, drift)
    assert asked(api, y=P.x, x=P.y) == of(turned)
    assert asked(api, rule=drift) == of(drift)
    assert asked(api, kind="z") == of(z, turned)
    assert asked(api, kind="z", y=P.y, x=P.x) == of(z)
    assert asked(api, y="sim:NEVER", x=P.x) == asked(api, rule=10_000) == []
    first, second, third = sorted({close for _, close in everything})
    assert asked(api, start=second) == [each for each in everything if each[1] in (second, third)]
    assert asked(api, start=second, end=third, rule=z) == [(z, second)]
    assert asked(api, end=first) == asked(api, start=second, end=second) == []


def test_what_fired_and_what_waits(api: FlaskClient, board: Board, rules: tuple[int, int, int]) -> None:
    log(board, rules[0], 3, event="clear")
    (cleared,) = set(asked(api)) - set(asked(api, fired="true"))
    assert cleared[0] == rules[0]
    (newest, *_) = api.get("/api/v1/alerts?fired=true").get_json()["items"]
    assert api.post(f"/api/v1/alerts/{newest['id']}/ack", json={"by": "Ann"}).status_code == 200
    assert len(asked(api, unacknowledged="true")) == 8
    assert len(asked(api, fired="true")) == 9


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/alerts/{}/ack"),
        ("GET", "/deliveries?alert={}"),
        ("GET", "/deliveries?before={}"),
        ("DELETE", "/watchlist/{}"),
        ("DELETE", "/notes/{}?by=Ann"),
        ("PUT", "/rules/{}"),
    ],
)
def test_a_number_that_no_database_holds_is_refused(api: FlaskClient, method: str, path: str) -> None:
    answer = api.open(f"/api/v1{path.format(10**25)}", method=method, json={"by": "Ann"} if method == "POST" else {})
    assert answer.status_code == 400
    assert "a whole number from 1 to 9223372036854775807" in answer.get_json()["detail"]


def test_the_pages_of_a_choice_are_the_choice(api: FlaskClient, rules: tuple[int, int, int]) -> None:
    whole, before, paged = asked(api, kind="z"), None, []
    while True:
        query = {"kind": "z", "limit": 4} | ({} if before is None else {"before": before})
        answer = api.get("/api/v1/alerts", query_string=query).get_json()
        paged += [(each["rule_id"], each["bar_close"]) for each in answer["items"]]
        before = answer["next"]
        if before is None:
            break
    assert len(whole) == 6
    assert paged == whole


@pytest.mark.parametrize(
    ("query", "parameter", "words"),
    [
        ({"y": P.y}, "x", "give both legs of a pair, y and x, or neither"),
        ({"x": P.x}, "y", "give both legs of a pair, y and x, or neither"),
        ({"y": P.y, "x": P.y}, "x", "two different instruments"),
        ({"y": "BTC", "x": P.x}, "y", "venue:SYMBOL"),
        ({"kind": "zz"}, "kind", "use one of z, z above"),
        ({"rule": 0}, "rule", "a whole number from 1"),
        ({"rule": 2**63}, "rule", "a whole number from 1"),
        ({"before": 10**25}, "before", "a whole number from 1"),
        ({"start": "2026-11-21T08:00:00"}, "start", "with a zone"),
        ({"start": iso_utc(60_000), "end": iso_utc(0)}, "end", "an end is not before its start"),
        ({"pair": "1"}, "pair", ""),
    ],
)
def test_a_choice_that_means_nothing_is_refused(
    api: FlaskClient, query: dict[str, str], parameter: str, words: str
) -> None:
    answer = api.get("/api/v1/alerts", query_string=query)
    refused = answer.get_json()
    assert (answer.status_code, refused["parameter"]) == (400, parameter)
    assert words in refused["detail"]


@pytest.mark.parametrize("body", [{}, {"by": " "}, {"note": "seen"}])
def test_an_alert_is_acknowledged_by_somebody(
    api: FlaskClient, rules: tuple[int, int, int], body: dict[str, str]
) -> None:
    (alert, *_) = api.get("/api/v1/alerts").get_json()["items"]
    answer = api.post(f"/api/v1/alerts/{alert['id']}/ack", json=body)
    assert (answer.status_code, answer.get_json()["parameter"]) == (400, "by")
    assert api.get("/api/v1/alerts").get_json()["items"][0]["acknowledged"] is None
