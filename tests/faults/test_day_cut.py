"""Row 11: the 24 h cut and `serverShutdown`: a new connection delivers before the old one is left."""

from __future__ import annotations

import pytest

from ingest.live.connection_state import Patience
from ingest.sim.exchange import SimulatedExchange
from ingest.sim.fault_settings import ChosenFaults
from tests.faults.following import (
    START_MS,
    assert_bars_are_the_exchanges,
    assert_nothing_missing_nor_twice,
    following,
    simulated_venue,
)

BUSY, QUIET = "BTCUSDT", "LTCUSDT"


@pytest.mark.parametrize(
    ("faults", "patience"),
    [
        ("lifetime=3", Patience(replace_after_s=1.0, replace_spread_s=0.2, overlap_s=1.0)),
        ("shutdown=1", Patience(overlap_s=1.0)),
    ],
    ids=["24 h", "serverShutdown"],
)
def test_lines_take_over_from_each_other_without_a_gap_or_a_repeat(faults: str, patience: Patience) -> None:
    with (
        SimulatedExchange(start_ms=START_MS, speed=10.0, faults=ChosenFaults(faults)) as exchange,
        following(simulated_venue(exchange), [BUSY, QUIET], patience) as follower,
    ):
        (connection,) = follower.connections
        follower.work_until(lambda: connection.state.replaced >= 3, "three changes of line")
        seen = len(follower.bars[BUSY])
        follower.work_until(lambda: len(follower.bars[BUSY]) > seen + 5, "some seconds more")
        counts = follower.core.counts()
        assert connection.state.lost == 0, "the old line ended before the new one delivered"
        assert counts.duplicates > 0, "the two lines never overlapped"
        for symbol in (BUSY, QUIET):
            assert counts.legs[symbol].missing_ids == 0
            assert_nothing_missing_nor_twice(follower, symbol)
            assert_bars_are_the_exchanges(follower, exchange, symbol)
        assert counts.rejections == 0


def test_an_announced_end_is_said_by_the_venue_and_heard_once() -> None:
    with (
        SimulatedExchange(start_ms=START_MS, speed=10.0, faults=ChosenFaults("shutdown=1")) as exchange,
        following(simulated_venue(exchange), [BUSY], Patience(overlap_s=1.0)) as follower,
    ):
        (connection,) = follower.connections
        follower.work_until(lambda: connection.state.replaced == 1, "the change of line")
        assert connection.state.opened == 2
