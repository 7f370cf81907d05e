"""The monitor as a process: killed at random points it says everything once; told to end it ends cleanly."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
import pytest
from redis import Redis

from engine.desk.desk import Desk
from engine.monitor.judge import Judge
from engine.monitor_state import read_monitor_state
from engine.parameters import PairParameters
from engine.reader import Reader
from store import keys
from store.bars import Bar, Source, encode_bar
from store.catalogue import InstrumentInfo, encode_info
from store.epoch import ensure_epoch
from store.history.minutes import read_minutes
from store.timeframes import Timeframe
from tests.tools.waiting import until

LEGS = ("sim:AAA", "sim:BBB", "sim:CCC")
PAIRS = [PairParameters(y, x, Timeframe.S1, 20, 10) for y, x in pairwise(LEGS)]
BARS = 600
START_MS = 1_700_000_000_000
LIMIT_S = 40.0


class Market:
    """Bars of three instruments that move together but for noise, published as an ingestor would."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        noise = np.random.default_rng(11)
        common = np.cumsum(noise.normal(0, 1e-3, BARS))
        self._prices = [100 * np.exp(common + noise.normal(0, 1e-4, BARS)) for _ in LEGS]
        self.published = 0
        ensure_epoch(client)
        client.sadd(keys.VENUES, "sim")
        for place, name in enumerate(LEGS):
            client.hset(keys.INSTRUMENTS, name, encode_info(InstrumentInfo(name, name[-3:], "USDT", 0.01, place)))

    def publish(self, bars: int) -> None:
        """The next bars of all legs."""
        pipeline = self._client.pipeline(transaction=False)
        for number in range(self.published, min(self.published + bars, BARS)):
            for name, prices in zip(LEGS, self._prices, strict=True):
                pipeline.xadd(keys.bars(name, Timeframe.S1), {keys.FIELD: encode_bar(_bar(number, prices[number]))})
        pipeline.execute()
        self.published = min(self.published + bars, BARS)


def _bar(number: int, price: float) -> Bar:
    p = float(price)
    time_ms = START_MS + number * 1_000
    return Bar(time_ms, p, p, p, p, 1.0, 3, 3 * number, 3 * number + 2, p - 0.01, p + 0.01, Source.TRADES, 0, 0)


@contextmanager
def _monitor(redis_url: str, database_url: str) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "REDIS_URL": redis_url, "DATABASE_URL": database_url}
    command = [sys.executable, "-m", "engine.monitor"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=20)


def _watch(desk: Desk) -> None:
    desk.change_settings(entry=1.5, exit=0.5, min_correlation=0.2, effective_ms=0)
    for pair in PAIRS:
        desk.watch(pair, effective_ms=START_MS)


def _expected(client: Redis, desk: Desk) -> list[tuple[int, str, int, float]]:
    """What one uninterrupted look at all bars says."""
    reader = Reader(client, desk.thresholds)
    said: list[tuple[int, str, int, float]] = []
    for rule in desk.rule_records():
        snapshot = reader.snapshot(next(pair for pair in PAIRS if pair.key == rule.pair.pair_key))
        judge = Judge(rule, snapshot.parameters, None, desk.settings_history(), epoch="", written_ms=0)
        judgement = judge.bars(snapshot)
        assert judgement is not None
        said += [(alert.rule_id, alert.event, alert.bar_ms, alert.z or 0.0) for alert in judgement.alerts]
    return sorted(said)


def _logged(desk: Desk) -> list[tuple[int, str, int, float]]:
    alerts = desk.alerts(limit=1_000)
    return sorted((alert.rule_id, alert.event.value, alert.open_time_ms, alert.z or 0.0) for alert in alerts)


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_random_points_it_says_everything_once(
    client: Redis, redis_url: str, database_url: str, desk: Desk, seed: int
) -> None:
    chance = random.Random(seed)
    market = Market(client)
    _watch(desk)
    while market.published < BARS - 100:
        client.delete(keys.MONITOR_LEASE)  # as if the dead one's lease had run out
        with _monitor(redis_url, database_url) as process:
            until(lambda: client.exists(keys.MONITOR_LEASE) == 1, "the monitor takes the lease")
            for _ in range(chance.randrange(1, 8)):
                market.publish(chance.randrange(1, 40))
                time.sleep(chance.uniform(0, 0.15))  # where the kill falls is left to chance
            os.kill(process.pid, signal.SIGKILL)
    client.delete(keys.MONITOR_LEASE)
    with _monitor(redis_url, database_url) as process:
        market.publish(BARS)
        expected = _expected(client, desk)
        assert len(expected) > 40
        until(lambda: len(_logged(desk)) >= len(expected), "all alerts are in the log")
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert _logged(desk) == expected


def test_told_to_end_it_writes_where_it_stands_and_lets_the_lease_go(
    client: Redis, redis_url: str, database_url: str, desk: Desk
) -> None:
    market = Market(client)
    _watch(desk)
    market.publish(200)
    with _monitor(redis_url, database_url) as process:
        until(lambda: len(_logged(desk)) >= len(_expected(client, desk)), "all alerts are in the log")
        state = read_monitor_state(client)
        assert state is not None
        assert (state.pairs, state.rules) == (2, 4)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=10)
    assert process.returncode == 0
    assert "Traceback" not in said
    assert not client.exists(keys.MONITOR_LEASE)


def test_the_slow_tests_of_a_watched_pair_run_by_themselves(
    client: Redis, redis_url: str, database_url: str, desk: Desk
) -> None:
    market = Market(client)
    _watch(desk)
    market.publish(300)
    reader = Reader(client, desk.thresholds)
    with _monitor(redis_url, database_url):
        until(lambda: all(reader.diagnosis(pair) is not None for pair in PAIRS), "every watched pair is tested")
    diagnosis = reader.diagnosis(PAIRS[0])
    assert diagnosis is not None
    assert diagnosis.as_of_ms % 60_000 == 0


def test_it_keeps_minutes_for_good_and_a_kill_leaves_none_out(
    client: Redis, redis_url: str, database_url: str, desk: Desk
) -> None:
    Market(client)
    count = 12_000  # more than one pass takes
    pipeline = client.pipeline(transaction=False)
    for number in range(count):
        bar = _bar(0, 100.0 + number)._replace(open_time_ms=START_MS // 60_000 * 60_000 + number * 60_000)
        pipeline.xadd(keys.bars(LEGS[0], Timeframe.M1), {keys.FIELD: encode_bar(bar)})
    pipeline.execute()

    def kept() -> list[float]:
        with desk.database.read() as connection:
            found: list[float] = read_minutes(connection, LEGS[0], start_ms=0, end_ms=2**42)["close"].tolist()
            return found

    with _monitor(redis_url, database_url) as process:
        until(lambda: len(kept()) > 0, "the first minutes are kept")
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
    client.delete(keys.MONITOR_LEASE)
    with _monitor(redis_url, database_url):
        until(lambda: len(kept()) >= count, "all minutes are kept")
    assert kept() == [100.0 + number for number in range(count)]


def test_without_a_store_it_refuses_in_one_sentence() -> None:
    environment = {key: value for key, value in os.environ.items() if key != "REDIS_URL"}
    command = [sys.executable, "-m", "engine.monitor"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 2
    assert run.stderr.count("\n") == 1
    assert "REDIS_URL" in run.stderr
