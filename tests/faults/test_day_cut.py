"""Row 11: the 24 h cut and `serverShutdown`: a new connection delivers before the old one is left."""

from __future__ import annotations

from itertools import pairwise

import orjson
import pytest

from ingest.live.connection import StreamConnection
from ingest.live.connection_state import Patience
from ingest.live.venues import StreamAddress
from ingest.sim.exchange import SimulatedExchange
from ingest.sim.fault_settings import ChosenFaults
from tests.faults.following import (
    START_MS,
    assert_bars_are_the_exchanges,
    assert_nothing_missing_nor_twice,
    choose,
    following,
    simulated_venue,
)
from tests.tools.waiting import until

BUSY, QUIET = "BTCUSDT", "LTCUSDT"


@pytest.mark.parametrize(
    ("faults", "patience"),
    [
        ("lifetime=5", Patience(replace_after_s=1.5, replace_spread_s=0.2, overlap_s=1.0)),
        ("shutdown=3", Patience(overlap_s=1.0)),
    ],
    ids=["24 h", "serverShutdown"],
)
def test_lines_take_over_from_each_other_without_a_gap_or_a_repeat(faults: str, patience: Patience) -> None:
    with (
        SimulatedExchange(start_ms=START_MS, speed=10.0, faults=ChosenFaults(faults)) as exchange,
        following(simulated_venue(exchange), [BUSY, QUIET], patience) as follower,
    ):
        (connection,) = follower.connections
        follower.work_until(lambda: connection.state.replaced >= 2, "two changes of line")
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


def test_an_announced_end_opens_one_successor_at_a_time() -> None:
    with (
        SimulatedExchange(start_ms=START_MS, speed=10.0, faults=ChosenFaults("shutdown=2")) as exchange,
        following(simulated_venue(exchange), [BUSY], Patience(overlap_s=1.0)) as follower,
    ):
        (connection,) = follower.connections
        follower.work_until(lambda: connection.state.replaced >= 2, "two changes of line")
        state = connection.state
        assert state.opened - state.replaced in (1, 2), "one line in use, and at most one to take over"


def test_a_successor_that_brings_nothing_takes_nothing_over() -> None:
    with (
        SimulatedExchange(start_ms=START_MS, speed=10.0, faults=ChosenFaults()) as exchange,
        following(
            simulated_venue(exchange), [BUSY], Patience(silent_after_s=6.0, replace_after_s=4.0, replace_spread_s=0.0)
        ) as follower,
    ):
        (connection,) = follower.connections
        follower.work_until(lambda: connection.state.connected, "data")
        choose(exchange, "unfed=*")
        follower.work_until(lambda: connection.state.opened >= 2, "a successor without data")
        seen = len(follower.ids(BUSY))
        follower.work_until(lambda: len(follower.ids(BUSY)) > seen + 100, "trades over the old line")
        assert (connection.state.replaced, connection.state.lost, connection.state.connected) == (0, 0, True)
        choose(exchange, "")
        follower.work_until(lambda: connection.state.replaced >= 1, "the same as soon as it delivers")
        assert connection.state.lost == 0


def test_quotes_of_two_lines_do_not_mix() -> None:
    """A trade that comes twice is known by its id; a quote that comes late would undo a newer one."""
    frames: list[bytes] = []
    streams = ("btcusdt@aggTrade", "btcusdt@bookTicker")
    with SimulatedExchange(start_ms=START_MS, speed=10.0) as exchange:
        address = StreamAddress("test", f"{exchange.ws_url}/stream?streams={'/'.join(streams)}", streams)
        patience = Patience(replace_after_s=0.5, replace_spread_s=0.0, overlap_s=0.5)
        connection = StreamConnection(address, lambda _, raw: frames.append(raw), patience=patience)
        connection.start()
        until(lambda: connection.state.replaced >= 3, "three changes of line")
        connection.stop()
    data = [orjson.loads(raw)["data"] for raw in frames]
    trades = [event["a"] for event in data if event["e"] == "aggTrade"]
    quotes = [event["u"] for event in data if event["e"] == "bookTicker"]
    assert len(trades) > len(set(trades)), "the lines overlapped"
    # The new line may lag behind the old one, and then tells in order what the old one told: one step back a change.
    steps_back = sum(after < before for before, after in pairwise(quotes))
    assert steps_back <= connection.state.replaced
    assert len(quotes) > 100
