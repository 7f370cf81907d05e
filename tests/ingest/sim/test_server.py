"""The exchange over real sockets: what is streamed is what REST tells, and misuse is answered."""

from __future__ import annotations

import itertools
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
import requests
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as open_connection

from ingest.sim.catalogue import INSTRUMENTS
from ingest.sim.errors import NotStarted
from ingest.sim.exchange import SimulatedExchange
from ingest.sim.faults import Faults, Link, Sent
from ingest.sim.rest import Answer

START = 1_790_002_790_000  # ten seconds before an hour's turn
LIMIT_S = 20.0


@pytest.fixture
def exchange() -> Iterator[SimulatedExchange]:
    with SimulatedExchange(start_ms=START, speed=20.0) as running:
        yield running


def connect(url: str, **options: Any) -> open_connection:
    """A client that keeps reading: one that stops would wait for ten seconds to be closed."""
    return open_connection(url, max_queue=None, **options)


def receive(connection: ClientConnection, enough: Callable[[list[Any]], bool]) -> list[Any]:
    """Messages until there are enough of them."""
    messages: list[Any] = []
    while not enough(messages):
        messages.append(json.loads(connection.recv(timeout=LIMIT_S)))
    return messages


def chatter(connection: ClientConnection) -> None:
    """Ask and ask again, for as long as it is answered."""
    for number in itertools.count(1):
        connection.send(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": number}))
        connection.recv(timeout=LIMIT_S)


def read_all(connection: ClientConnection) -> None:
    for _ in itertools.count():
        connection.recv(timeout=LIMIT_S)


def get(exchange: SimulatedExchange, path: str, **parameters: object) -> Any:
    response = requests.get(
        exchange.rest_url + path, params={k: str(v) for k, v in parameters.items()}, timeout=LIMIT_S
    )
    assert response.status_code == 200, response.text
    return response.json()


def test_rest_tells_the_trades_that_were_streamed_without_a_gap_over_the_hour(exchange: SimulatedExchange) -> None:
    with connect(f"{exchange.ws_url}/stream?streams=ethusdt@aggTrade") as connection:
        hour_end = START + 10_000
        messages = receive(connection, lambda seen: bool(seen) and seen[-1]["data"]["T"] > hour_end + 5_000)
    streamed = [message["data"] for message in messages]
    ids = [trade["a"] for trade in streamed]
    assert ids == list(range(ids[0], ids[0] + len(ids)))
    assert streamed[0]["T"] < hour_end
    told = get(exchange, "/fapi/v1/aggTrades", symbol="ETHUSDT", fromId=ids[0], limit=min(len(ids), 1000))
    common = ("a", "p", "q", "f", "l", "T", "m")
    assert [[t[k] for k in common] for t in told] == [[t[k] for k in common] for t in streamed[: len(told)]]


def test_a_restart_tells_the_same_story() -> None:
    pages = []
    for _ in range(2):
        with SimulatedExchange(start_ms=START, seed=4) as running:
            pages.append(get(running, "/api/v3/aggTrades", symbol="BNBUSDT", endTime=START - 1_000, limit=300))
    assert pages[0] == pages[1]
    assert len(pages[0]) == 300


def test_raw_and_combined_connections_and_all_kinds_of_streams(exchange: SimulatedExchange) -> None:
    names = ["btcusdt@aggTrade", "btcusdt@bookTicker", "btcusdt@markPrice@1s", "!miniTicker@arr"]
    with connect(f"{exchange.ws_url}/stream?streams={'/'.join(names)}") as connection:
        receive(connection, lambda seen: {message["stream"] for message in seen} == set(names))
    with connect(f"{exchange.ws_url}/ws/btcusdt@bookTicker") as connection:
        assert receive(connection, bool)[0]["e"] == "bookTicker"


def test_subscribing_on_a_routed_connection_brings_what_the_route_carries(exchange: SimulatedExchange) -> None:
    with connect(f"{exchange.ws_url}/public/stream") as connection:
        connection.send(
            json.dumps({"method": "SUBSCRIBE", "params": ["btcusdt@aggTrade", "solusdt@bookTicker"], "id": 1})
        )
        assert json.loads(connection.recv(timeout=LIMIT_S)) == {"result": None, "id": 1}
        messages = receive(connection, lambda seen: len(seen) >= 40)
    assert {message["stream"] for message in messages} == {"solusdt@bookTicker"}


def test_errors_are_answered_and_the_connection_stays(exchange: SimulatedExchange) -> None:
    with connect(f"{exchange.ws_url}/stream?streams=nopeusdt@aggTrade") as connection:
        connection.send("{broken")
        assert json.loads(connection.recv(timeout=LIMIT_S))["code"] == 3
        connection.send(json.dumps({"method": "SUBSCRIBE", "params": ["bad"], "id": 7}))
        answer = json.loads(connection.recv(timeout=LIMIT_S))
        assert (answer["error"]["code"], answer["id"]) == (2, 7)
        connection.send(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": 8}))
        assert json.loads(connection.recv(timeout=LIMIT_S)) == {"result": ["nopeusdt@aggTrade"], "id": 8}


def test_a_client_that_talks_too_much_is_cut_off(exchange: SimulatedExchange) -> None:
    with connect(f"{exchange.ws_url}/ws") as connection:
        with pytest.raises(ConnectionClosed) as closed:
            chatter(connection)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/stream?streams=what", 400)])
def test_connections_to_nowhere_are_refused(exchange: SimulatedExchange, path: str, status: int) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(exchange.ws_url + path)
    assert refused.value.response.status_code == status


def test_too_much_weight_is_answered_429_with_retry_after() -> None:
    with SimulatedExchange(start_ms=START, futures_budget=30) as running:
        url = f"{running.rest_url}/fapi/v1/aggTrades?symbol=BTCUSDT&limit=1"
        # The minute may turn between two calls, not between three.
        answers = [requests.get(url, timeout=LIMIT_S) for _ in range(4)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert 1 <= int(refused[0].headers["Retry-After"]) <= 60
    assert refused[0].json()["code"] == -1003
    assert answers[0].headers["X-MBX-USED-WEIGHT-1M"] == "20"


def test_the_server_pings_its_clients() -> None:
    # Unanswered pings close a connection after three intervals: one that lives ten has answered some.
    with (
        SimulatedExchange(start_ms=START, ping_interval_s=0.1) as running,
        connect(f"{running.ws_url}/ws/btcusdt@bookTicker", ping_interval=None) as connection,
    ):
        assert receive(connection, lambda seen: seen[-1:] != [] and seen[-1]["E"] > START + 1_000)


def test_a_client_that_stops_reading_is_dropped() -> None:
    names = [f"{spec.symbol.lower()}@bookTicker" for spec in INSTRUMENTS]
    with (
        SimulatedExchange(start_ms=START, speed=3000.0) as running,
        open_connection(f"{running.ws_url}/stream?streams={'/'.join(names)}", max_queue=1, close_timeout=0) as silent,
    ):
        assert silent.recv(timeout=LIMIT_S)
        deadline = time.monotonic() + LIMIT_S
        while connections := get(running, "/sim/connections"):
            assert len(connections[0]["streams"]) == len(names)
            assert time.monotonic() < deadline, connections[0]["waiting"]
        with pytest.raises(ConnectionClosed):
            read_all(silent)


class Faulty(Faults):
    """Refuses one path, drops every trade with an even id, and answers `time` with 503."""

    def refuses_connection(self, target: str) -> int | None:
        return 503 if target.startswith("/ws") else None

    def outgoing(self, frames: Sequence[Sent], link: Link, now_s: float) -> Sequence[Sent]:  # noqa: ARG002
        return [frame for frame in frames if json.loads(frame.data)["a"] % 2]

    def answer(self, target: str, answer: Answer) -> Answer:
        return Answer(503, b"{}") if target.endswith("/time") else answer


def test_faults_act_at_the_points_the_server_asks_them() -> None:
    with SimulatedExchange(start_ms=START, speed=20.0, faults=Faulty()) as running:
        assert requests.get(f"{running.rest_url}/api/v3/time", timeout=LIMIT_S).status_code == 503
        with pytest.raises(InvalidStatus):
            connect(f"{running.ws_url}/ws")
        with connect(f"{running.ws_url}/stream?streams=btcusdt@aggTrade") as connection:
            messages = receive(connection, lambda seen: len(seen) >= 30)
    assert all(message["data"]["a"] % 2 for message in messages)


def test_a_taken_port_is_said(exchange: SimulatedExchange) -> None:
    port = int(exchange.rest_url.rsplit(":", 1)[1])
    with pytest.raises(NotStarted, match=str(port)), SimulatedExchange(start_ms=START, port=port):
        pass


def test_the_process_says_where_it_is_and_ends_at_sigterm() -> None:
    command = [sys.executable, "-m", "ingest.sim", "--port", "0", "--start", "2026-03-01T00:00Z", "--speed", "50"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        words = process.stdout.readline().split()
        ws_url = next(word for word in words if word.startswith("ws://"))
        with connect(f"{ws_url}/ws/btcusdt@aggTrade") as connection:
            trade = json.loads(connection.recv(timeout=LIMIT_S))
            assert 0 <= trade["T"] - 1_772_323_200_000 < 3_600_000
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=LIMIT_S)
        assert (process.returncode, errors) == (0, "")
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def test_the_process_says_in_one_line_that_its_port_is_taken(exchange: SimulatedExchange) -> None:
    port = exchange.rest_url.rsplit(":", 1)[1]
    command = [sys.executable, "-m", "ingest.sim", "--port", port]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert port in done.stderr
