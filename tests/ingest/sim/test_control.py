"""Control messages and stream names, as the venue takes and refuses them."""

from __future__ import annotations

import orjson
import pytest

from ingest.sim.control import MAX_STREAMS, Subscriptions, open_subscriptions
from ingest.sim.errors import InvalidStream
from ingest.sim.streams import Kind, Route, parse_stream


def reply(subscriptions: Subscriptions, **request: object) -> dict[str, object]:
    answer = orjson.loads(subscriptions.reply(orjson.dumps(request)))
    assert isinstance(answer, dict)
    return answer


def test_subscribe_list_and_unsubscribe() -> None:
    subscriptions = Subscriptions(Route.ANY, combined=True)
    assert reply(subscriptions, method="SUBSCRIBE", params=["btcusdt@aggTrade", "!miniTicker@arr"], id=1) == {
        "result": None,
        "id": 1,
    }
    assert reply(subscriptions, method="LIST_SUBSCRIPTIONS", id=2)["result"] == ["btcusdt@aggTrade", "!miniTicker@arr"]
    reply(subscriptions, method="UNSUBSCRIBE", params=["btcusdt@aggTrade", "never@asked"], id=3)
    assert reply(subscriptions, method="LIST_SUBSCRIPTIONS", id=4)["result"] == ["!miniTicker@arr"]


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"{", 3),
        (b"\xff\xfe", 3),
        (b"[]", 2),
        (b"{}", 2),
        (b'{"method":"SUBSCRIBE"}', 2),
        (b'{"method":"SUBSCRIBE","params":[1]}', 2),
        (b'{"method":"SHOUT"}', 2),
        (b'{"method":"SUBSCRIBE","params":[],"id":-1}', 2),
        (b'{"method":"SUBSCRIBE","params":[],"id":"x"}', 2),
    ],
)
def test_errors_without_a_request_id_are_flat(message: bytes, code: int) -> None:
    answer = orjson.loads(Subscriptions(Route.ANY, combined=True).reply(message))
    assert answer["code"] == code
    assert answer["msg"]


def test_errors_with_a_request_id_are_nested() -> None:
    answer = reply(Subscriptions(Route.ANY, combined=True), method="SUBSCRIBE", params=["no stream"], id=9)
    assert answer["id"] == 9
    assert answer["error"]["code"] == 2  # type: ignore[index]


def test_a_refused_subscription_changes_nothing() -> None:
    subscriptions = Subscriptions(Route.ANY, combined=True)
    reply(subscriptions, method="SUBSCRIBE", params=["btcusdt@aggTrade", "no stream"], id=1)
    assert subscriptions.streams == {}


def test_more_streams_than_a_connection_may_have_are_refused() -> None:
    subscriptions = Subscriptions(Route.ANY, combined=True)
    names = [f"coin{k}usdt@aggTrade" for k in range(MAX_STREAMS)]
    assert reply(subscriptions, method="SUBSCRIBE", params=names, id=1) == {"result": None, "id": 1}
    assert "error" in reply(subscriptions, method="SUBSCRIBE", params=["btcusdt@aggTrade"], id=2)


@pytest.mark.parametrize(
    "name", ["nopeusdt@aggTrade", "BTCUSDT@aggTrade", "btcusdt@depth@100ms", "币安人生usdt@aggTrade"]
)
def test_well_formed_streams_that_do_not_exist_are_accepted_and_silent(name: str) -> None:
    assert parse_stream(name).kind is Kind.SILENT


def test_a_route_carries_only_its_own_streams() -> None:
    assert parse_stream("btcusdt@bookTicker", Route.MARKET).kind is Kind.SILENT
    assert parse_stream("btcusdt@bookTicker", Route.PUBLIC).kind is Kind.BOOK_TICKER
    assert parse_stream("btcusdt@aggTrade", Route.PUBLIC).kind is Kind.SILENT
    assert parse_stream("!miniTicker@arr", Route.PUBLIC).kind is Kind.SILENT
    assert parse_stream("btcusdt@markPrice@1s", Route.MARKET).kind is Kind.MARK_PRICE


def test_paths_open_combined_and_raw_connections() -> None:
    combined = open_subscriptions("/market/stream?streams=btcusdt%40aggTrade/ethusdt@aggTrade")
    assert combined is not None
    assert (combined.route, combined.combined, len(combined.streams)) == (Route.MARKET, True, 2)
    raw = open_subscriptions("/ws/btcusdt@bookTicker")
    assert raw is not None
    assert (raw.combined, list(raw.streams)) == (False, ["btcusdt@bookTicker"])
    assert open_subscriptions("/fapi/v1/time") is None
    with pytest.raises(InvalidStream):
        open_subscriptions("/stream?streams=what")
