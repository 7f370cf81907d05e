"""Row 20: symbols that are unknown, delisted or may not be traded are said before anything is subscribed."""

from __future__ import annotations

from threading import Event, Thread

import orjson
import pytest
import requests
from redis import Redis
from websockets.sync.server import ServerConnection

from ingest.errors import UnknownSymbols
from ingest.live.connection_state import Patience
from ingest.live.rest import RestClient
from ingest.live.session import LiveSession
from ingest.live.symbols import checked_symbols
from ingest.live.venues import SPOT, at, simulated
from ingest.sim.exchange import SimulatedExchange
from ingest.sim.fault_settings import ChosenFaults
from tests.faults.following import START_MS, choose, following
from tests.ingest.scripted import Answer, http_server, stream_server

CHINESE = "币安人生USDT"


def exchange(faults: str = "") -> SimulatedExchange:
    return SimulatedExchange(start_ms=START_MS, speed=10.0, faults=ChosenFaults(faults))


@pytest.mark.parametrize(
    ("faults", "symbol", "words"),
    [
        ("", "NOPEUSDT", "NOPEUSDT"),
        ("", CHINESE, CHINESE),
        ("delisted=TRXUSDT", "TRXUSDT", "TRXUSDT"),
        ("cancel_only=TRXUSDT", "TRXUSDT", "TRXUSDT"),
    ],
    ids=["unknown", "unknown and not ASCII", "delisted", "CANCEL_ONLY"],
)
def test_a_symbol_that_is_not_traded_is_said_before_anything_is_subscribed(
    faults: str, symbol: str, words: str, client: Redis
) -> None:
    with exchange(faults) as server:
        session = LiveSession(simulated(server.rest_url), ["BTCUSDT", symbol], client, Event())
        with pytest.raises(UnknownSymbols, match=words) as said:
            session.run()
        assert requests.get(f"{server.rest_url}/sim/connections", timeout=10).json() == []
    assert symbol in said.value.unknown or symbol in said.value.not_trading


def test_without_a_list_of_ones_own_what_is_not_traded_is_left_out() -> None:
    with exchange("cancel_only=TRXUSDT,delisted=BNBUSDT") as server:
        venue = simulated(server.rest_url)
        rest = RestClient(venue)
        names = [info.id for info in checked_symbols(venue, rest, (), lambda _: False)]
        rest.close()
    assert len(names) == 10
    assert not {"sim:TRXUSDT", "sim:BNBUSDT"} & set(names)


def test_a_symbol_delisted_while_it_is_followed_is_said_to_be_silent() -> None:
    with (
        exchange() as server,
        following(simulated(server.rest_url), ["BTCUSDT", "ETHUSDT"], Patience(silent_after_s=2.0)) as follower,
    ):
        follower.work_until(lambda: len(follower.ids("BTCUSDT")) > 300, "trades")
        choose(server, "delisted=BTCUSDT")
        follower.work_until(lambda: "btcusdt@aggTrade" in follower.links.remark, "the silence to be said")
        seen = len(follower.ids("ETHUSDT"))
        follower.work_until(lambda: len(follower.ids("ETHUSDT")) > seen + 100, "the others to go on")


@pytest.mark.parametrize("escaped", [False, True], ids=["as it is", "as \\u escapes"])
def test_a_symbol_that_is_not_ascii_is_followed(escaped: bool) -> None:
    ended = Event()
    stream = f"{CHINESE.lower()}@aggTrade"

    def handler(socket: ServerConnection) -> None:
        assert socket.request is not None
        assert socket.request.path.isascii()
        for number in range(1, 50):
            data = {"e": "aggTrade", "E": number, "s": CHINESE, "a": number, "p": "1", "q": "1", "T": number, "m": True}
            text = orjson.dumps({"stream": stream, "data": data}).decode()
            socket.send(text.encode("ascii", "backslashreplace").decode() if escaped else text)
        ended.wait(30)

    info = {"symbols": [{"symbol": CHINESE, "status": "TRADING", "baseAsset": "币安人生", "quoteAsset": "USDT"}]}
    with http_server([Answer(orjson.dumps(info))], []) as rest_url, stream_server(handler) as stream_url:
        venue = at(SPOT, stream_url=stream_url, rest_url=rest_url)
        rest = RestClient(venue)
        assert [fact.id for fact in checked_symbols(venue, rest, [CHINESE], lambda _: False)] == [f"spot:{CHINESE}"]
        rest.close()
        with following(venue, [CHINESE]) as follower:
            (connection,) = follower.connections
            follower.work_until(lambda: follower.ids(CHINESE) == list(range(1, 50)), "its trades")
            assert connection.state.connected
            ended.set()


def test_nothing_hangs_when_the_process_is_ended_meanwhile(client: Redis) -> None:
    stop = Event()
    with exchange("rest=503") as server:
        session = Thread(target=LiveSession(simulated(server.rest_url), ["BTCUSDT"], client, stop).run)
        session.start()
        stop.set()
        session.join(10)
    assert not session.is_alive()
