"""Streams that come and go over connections that run: real sockets, and an exchange that is strict about messages."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import orjson
import pytest
import requests
from websockets.sync.server import ServerConnection

from ingest.core.core import Core
from ingest.live.venues import SPOT, STREAMS_PER_CONNECTION, at, simulated
from ingest.sim.exchange import SimulatedExchange
from ingest.sim.fault_settings import ChosenFaults
from tests.faults.following import START_MS, assert_nothing_missing_nor_twice, choose, following
from tests.ingest.scripted import Answer, http_server, stream_server

BTC, ETH, TRX = "BTCUSDT", "ETHUSDT", "TRXUSDT"
CHINESE = "币安人生USDT"


@pytest.fixture
def exchange() -> Iterator[SimulatedExchange]:
    with SimulatedExchange(start_ms=START_MS, speed=20.0, faults=ChosenFaults("")) as running:
        yield running


def streams_of(exchange: SimulatedExchange) -> list[set[str]]:
    connections = requests.get(f"{exchange.rest_url}/sim/connections", timeout=10).json()
    return [set(each["streams"]) for each in connections]


def test_hundreds_of_streams_are_shared_out_over_connections_and_let_go_again(exchange: SimulatedExchange) -> None:
    """The exchange accepts symbols that it does not know and stays silent, as the venue does."""
    names = [f"S{number}USDT" for number in range(120)]
    with following(simulated(exchange.rest_url), [BTC, ETH]) as follower:
        follower.work_until(lambda: len(follower.ids(BTC)) > 100 and len(follower.ids(ETH)) > 100, "trades")
        (first,) = follower.connections
        follower.links.follow([BTC, ETH, *names])
        wanted = {f"{symbol.lower()}@aggTrade" for symbol in (BTC, ETH, *names)}
        follower.work_until(lambda: wanted <= carried(exchange), "all to be subscribed")
        assert [len(streams) <= STREAMS_PER_CONNECTION for streams in streams_of(exchange)] == [True, True]
        follower.links.follow([ETH])
        gone = {f"{symbol.lower()}@aggTrade" for symbol in (BTC, *names)}
        follower.work_until(lambda: len(streams_of(exchange)) == 1 and not gone & carried(exchange), "the rest to go")
        seen = len(follower.ids(ETH))
        follower.work_until(lambda: len(follower.ids(ETH)) > seen + 100, "what stays to go on")
        assert follower.connections == [first]
        assert (first.state.opened, first.state.lost, follower.core.counts().rejections) == (1, 0, 0)
        assert_nothing_missing_nor_twice(follower, ETH)


def test_a_connection_that_was_lost_comes_back_with_what_is_followed_by_then(exchange: SimulatedExchange) -> None:
    with following(simulated(exchange.rest_url), [BTC, ETH]) as follower:
        follower.work_until(lambda: len(follower.ids(ETH)) > 100, "trades")
        (connection,) = follower.connections
        choose(exchange, "refuse=503,reset")
        follower.work_until(lambda: connection.state.lost == 1, "the connection to be lost")
        follower.links.follow([ETH, TRX])
        choose(exchange, "")
        follower.work_until(lambda: connection.state.connected, "another one")
        assert {stream.partition("@")[0] for stream in carried(exchange)} == {"ethusdt", "trxusdt", "!miniTicker"}
        assert_nothing_missing_nor_twice(follower, ETH)


def test_a_symbol_that_is_not_ascii_is_subscribed_over_a_running_connection() -> None:
    ended, said = Event(), list[str]()

    def handler(socket: ServerConnection) -> None:
        socket.send(trade_of("AUSDT", 1))
        for message in socket:
            said.append(str(message))
            for number in range(1, 50):
                socket.send(trade_of(CHINESE, number))
            ended.wait(30)

    with (
        http_server([Answer(b"[]")], []) as rest_url,
        stream_server(handler) as stream_url,
        following(at(SPOT, stream_url=stream_url, rest_url=rest_url), ["AUSDT"]) as follower,
    ):
        follower.work_until(lambda: follower.ids("AUSDT") == [1], "the first one")
        assert follower.core.adopt(Core("spot", [CHINESE]), CHINESE)
        follower.links.follow(["AUSDT", CHINESE])
        follower.work_until(lambda: follower.ids(CHINESE) == list(range(1, 50)), "its trades")
        ended.set()
    request = orjson.loads(said[0])
    wanted = [f"{CHINESE.lower()}{kind}" for kind in ("@aggTrade", "@bookTicker")]
    assert (request["method"], request["params"]) == ("SUBSCRIBE", wanted)


def carried(exchange: SimulatedExchange) -> set[str]:
    return set().union(*streams_of(exchange))


def trade_of(symbol: str, number: int) -> str:
    data = {"e": "aggTrade", "E": number, "s": symbol, "a": number, "p": "1", "q": "1", "T": number, "m": True}
    return orjson.dumps({"stream": f"{symbol.lower()}@aggTrade", "data": data}).decode()
