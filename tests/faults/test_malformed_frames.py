"""Row 16: a thousand malformed frames: none stored, all counted, no crash, few log lines."""

from __future__ import annotations

import logging

import pytest

from ingest.live.connection_state import Patience
from ingest.sim.exchange import SimulatedExchange
from ingest.sim.fault_settings import ChosenFaults
from ingest.sim.fault_traffic import MALFORMED
from tests.faults.following import (
    START_MS,
    assert_bars_are_the_exchanges,
    assert_nothing_missing_nor_twice,
    choose,
    following,
    simulated_venue,
)

BUSY = "BTCUSDT"
FRAMES = 1_000


def test_a_thousand_malformed_frames_are_counted_and_change_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="ingest")
    with (
        SimulatedExchange(start_ms=START_MS, speed=10.0, faults=ChosenFaults("malformed=400")) as exchange,
        following(simulated_venue(exchange), [BUSY], Patience()) as follower,
    ):
        (connection,) = follower.connections
        follower.work_until(lambda: follower.core.counts().rejections >= FRAMES, "a thousand of them")
        choose(exchange, "")
        seen = len(follower.bars[BUSY])
        follower.work_until(lambda: len(follower.bars[BUSY]) > seen + 5, "good seconds after them")
        counts = follower.core.counts()
        assert (connection.state.opened, connection.state.lost) == (1, 0)
        assert_nothing_missing_nor_twice(follower, BUSY)
        assert_bars_are_the_exchanges(follower, exchange, BUSY)
    (update,) = follower.core.marks.ready("sim")
    assert update.mark.time_ms > START_MS
    assert abs(update.mark.rate) < 0.01 < update.mark.price
    # All but the one that is a sound answer to a request are refused, each for its reason.
    assert len(counts.rejected) >= 6
    assert counts.rejections % (len(MALFORMED) - 1) < len(MALFORMED)
    assert counts.legs[BUSY].trades == len(follower.ids(BUSY))
    lines = [record for record in caplog.records if record.name.startswith("ingest.live")]
    assert len(lines) <= 10
