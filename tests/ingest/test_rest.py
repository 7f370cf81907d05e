"""REST calls and every refusal of a venue, against a real server on loopback."""

from __future__ import annotations

import orjson
import pytest

from ingest.errors import RateLimited, RegionRefused, VenueRefused, VenueUnavailable
from ingest.live.refusals import retry_after_s
from ingest.live.rest import RestClient
from ingest.live.venues import SPOT, USDM, Venue, at
from store.bars import NO_TRADE_ID, UNKNOWN_MISSING, Source
from store.ticks import Side
from store.timeframes import Timeframe
from tests.ingest.scripted import Answer, http_server

TRADES = [
    {"a": 8, "p": "2.50", "q": "3", "f": 1, "l": 1, "T": 1001, "m": False},
    {"a": 7, "p": "2.00", "q": "1", "f": 0, "l": 0, "T": 1000, "m": True},
]
KLINES = [[60_000, "1", "3", "0.5", "2", "10", 119_999, "20", 4, "5", "10", "0"]]


def client_of(address: str, venue: Venue = USDM) -> RestClient:
    return RestClient(at(venue, stream_url="ws://127.0.0.1:9", rest_url=f"{address}/fapi/v1"))


def test_trades_come_as_ticks_in_id_order() -> None:
    asked: list[str] = []
    with http_server([Answer(orjson.dumps(TRADES))], asked) as address:
        ticks = client_of(address).trades("BTCUSDT", from_id=7)
    assert asked == ["/fapi/v1/aggTrades?symbol=BTCUSDT&limit=1000&fromId=7"]
    assert [tick[:4] for tick in ticks] == [(7, 2.0, 1.0, 1000), (8, 2.5, 3.0, 1001)]
    assert [tick.side for tick in ticks] == [Side.SELL, Side.BUY]


def test_klines_come_as_bars_that_name_their_source() -> None:
    with http_server([Answer(orjson.dumps(KLINES))], asked := []) as address:
        (bar,) = client_of(address).klines("BTCUSDT", Timeframe.M1, start_ms=60_000, end_ms=120_000)
    assert "interval=1m" in asked[0]
    assert "endTime=119999" in asked[0]
    assert bar[:7] == (60_000, 1.0, 3.0, 0.5, 2.0, 10.0, 4)
    assert (bar.source, bar.missing, bar.first_id, bar.revision) == (Source.KLINES, UNKNOWN_MISSING, NO_TRADE_ID, 0)


def test_facts_of_symbols_name_those_that_are_there() -> None:
    entries = [
        {"symbol": "BTCUSDT", "status": "TRADING", "baseAsset": "BTC", "quoteAsset": "USDT",
         "filters": [{"filterType": "PRICE_FILTER", "tickSize": "0.10"}]},
        {"symbol": "OLDUSDT", "status": "BREAK"},
        {"note": "a row of a kind not known yet"},
    ]  # fmt: skip
    with http_server([Answer(orjson.dumps({"symbols": entries}))], []) as address:
        facts = client_of(address).symbol_facts(["BTCUSDT", "OLDUSDT", "NONEUSDT"])
    assert facts["BTCUSDT"].tick_size == 0.1
    assert not facts["OLDUSDT"].trading
    assert "NONEUSDT" not in facts


def test_spot_asks_symbol_by_symbol_and_takes_invalid_as_absent() -> None:
    known = {"symbols": [{"symbol": "BTCUSDT", "status": "TRADING"}]}
    unknown = Answer(b'{"code":-1121,"msg":"Invalid symbol."}', 400)
    with http_server([Answer(orjson.dumps(known)), unknown], asked := []) as address:
        facts = client_of(address, SPOT).symbol_facts(["BTCUSDT", "NONEUSDT"])
    assert list(facts) == ["BTCUSDT"]
    assert len(asked) == 2


def test_a_refused_region_is_said_in_plain_words() -> None:
    with http_server([Answer(b"", 451)], []) as address, pytest.raises(RegionRefused, match="another region"):
        client_of(address).server_time_ms()


@pytest.mark.parametrize("status", [429, 418, 403])
def test_a_limit_is_obeyed_and_nothing_is_asked_meanwhile(status: int) -> None:
    with http_server([Answer(b"", status, {"Retry-After": "17"})], asked := []) as address:
        client = client_of(address)
        with pytest.raises(RateLimited) as first:
            client.server_time_ms()
        with pytest.raises(RateLimited) as second:
            client.server_time_ms()
    assert first.value.retry_after_s == 17
    assert 10 < second.value.retry_after_s <= 17
    assert len(asked) == 1


def test_used_weight_said_by_the_venue_holds_calls_back() -> None:
    with http_server([Answer(b'{"serverTime":5}', headers={"X-MBX-USED-WEIGHT-1M": "2399"})], asked := []) as address:
        client = client_of(address)
        assert client.server_time_ms() == 5
        with pytest.raises(RateLimited, match="budget"):
            client.trades("BTCUSDT")
    assert len(asked) == 1


@pytest.mark.parametrize("answer", [Answer(b"", 503), Answer(b"<html>"), Answer(b"[1]"), Answer(b'{"serverTime":"x"}')])
def test_what_cannot_be_used_is_unavailable(answer: Answer) -> None:
    with http_server([answer], []) as address, pytest.raises(VenueUnavailable):
        client_of(address).server_time_ms()


@pytest.mark.parametrize("row", [{"a": 1}, {**TRADES[0], "p": "NaN"}, {**TRADES[0], "q": "-1"}, [], None])
def test_a_bad_trade_makes_the_whole_answer_unusable(row: object) -> None:
    with http_server([Answer(orjson.dumps([row]))], []) as address, pytest.raises(VenueUnavailable):
        client_of(address).trades("BTCUSDT")


def test_a_refusal_carries_the_venues_code() -> None:
    answer = Answer(b'{"code":-1021,"msg":"Timestamp for this request is outside of the recvWindow."}', 400)
    with http_server([answer], []) as address, pytest.raises(VenueRefused, match="recvWindow") as refusal:
        client_of(address).server_time_ms()
    assert refusal.value.code == -1021


def test_no_answer_at_all_is_unavailable() -> None:
    with http_server([Answer(b"")], []) as address:
        pass
    with pytest.raises(VenueUnavailable, match="does not answer"):
        client_of(address).server_time_ms()


def test_retry_after_comes_as_seconds_or_as_a_date() -> None:
    assert retry_after_s("12", 0.0, 60.0) == 12.0
    assert retry_after_s("Thu, 01 Jan 1970 00:01:40 GMT", 90.0, 60.0) == 10.0
    assert retry_after_s(None, 0.0, 60.0) == retry_after_s("soon", 0.0, 60.0) == 60.0
