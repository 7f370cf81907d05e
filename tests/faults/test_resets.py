"""Row 12: a hundred connection resets in a row, and attempts that stay within their limits."""

from __future__ import annotations

from itertools import pairwise

import pytest

from ingest.frames import FrameQueue
from ingest.live.backoff import ATTEMPTS_PER_MINUTE
from ingest.live.connection import StreamConnection
from ingest.live.connection_state import Patience
from ingest.live.gate import Gate
from ingest.live.venues import StreamAddress
from ingest.sim.exchange import SimulatedExchange
from ingest.sim.fault_settings import ChosenFaults
from tests.faults.following import START_MS, JumpingClock, choose
from tests.tools.waiting import until

RESETS = 100


class WrittenGate(Gate):
    """Writes down when each attempt was made."""

    def __init__(self) -> None:
        super().__init__()
        self.times_s: list[float] = []

    def reserve(self, now_s: float) -> float:
        wait_s = super().reserve(now_s)
        if wait_s == 0:
            self.times_s.append(now_s)
        return wait_s


@pytest.mark.parametrize("faults", ["reset", "reset=0.02", "refuse=503"], ids=["at once", "after data", "refused"])
def test_a_hundred_resets_in_a_row_are_met_with_patience(faults: str) -> None:
    gate, queue = WrittenGate(), FrameQueue(capacity=100)
    with SimulatedExchange(start_ms=START_MS, speed=20.0, faults=ChosenFaults(faults)) as exchange:
        streams = ("btcusdt@aggTrade", "btcusdt@bookTicker")
        address = StreamAddress("test", f"{exchange.ws_url}/stream?streams={'/'.join(streams)}", streams)
        patience = Patience(silent_after_s=3600.0)
        connection = StreamConnection(address, queue.put, patience=patience, gate=gate, clock=JumpingClock().clock)
        connection.start()
        until(lambda: len(gate.times_s) > RESETS, "a hundred resets", limit_s=60)
        choose(exchange, "")
        until(lambda: connection.state.connected and len(queue) == 100, "data after them")
        connection.stop()
    times = gate.times_s
    assert all(after - before >= 1.0 - 1e-6 for before, after in pairwise(times))
    in_a_minute = zip(times, times[ATTEMPTS_PER_MINUTE:], strict=False)
    assert all(after - before >= 60.0 - 1e-6 for before, after in in_a_minute)
