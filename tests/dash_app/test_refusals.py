"""Refusals are plain sentences that name the parameter, what was given and what is allowed, on pages and in the API."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from redis import Redis

from dash_app.actions import act
from dash_app.views.refusal import refusal_props
from engine.board import Board
from engine.errors import ParameterError, UnknownInstrument
from engine.parameters import parse_parameters
from store import keys
from tests.dash_app.conftest import PAIR, Ask

LATEST = "/api/v1/pairs/sim:YUSDT/sim:XUSDT/latest"
NAMES = ("sim:YUSDT", "sim:XUSDT", "sim:ZUSDT")
LEAKS = ("Input should", "valid ", "parse", "pydantic", "integer", "not possible", " = '")


def _said(answer: Any) -> str:
    problem = answer.get_json()
    assert answer.content_type == "application/problem+json"
    assert not [leak for leak in LEAKS if leak in problem["detail"]], problem
    assert not [leak for leak in LEAKS if leak in problem.get("allowed", "")], problem
    assert problem["detail"][0].isupper()
    assert problem["detail"][-1] == "."
    return str(problem["detail"])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (f"{LATEST}?window=0", "The parameter window cannot be 0: give a whole number of bars from 10 to 5000."),
        (f"{LATEST}?window=abc", "The parameter window cannot be abc: give a whole number of bars from 10 to 5000."),
        (f"{LATEST}?z_window=4", "The parameter z_window cannot be 4: give a whole number of bars from 5 to 5000."),
        (f"{LATEST}?timeframe=2m", "The parameter timeframe cannot be 2m: use one of 1s, 1m, 5m, 15m, 1h."),
        (f"{LATEST}?method=a b", "The parameter method cannot be “a b”: use one of rolling, kalman, ols, tls, fixed."),
        (f"{LATEST}?beta=much", "The parameter beta cannot be much: give a number."),
        (
            f"{LATEST}?windw=3",
            "The parameter windw cannot be 3: this call has no such parameter, it takes timeframe, w",
        ),
        ("/api/v1/bars/sim:XUSDT?limit=0", "The parameter limit cannot be 0: give a whole number from 1 to 100000."),
        ("/api/v1/alerts?before=0", f"The parameter before cannot be 0: give a whole number from 1 to {2**63 - 1}."),
        ("/api/v1/alerts?unacknowledged=maybe", "The parameter unacknowledged cannot be maybe: give true or false."),
        ("/api/v1/pairs/sim:XUSDT/sim:XUSDT/latest", "The parameter x cannot be sim:XUSDT: a pair needs two different"),
        ("/api/v1/pairs/sim:YUSDT/sim:NOPE/latest", "There is no instrument sim:NOPE here: /api/v1/instruments lists"),
        ("/api/v1/rules/999", "There is no rule 999."),
        ("/api/v1/nothing", "There is no call GET /api/v1/nothing"),
    ],
)
def test_a_call_is_refused_in_a_plain_sentence(web: FlaskClient, call: str, words: str) -> None:
    assert _said(web.get(call)).startswith(words)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"entry": "many"}, "The parameter entry cannot be many: give a number."),
        ({"entry": 0}, "The parameter entry cannot be 0: give a number of standard deviations from 0.1 to 20."),
        ({"refresh_ms": 1.5}, "The parameter refresh_ms cannot be 1.5: give a whole number."),
        ({"enter": 2}, "The parameter enter cannot be 2: this call has no such parameter, it takes entry, exit"),
        ([1], "The body cannot be used: send a JSON object."),
    ],
)
def test_a_body_is_refused_in_a_plain_sentence(web: FlaskClient, body: Any, words: str) -> None:
    assert _said(web.put("/api/v1/settings", json=body)).startswith(words)


def test_what_a_body_lacks_is_said_to_be_missing(web: FlaskClient) -> None:
    answer = web.post("/api/v1/watchlist", json={"y": "sim:YUSDT"})
    assert _said(answer) == "The parameter x is missing: give a text."
    assert _said(web.put("/api/v1/settings", data=b"{", content_type="application/json"))


def test_an_order_on_the_page_is_refused_in_the_same_words(board: Board) -> None:
    done = act(board, {"kind": "thresholds", "entry": "0.4", "exit": "0.5"})
    assert done["words"] == "The parameter exit cannot be 0.5: must be lower than entry, which is 0.4."
    assert act(board, {"kind": "unwatch", "id": "999"})["words"] == "There is no watched pair 999."


def _links(props: dict[str, Any]) -> list[str]:
    ways = [each for each in props["state"]["children"] if each.className == "sb-ways"]
    return [link.href for way in ways for link in way.children[1:]]


def _refused(**change: str) -> list[str]:
    view = PAIR | change
    with pytest.raises(ParameterError) as refusal:
        parse_parameters(view["y"], view["x"], view)
    return _links(refusal_props(refusal.value, view, NAMES))


def test_a_refused_page_leads_to_the_same_view_with_something_possible() -> None:
    (default,) = _refused(window="0", z_window="40")
    assert default.startswith("/pair/sim:YUSDT/sim:XUSDT?")
    assert "window=120" in default
    assert "z_window=40" in default
    assert len(_refused(timeframe="2h")) == 5
    assert [link.partition("?")[0] for link in _refused(x="sim:YUSDT")] == [
        "/pair/sim:YUSDT/sim:XUSDT",
        "/pair/sim:YUSDT/sim:ZUSDT",
    ]
    assert all("method=" in link for link in _refused(method="fixed", beta="inf"))


def test_a_refused_page_keeps_what_was_typed_out_of_addresses_of_another_kind() -> None:
    links = _refused(x="javascript:alert(1)//")
    links += _links(refusal_props(UnknownInstrument("sim:A?b"), PAIR | {"y": "sim:A?b", "tab": "<b>"}, NAMES))
    assert links
    assert all(link.startswith("/pair/sim:") and "<" not in link and link.count("?") == 1 for link in links)


def test_before_any_instrument_is_known_that_is_said(ask: Ask, client: Redis) -> None:
    client.delete(keys.INSTRUMENTS)
    for legs in ({}, {"y": "", "x": ""}):
        answer = ask(PAIR | legs)
        assert answer is not None
        assert "No instruments here yet" in str(answer["sections"]["state"]["props"]["state"]["children"])


def test_a_refused_page_still_offers_every_instrument(ask: Ask) -> None:
    answer = ask(PAIR | {"x": "sim:NOPE"})
    assert answer is not None
    props = answer["sections"]["state"]["props"]
    assert [option["value"] for option in props["leg-x"]["options"]] == ["sim:YUSDT", "sim:XUSDT", "sim:NOPE"]
    assert "value" not in props["leg-x"]
    assert "sb-refused-below" in props["state"]["className"]
    assert props["controls-line"]["children"] == "1m · rolling OLS · 120 / 60 bars · log"
