"""Row 14: 429, 418, 403, 451 and 5xx, of REST calls and of connections; and the codes that mean a limit."""

from __future__ import annotations

import orjson
import pytest
import requests

from ingest.errors import Banned, RateLimited, RegionRefused, VenueRefused, VenueUnavailable
from ingest.frames import FrameQueue
from ingest.live.connection import StreamConnection
from ingest.live.gate import Gate
from ingest.live.hosts import FAILURES
from ingest.live.refusals import Refusal, refused
from ingest.live.rest import RestClient
from ingest.live.venues import StreamAddress
from ingest.sim.exchange import SimulatedExchange
from ingest.sim.fault_service import RETRY_AFTER_S
from ingest.sim.fault_settings import ChosenFaults
from tests.faults.following import START_MS, JumpingClock, choose, simulated_venue
from tests.faults.test_resets import WrittenGate
from tests.tools.waiting import until


def exchange(faults: str) -> SimulatedExchange:
    return SimulatedExchange(start_ms=START_MS, speed=10.0, faults=ChosenFaults(faults))


def connection_to(server: SimulatedExchange, gate: Gate, clock: JumpingClock) -> StreamConnection:
    url = f"{server.ws_url}/stream?streams=btcusdt@aggTrade"
    address = StreamAddress("test", url, ("btcusdt@aggTrade",))
    return StreamConnection(address, FrameQueue(capacity=100).put, gate=gate, clock=clock.clock)


@pytest.mark.parametrize("status", [429, 418, 403])
def test_a_refused_connection_waits_as_long_as_it_is_told(status: int) -> None:
    gate = WrittenGate()
    with exchange(f"refuse={status}") as server:
        connection = connection_to(server, gate, JumpingClock())
        connection.start()
        until(lambda: len(gate.times_s) >= 3, "three attempts")
        choose(server, "")
        until(lambda: connection.state.connected, "the connection")
        connection.stop()
    assert all(
        later - earlier >= RETRY_AFTER_S for earlier, later in zip(gate.times_s, gate.times_s[1:3], strict=False)
    )


def test_a_refused_region_is_said_and_never_tried_again() -> None:
    gate = WrittenGate()
    with exchange("refuse=451") as server:
        connection = connection_to(server, gate, JumpingClock())
        connection.start()
        until(lambda: connection.state.refused, "the refusal")
        connection._thread.join(10)
    assert not connection._thread.is_alive()
    assert len(gate.times_s) == 1
    assert "run the ingestor in another region" in connection.state.detail


def test_a_ban_of_a_call_stops_connections_and_a_ban_of_a_connection_stops_calls() -> None:
    with exchange("rest=418") as server:
        client = RestClient(simulated_venue(server))
        with pytest.raises(Banned):
            client.server_time_ms()
        assert client.gate.reserve(JumpingClock().now_s()) > RETRY_AFTER_S - 1
        client.close()
    with exchange("refuse=418") as server:
        client = RestClient(simulated_venue(server))
        connection = connection_to(server, client.gate, JumpingClock())
        connection.start()
        until(lambda: client.gate.banned_s(JumpingClock().now_s()) > 0, "the ban")
        connection.stop()
        with pytest.raises(RateLimited):
            client.server_time_ms()
        client.close()


@pytest.mark.parametrize(
    ("status", "kind"),
    [(429, RateLimited), (418, Banned), (403, RateLimited), (451, RegionRefused), (500, VenueUnavailable)],
)
def test_a_refused_call_is_what_the_venue_means_by_it(status: int, kind: type[Exception]) -> None:
    with exchange(f"rest={status}") as server:
        client = RestClient(simulated_venue(server))
        with pytest.raises(kind):
            client.server_time_ms()
        choose(server, "")
        if kind in (RateLimited, Banned):
            with pytest.raises(RateLimited, match="nothing is asked"):
                client.server_time_ms()
        client.close()


def test_calls_go_to_the_host_in_reserve_when_the_first_fails() -> None:
    with exchange("rest=502") as bad, exchange("") as good:
        client = RestClient(simulated_venue(bad, good))
        for _ in range(FAILURES):
            with pytest.raises(VenueUnavailable, match="502"):
                client.server_time_ms()
        assert abs(client.server_time_ms() - good.clock.now_ms()) < 60_000
        client.close()


@pytest.mark.parametrize(
    ("code", "kind", "seconds"), [(-1003, RateLimited, 60), (-1034, RateLimited, 300), (-1021, VenueRefused, None)]
)
def test_codes_of_limits_hold_whatever_status_they_come_with(
    code: int, kind: type[Exception], seconds: float | None
) -> None:
    error = refused(Refusal("venue", "time", 400, None, orjson.dumps({"code": code, "msg": "why"})), 0.0)
    assert type(error) is kind
    assert getattr(error, "retry_after_s", None) == seconds
    if code == -1021:
        assert "this machine's clock" in str(error)


def test_no_call_goes_out_during_a_ban() -> None:
    with exchange("rest=418") as server:
        client = RestClient(simulated_venue(server))
        for _ in range(5):
            with pytest.raises(RateLimited):
                client.trades("BTCUSDT")
        choose(server, "")
        answer = requests.get(f"{server.rest_url}/api/v3/time", timeout=10)
        assert int(answer.headers["X-MBX-USED-WEIGHT-1M"]) <= 4 + 1, "one call of weight 4, and this one"
        client.close()
