"""Row 10: an exchange that accepts and never answers, is alive but silent, or acknowledges without data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ingest.frames import FrameQueue
from ingest.live.connection import StreamConnection
from ingest.live.connection_state import Patience
from ingest.live.venues import StreamAddress
from ingest.sim.exchange import SimulatedExchange
from ingest.sim.fault_settings import ChosenFaults
from tests.faults.following import START_MS, JumpingClock, choose
from tests.tools.fault_proxy import fault_proxy
from tests.tools.waiting import until

PATIENCE = Patience(silent_after_s=2.0, connect_s=0.5)
BUSY, QUOTES = "btcusdt@aggTrade", "btcusdt@bookTicker"
GAP_S = 0.03  # of trades at this speed


def exchange(faults: str = "") -> SimulatedExchange:
    return SimulatedExchange(start_ms=START_MS, speed=10.0, faults=ChosenFaults(faults))


@contextmanager
def connected(*urls: str) -> Iterator[tuple[StreamConnection, FrameQueue]]:
    """A connection to the first address, the others in reserve, that forgets its frames but for the newest."""
    queue = FrameQueue(capacity=200)
    first, *reserve = (f"{url}/stream?streams={BUSY}/{QUOTES}" for url in urls)
    connection = StreamConnection(
        StreamAddress("test", first, (BUSY, QUOTES), tuple(reserve)),
        queue.put,
        patience=PATIENCE,
        known_gap=lambda _: GAP_S,
        clock=JumpingClock().clock,
    )
    connection.start()
    try:
        yield connection, queue
    finally:
        connection.stop()


def trades_come(queue: FrameQueue) -> bool:
    queue.take(200)
    until(lambda: len(queue) >= 100, "frames")
    return any(b"aggTrade" in raw for _, raw in queue.take(200))


@pytest.mark.parametrize("faults", ["hang", "silent", "unfed", "refuse=503", "lifetime=0", "reset"])
def test_a_host_that_gives_nothing_is_left_for_another(faults: str) -> None:
    with exchange(faults) as bad, exchange() as good, connected(bad.ws_url, good.ws_url) as (connection, queue):
        until(lambda: connection.state.connected, "the other host")
        assert trades_come(queue)


def test_a_black_hole_on_the_way_is_noticed() -> None:
    with (
        exchange() as good,
        fault_proxy(good.ws_url.removeprefix("ws://")) as proxy,
        connected(f"ws://{proxy.netloc}", good.ws_url) as (connection, queue),
    ):
        until(lambda: connection.state.connected, "data through the proxy")
        proxy.black_hole = True
        until(lambda: "silent" in connection.state.detail, "the watchdog")
        until(lambda: connection.state.connected, "the other host")
        assert trades_come(queue)


@pytest.mark.parametrize("fault", ["reset", "half_close"])
def test_a_cut_on_the_way_is_noticed_at_once(fault: str) -> None:
    with (
        exchange() as good,
        fault_proxy(good.ws_url.removeprefix("ws://")) as proxy,
        connected(f"ws://{proxy.netloc}") as (connection, queue),
    ):
        until(lambda: connection.state.connected, "data through the proxy")
        proxy.slice_bytes = 7
        assert trades_come(queue)
        getattr(proxy, fault)()
        until(lambda: connection.state.lost >= 1 and connection.state.connected, "a new line")
        assert proxy.accepted >= 2


def test_one_silent_stream_is_said_and_subscribed_anew() -> None:
    with exchange(f"stuck={BUSY}") as stuck, connected(stuck.ws_url) as (connection, queue):
        until(lambda: [name for name, _ in connection.state.silent] == [BUSY], "the silence to be said")
        until(lambda: connection.state.silent == (), "the cure")
        assert trades_come(queue)
        assert (connection.state.opened, connection.state.connected) == (1, True)


def test_one_that_stays_silent_gets_a_new_connection_while_the_old_one_goes_on() -> None:
    with exchange() as server, connected(server.ws_url) as (connection, queue):
        assert trades_come(queue)
        choose(server, f"stale={BUSY}")
        until(lambda: connection.state.silent, "the silence to be said")
        until(lambda: connection.state.replaced == 1, "a successor")
        until(lambda: connection.state.silent == (), "the cure")
        assert trades_come(queue)
        assert (connection.state.lost, connection.state.connected) == (0, True)


def test_one_that_no_connection_brings_is_asked_for_at_another_host() -> None:
    with (
        exchange(f"unfed={BUSY}") as bad,
        exchange() as good,
        connected(bad.ws_url, good.ws_url) as (connection, queue),
    ):
        until(lambda: connection.state.replaced == 2, "the second successor", limit_s=60)
        until(lambda: connection.state.silent == (), "the cure")
        assert trades_come(queue)
        assert connection.state.lost == 0
