"""The slow tests in the monitor: whatever the method of a view, they see the history of its legs."""

from __future__ import annotations

import pytest
from redis import Redis

from engine.diagnosis import load_diagnosis
from engine.monitor.slow_tests import SlowTests
from engine.parameters import PairParameters, parse_parameters
from tests.engine.pair_data import X, Y, append_bars, made_legs, reader_of, register


def view(method: str) -> PairParameters:
    return parse_parameters(Y, X, {"method": method, "beta": "0.8"} if method == "fixed" else {"method": method})


@pytest.mark.parametrize("method", ["rolling", "kalman", "ols", "tls", "fixed"])
def test_the_tests_run_on_the_history_of_the_legs_by_every_method(client: Redis, method: str) -> None:
    legs = made_legs(900, gaps=False)
    register(client, Y, X)
    append_bars(client, Y, legs.y)
    append_bars(client, X, legs.x)
    reader = reader_of(client, history_bars=900)
    tests = SlowTests(client, reader.snapshot)
    p = view(method)
    tests.offer(reader.snapshot(p))
    tests.finish()
    diagnosis = load_diagnosis(client, p)
    assert diagnosis is not None
    assert diagnosis.bars == 720
    assert diagnosis.passed
    assert len(diagnosis.refits) == 12
