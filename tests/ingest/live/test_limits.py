"""Limits on what goes out: connection attempts of one address, messages a second, log lines a minute, hosts."""

from __future__ import annotations

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.live.calm_log import LINES, CalmLog
from ingest.live.control import ControlBudget, resubscription
from ingest.live.gate import CONNECTIONS, WINDOW_S, Gate
from ingest.live.hosts import FAILURES, HOME_AFTER_S, Hosts


@settings(max_examples=20)
@given(st.lists(st.floats(0, 3), min_size=400, max_size=500))
def test_all_connections_together_stay_below_the_venues_limit(pauses: list[float]) -> None:
    gate, now, made = Gate(), 0.0, []
    for pause in pauses:
        now += pause
        if gate.reserve(now) == 0.0:
            made.append(now)
    window = zip(made, made[CONNECTIONS:], strict=False)
    assert all(after - before >= WINDOW_S for before, after in window)


def test_the_wait_that_is_told_is_long_enough_and_no_longer() -> None:
    gate = Gate(limit=2, window_s=100.0)
    assert [gate.reserve(now) for now in (0.0, 10.0, 20.0)] == [0.0, 0.0, 80.0]
    assert gate.reserve(100.0) == 0.0
    gate.close(101.0, 5.0)
    assert gate.reserve(101.0) == 9.0
    assert gate.banned_s(101.0) == 0.0
    gate.ban(101.0, 50.0)
    assert gate.reserve(101.0) == gate.banned_s(101.0) == 50.0


def test_a_host_that_fails_twice_is_left_and_tried_again_later() -> None:
    hosts = Hosts(("a", "b", "c"))
    for number, expected in enumerate("aabbccaa"):
        assert hosts.current(number) == expected
        hosts.failed(number)
    hosts = Hosts(("a", "b"))
    for _ in range(FAILURES - 1):
        hosts.failed(0.0)
    hosts.worked()
    hosts.failed(1.0)
    assert hosts.current(1.0) == "a", "failures count in a row only"
    hosts.leave(2.0)
    hosts.worked()
    assert hosts.current(2.0 + HOME_AFTER_S - 1) == "b"
    assert hosts.current(2.0 + HOME_AFTER_S) == "a"


@given(st.lists(st.floats(0, 0.4), min_size=50, max_size=100), st.sampled_from([5, 10]))
def test_messages_stay_within_the_seconds_budget(pauses: list[float], per_s: int) -> None:
    budget, now, sent = ControlBudget(per_s), 0.0, []
    for pause in pauses:
        now += pause
        if budget.has_room(now, 2):
            budget.spend(now, 2)
            sent += [now, now]
    assert all(after - before >= 1.0 - 1e-9 for before, after in zip(sent, sent[per_s:], strict=False))
    assert sent


def test_a_resubscription_is_what_the_venue_understands() -> None:
    off, on = map(orjson.loads, resubscription(("a@aggTrade", "币@aggTrade"), 7))
    assert off == {"method": "UNSUBSCRIBE", "params": ["a@aggTrade", "币@aggTrade"], "id": 7}
    assert on == {"method": "SUBSCRIBE", "params": ["a@aggTrade", "币@aggTrade"], "id": 8}


def test_a_calm_log_writes_little_and_says_how_much_it_left_out() -> None:
    calm = CalmLog()
    written = [(second, line) for second in range(1_000) if (line := calm.line("again", float(second))) is not None]
    times = [second for second, _ in written]
    assert times[:LINES] == list(range(LINES))
    assert all(after - before >= 60 for before, after in zip(times, times[LINES:], strict=False))
    assert written[LINES] == (60, f"again ({60 - LINES} lines like it were left out)")
