"""Mark prices and funding over HTTP."""

from __future__ import annotations

from math import nan

from flask.testing import FlaskClient
from redis import Redis

from store import keys
from store.marks import MarkPrice, Settlement, encode_settlement, mark_fields

X = "sim:XUSDT"
FUNDING = f"/api/v1/instruments/{X}/funding"
NOON_MS = 1_760_011_200_000  # 2025-10-09 12:00 UTC


def tell(client: Redis, mark: MarkPrice) -> None:
    fields = mark_fields(mark)
    client.hset(keys.marks(X), mapping=dict(zip(fields[::2], fields[1::2], strict=True)))


def test_the_last_word_and_what_was_settled(api: FlaskClient, client: Redis) -> None:
    tell(client, MarkPrice(3_000.125, 2_999.5, -0.000125, NOON_MS + 28_800_000, NOON_MS + 5_000))
    for settlement in (
        Settlement(NOON_MS, 0.0001, 3_001.5, NOON_MS - 1_000),
        Settlement(NOON_MS - 28_800_000, -0.0003, 2_990.25, NOON_MS - 28_860_000),
        Settlement(NOON_MS, 0.0001, 3_001.5, NOON_MS - 1_000),  # written again after a lost answer
    ):
        client.xadd(keys.funding(X), {keys.FIELD: encode_settlement(settlement)})
    assert api.get(FUNDING).get_json() == {
        "mark": {
            "price": 3_000.125,
            "index_price": 2_999.5,
            "rate": -0.000125,
            "next_funding": "2025-10-09T20:00:00Z",
            "time": "2025-10-09T12:00:05Z",
        },
        "items": [
            {"time": "2025-10-09T04:00:00Z", "rate": -0.0003, "price": 2_990.25, "told": "2025-10-09T03:59:00Z"},
            {"time": "2025-10-09T12:00:00Z", "rate": 0.0001, "price": 3_001.5, "told": "2025-10-09T11:59:59Z"},
        ],
        "next": None,
    }
    (item,) = (item for item in api.get("/api/v1/instruments").get_json()["items"] if item["id"] == X)
    assert (item["mark_price"], item["funding_rate"], item["next_funding"]) == (
        3_000.125,
        -0.000125,
        "2025-10-09T20:00:00Z",
    )


def test_a_contract_that_pays_none_has_a_mark_price_alone(api: FlaskClient, client: Redis) -> None:
    tell(client, MarkPrice(3_000.125, nan, nan, 0, NOON_MS))
    mark = api.get(FUNDING).get_json()["mark"]
    assert (mark["price"], mark["index_price"], mark["rate"], mark["next_funding"]) == (3_000.125, None, None, None)


def test_an_instrument_without_a_mark_price(api: FlaskClient) -> None:
    assert api.get(FUNDING).get_json() == {"mark": None, "items": [], "next": None}
    items = api.get("/api/v1/instruments").get_json()["items"]
    assert {item["mark_price"] for item in items} == {None}


def test_an_unknown_instrument_is_404(api: FlaskClient) -> None:
    assert api.get("/api/v1/instruments/sim:NOPE/funding").status_code == 404
