"""What two monitors tell their heartbeats: one leads, times its rounds and tests; the other stands by, then leads."""

from __future__ import annotations

import signal

from redis import Redis

from engine.desk.desk import Desk
from store.process_state import ProcessState, read_processes
from tests.engine.monitor.test_process import PAIRS, Market, _monitor, _watch
from tests.tools.waiting import until


def states(client: Redis) -> dict[int, ProcessState]:
    return {state.pid: state for state in read_processes(client).states}


def notes(client: Redis, pid: int) -> tuple[str, ...] | None:
    state = states(client).get(pid)
    return None if state is None else state.vitals.notes


def test_the_one_that_leads_times_its_rounds_and_the_other_stands_by(
    client: Redis, redis_url: str, database_url: str, desk: Desk
) -> None:
    market = Market(client)
    _watch(desk)
    with _monitor(redis_url, database_url) as first:
        until(lambda: notes(client, first.pid) == (), "the first leads")
        with _monitor(redis_url, database_url) as second:
            until(lambda: notes(client, second.pid) == ("stands by",), "the second stands by")
            for _ in range(5):
                market.publish(60)
            until(lambda: states(client)[first.pid].vitals.latencies["slow tests"].n >= len(PAIRS), "tests")
            until(lambda: states(client)[first.pid].vitals.latencies["round"].n > 0, "a round")
            leader, standby = states(client)[first.pid], states(client)[second.pid]
            assert (leader.kind, leader.vitals.counts["pairs"], leader.vitals.counts["rules"]) == ("monitor", 2, 4)
            assert leader.vitals.latencies["round"].n <= 300  # bars: not every look is a round
            assert (standby.vitals.counts, standby.vitals.latencies["round"].n) == ({}, 0)
            first.send_signal(signal.SIGTERM)
            assert first.wait(10) == 0
            until(lambda: notes(client, second.pid) == (), "the second leads")
            assert set(states(client)) == {second.pid}
