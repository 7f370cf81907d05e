"""The monitor as a process writes what followed its alerts: what a look at all bars afterwards says of each."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import numpy as np
import pytest
from redis import Redis

from engine.desk.desk import Desk
from engine.desk.types import RuleWords
from engine.parameters import PairParameters
from engine.reader import Reader
from engine.rehearsal import cleared_at, outcome_at
from store import keys
from store.bars import Bar, Source, encode_bar
from store.catalogue import InstrumentInfo, encode_info
from store.epoch import ensure_epoch
from store.sql.alerts import read_alerts
from store.sql.outcomes import read_outcomes
from store.timeframes import Timeframe

PAIR = PairParameters("sim:AAA", "sim:BBB", Timeframe.S1, 20, 10)
START_MS = 1_700_000_000_000
WARM, LIMIT_S = 60, 60.0


def publish(client: Redis, number: int, chance: np.random.Generator, level: float) -> float:
    """One more bar of both legs, apart by noise; the level that they share."""
    level += chance.normal(0, 1e-3)
    for name in (PAIR.y, PAIR.x):
        p = float(100 * np.exp(level + chance.normal(0, 1e-4)))
        bar = Bar(START_MS + number * 1_000, p, p, p, p, 1.0, 3, 3 * number, 3 * number + 2, p, p, Source.TRADES, 0, 0)
        client.xadd(keys.bars(name, Timeframe.S1), {keys.FIELD: encode_bar(bar)})
    return level


def test_what_followed_is_written_while_bars_come(client: Redis, redis_url: str, database_url: str, desk: Desk) -> None:
    ensure_epoch(client)
    client.sadd(keys.VENUES, "sim")
    for place, name in enumerate((PAIR.y, PAIR.x)):
        client.hset(keys.INSTRUMENTS, name, encode_info(InstrumentInfo(name, name[-3:], "USDT", 0.01, place)))
    desk.add_rule(PAIR, words=RuleWords(fire=1.2, clear=0.5, min_correlation=0.0), effective_ms=START_MS)
    chance, level = np.random.default_rng(5), 0.0
    for number in range(WARM):
        level = publish(client, number, chance, level)
    environment = {**os.environ, "REDIS_URL": redis_url, "DATABASE_URL": database_url}
    monitor = subprocess.Popen([sys.executable, "-m", "engine.monitor"], env=environment, stderr=subprocess.PIPE)
    try:
        number, deadline = WARM, time.monotonic() + LIMIT_S
        while not desk.hits() and time.monotonic() < deadline:
            level = publish(client, number, chance, level)
            number += 1
            time.sleep(0.05)  # the pace of the bars
    finally:
        monitor.terminate()
        assert monitor.communicate(timeout=20)[1] == b""
    snapshot = Reader(client, desk.thresholds).snapshot(PAIR)
    with desk.database.read() as connection:
        alerts = {alert.id: alert for alert in read_alerts(connection, limit=1_000)}
        written = read_outcomes(connection, alerts)
    assert written
    for key, outcome in written.items():
        alert = alerts[key]
        found = outcome_at(snapshot, alert.bar_ms, alert.event, cleared_at(alert), horizon=PAIR.window)
        assert found is not None
        assert (outcome.ending, outcome.bars) == (found.ending, found.bars)
        assert (outcome.favourable, outcome.adverse, outcome.move) == pytest.approx(
            (found.favourable, found.adverse, found.move), rel=1e-12
        )
    (hits,) = desk.hits().values()
    assert hits.rate.n + hits.unknown == len(written)
