"""What is followed, over HTTP: chosen, ended, refused in words."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from redis import Redis

from engine.board import Board
from store.followed import FIRST_SET, FollowedList, VenueSymbol, read_followed_list, write_followed_list
from store.followed import write_venue_symbols as write_symbols

CALL = "/api/v1/instruments/followed"
CHINESE = "币安人生USDT"


@pytest.fixture(autouse=True)
def _listed(client: Redis, board: Board) -> None:
    write_followed_list(client, "sim", FollowedList(FIRST_SET, ("XUSDT", "YUSDT")))
    statuses = {"XUSDT": "TRADING", "YUSDT": "TRADING", CHINESE: "TRADING", "OLDUSDT": "CANCEL_ONLY"}
    write_symbols(client, "sim", [VenueSymbol(name, name[:-4], "USDT", status) for name, status in statuses.items()], 7)


def ids(api: FlaskClient, query: str = "?venue=sim") -> list[str]:
    return [item["id"] for item in api.get(f"{CALL}{query}").get_json()["items"]]


def test_an_instrument_is_followed_and_followed_no_longer(api: FlaskClient, client: Redis) -> None:
    assert ids(api) == ids(api, "") == ["sim:XUSDT", "sim:YUSDT"]
    answer = api.post(CALL, json={"instrument": f"sim:{CHINESE}"})
    assert answer.status_code == 201
    added = answer.get_json()
    assert (added["id"], added["position"], added["state"]) == (f"sim:{CHINESE}", 2, "waiting")
    assert added["added"].endswith("Z")
    assert api.delete(f"{CALL}/sim:XUSDT").status_code == 204
    assert api.delete(f"{CALL}/{quote(f'sim:{CHINESE}')}").status_code == 204
    assert ids(api) == ["sim:YUSDT"]
    mirror = read_followed_list(client, "sim")
    assert mirror is not None
    assert (mirror.chosen, mirror.symbols) == (True, ("YUSDT",))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"instrument": "sim:NOPEUSDT"}, "not listed"),
        ({"instrument": "sim:OLDUSDT"}, "CANCEL_ONLY"),
        ({"instrument": "spot:XUSDT"}, "no ingestor"),
        ({"instrument": "replay:XUSDT"}, "use one of sim"),
        ({"instrument": "XUSDT"}, "venue:SYMBOL"),
        ({"instrument": ""}, "venue:SYMBOL"),
        ({"instrument": 7}, "text"),
        ({"symbol": "sim:XUSDT"}, ""),
        ({}, "text"),
        ([], ""),
    ],
)
def test_what_cannot_be_followed_is_refused_in_words(api: FlaskClient, body: object, words: str) -> None:
    answer = api.post(CALL, json=body)
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    assert words in answer.get_json()["detail"]
    assert ids(api) == ["sim:XUSDT", "sim:YUSDT"]


def test_what_is_not_followed_cannot_be_ended_and_the_last_one_stays(api: FlaskClient) -> None:
    assert api.delete(f"{CALL}/sim:OLDUSDT").status_code == 404
    assert api.delete(f"{CALL}/nonsense").status_code == 400
    assert api.delete(f"{CALL}/sim:XUSDT").status_code == 204
    assert api.delete(f"{CALL}/sim:YUSDT").status_code == 400
    assert ids(api) == ["sim:YUSDT"]


def test_a_venue_says_what_it_trades(api: FlaskClient) -> None:
    items = api.get("/api/v1/venues/sim/symbols").get_json()["items"]
    assert [item["id"] for item in items] == ["sim:XUSDT", "sim:YUSDT", f"sim:{CHINESE}"]
    assert api.get("/api/v1/venues/spot/symbols").get_json()["items"] == []
    for path in ("/api/v1/venues/nasdaq/symbols", f"{CALL}?venue=upload"):
        answer = api.get(path)
        assert (answer.status_code, answer.get_json()["parameter"]) == (400, "venue")


def test_the_catalogue_says_whether_something_new_may_come(api: FlaskClient) -> None:
    assert {item["followed"] for item in api.get("/api/v1/instruments").get_json()["items"]} == {True}
