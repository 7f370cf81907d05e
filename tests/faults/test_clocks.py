"""Row 18: clocks that are off or step back, milliseconds and microseconds mixed: bars go by the exchange's time."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ingest.core.core import Core
from ingest.live.rest import RestClient
from ingest.live.skew import SkewWatch, skew_words
from ingest.sim.exchange import SimulatedExchange
from ingest.sim.fault_settings import ChosenFaults
from ingest.sim.recording import write_frames
from store.ticks import parse_ticks
from tests.faults.following import (
    START_MS,
    assert_bars_are_the_exchanges,
    assert_nothing_missing_nor_twice,
    choose,
    following,
    simulated_venue,
)
from tests.tools.waiting import until

BUSY = "BTCUSDT"
HOUR_US = 3_600_000_000


@pytest.mark.parametrize("faults", ["clock=300", "clock=-300", "stamps=us", "stamps=us,shuffle=0.1,duplicates=3"])
def test_bars_are_right_whatever_the_clocks_say(faults: str) -> None:
    with (
        SimulatedExchange(start_ms=START_MS, speed=10.0, faults=ChosenFaults(faults)) as exchange,
        following(simulated_venue(exchange), [BUSY]) as follower,
    ):
        follower.work_until(lambda: len(follower.bars.get(BUSY, ())) > 8, "eight seconds")
        assert_nothing_missing_nor_twice(follower, BUSY)
        assert_bars_are_the_exchanges(follower, exchange, BUSY)
        assert follower.core.counts().rejections == 0


def test_a_machine_whose_clock_steps_back_an_hour_makes_the_same_bars(tmp_path: Path) -> None:
    path = tmp_path / "recording"
    write_frames(path, seed=7, start_ms=START_MS, seconds=30, symbols=[BUSY])
    lines = [line.split(b" ", 1) for line in path.read_bytes().splitlines()]
    steady = [(int(received) // 1000, raw) for received, raw in lines]
    half = len(steady) // 2
    stepped = steady[:half] + [(received - HOUR_US, raw) for received, raw in steady[half:]]
    made = []
    for frames in (steady, stepped):
        core = Core("sim", [BUSY])
        core.feed(frames)
        (leg,) = core.take().legs
        ticks = parse_ticks(b"".join(leg.ticks))
        made.append((leg.seconds, leg.minutes, ticks[["trade_id", "price", "quantity", "time_ms"]].tolist()))
    assert made[0] == made[1]
    assert len(made[0][0]) >= 28


@pytest.mark.parametrize(("faults", "words"), [("clock=300", "behind"), ("clock=-300", "ahead of"), ("", "")])
def test_a_clock_that_is_off_is_said(faults: str, words: str) -> None:
    with (
        SimulatedExchange(faults=ChosenFaults(faults)) as exchange,
        following(simulated_venue(exchange), [BUSY]) as follower,
    ):
        follower.rest.server_time_ms()
        follower.work_until(lambda: not follower.links.trouble, "data")
        assert words in follower.links.remark
        assert ("300 s" in follower.links.remark) == bool(words)


def test_a_clock_that_is_set_while_it_runs_is_noticed() -> None:
    with SimulatedExchange() as exchange:
        rest = RestClient(simulated_venue(exchange))
        watch = SkewWatch(rest, every_s=0.05)
        watch.start()
        until(lambda: rest.skew_s is not None and abs(rest.skew_s) < 2, "a first look")
        choose(exchange, "clock=-3600")
        until(lambda: "3600 s ahead of" in skew_words(rest.skew_s), "the step to be said")
        watch.stop()
        rest.close()


def test_skew_is_the_difference_to_the_middle_of_the_call() -> None:
    with SimulatedExchange(start_ms=int(time.time() * 1000) + 10_000) as exchange:
        rest = RestClient(simulated_venue(exchange))
        rest.server_time_ms()
        assert rest.skew_s == pytest.approx(10.0, abs=1.0)
        rest.close()
