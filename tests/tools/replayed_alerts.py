"""A recording played in steps to a real store, rules of all kinds that bars decide, and what monitors made of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, NamedTuple

from redis import Redis
from sqlalchemy import func, select

from engine.desk.desk import open_desk
from engine.desk.types import RuleKind, RuleWords
from engine.diagnosis import last_due_ms
from engine.parameters import Method, PairParameters
from engine.rules.kinds import KINDS, Source
from ingest.core.core import Core
from ingest.core.publisher import Publisher
from ingest.replay.clearing import clear_venue
from ingest.replay.played import open_recording
from ingest.replay.replay import VENUE
from ingest.sim.recording import write_frames
from store import keys
from store.bars import parse_bar
from store.catalogue import InstrumentInfo
from store.retention import stream_caps
from store.sql.alerts import AlertRecord, read_alerts
from store.sql.migrate import upgrade
from store.sql.states import read_states
from store.sql.tables import ALERTS, DELIVERIES
from store.sql.targets import Secret, TargetRecord, append_target
from store.timeframes import Timeframe

ROOT = Path(__file__).parents[2]
SYMBOLS = ("BTCUSDT", "ETHUSDT", "TRXUSDT")
LEGS = tuple(f"{VENUE}:{symbol}" for symbol in SYMBOLS)
START_MS = 1_782_907_190_000  # 2026-07-01 11:59:50 UTC
LOST_EVERY = 301
"""Of the recorded trades each so-many-th is left out, so that there are gaps."""

PAIRS = (
    PairParameters(LEGS[1], LEGS[0], Timeframe.S1, window=60, z_window=30),
    PairParameters(LEGS[2], LEGS[1], Timeframe.S1, window=60, z_window=30, method=Method.KALMAN),
)
WORDS = {
    RuleKind.Z: RuleWords(1.2, 0.3, min_correlation=0.0),
    RuleKind.Z_ABOVE: RuleWords(1.0, 0.2, min_correlation=0.0, pending_bars=1, cooldown_bars=20),
    RuleKind.Z_BELOW: RuleWords(-1.0, -0.2, min_correlation=0.0, keep_bars=2),
    RuleKind.SPREAD_ABOVE: RuleWords(1.0, 0.0, min_correlation=0.0),
    RuleKind.SPREAD_BELOW: RuleWords(-1.0, 0.0, min_correlation=0.0),
    RuleKind.CORRELATION: RuleWords(0.3, 0.4),
    RuleKind.VOLATILITY: RuleWords(1.05, 1.0),
    RuleKind.BETA_DRIFT: RuleWords(5.0, 3.0),
    RuleKind.GAP: RuleWords(5.0, 1.0),
    RuleKind.STATIONARITY: RuleWords(0.02, 0.001),
    RuleKind.HALF_LIFE_ABOVE: RuleWords(3.0, 2.0),
    RuleKind.HALF_LIFE_BELOW: RuleWords(60.0, 90.0),
    RuleKind.BREAK: RuleWords(0.98, 0.99),
}
"""Levels so near that all fire within minutes."""

ENDS = (
    (RuleKind.Z_ABOVE, RuleWords(-19.9, -20.0, min_correlation=0.0)),
    (RuleKind.STATIONARITY, RuleWords(1e-9, 0.0)),
)
"""Rules that fire at the first bar they judge, one by bars and one by tests: put at the last bar, they tell the end."""

LIMIT_S = 120.0


def record(path: Path, seconds: int) -> None:
    """The same market each time."""
    write_frames(path, seed=7, start_ms=START_MS, seconds=seconds, symbols=SYMBOLS)


class Player:
    """Plays a recording as a replay does, but at the caller's pace: through the ingestor's core and its writer."""

    def __init__(self, path: Path, client: Redis) -> None:
        clear_venue(client, VENUE)
        infos = [InstrumentInfo(name, name[-7:-4], "USDT", 0.01, place) for place, name in enumerate(LEGS)]
        self._publisher = Publisher(client, VENUE, stream_caps(64, len(LEGS)))
        self._publisher.register(infos)
        self._core = Core(VENUE, SYMBOLS, partial_first="dropped")
        self._recording: Any = open_recording(path)
        self._items = _without_some_trades(self._recording.moments())
        self.ended = False

    def play(self, frames: int) -> None:
        """So many frames more in one batch; past the last one, what is over is closed."""
        items = list(islice(self._items, frames))
        self._recording.feed(self._core, items)
        if len(items) < frames:
            self._core.finish()
            self.ended = True
        self._publisher.publish(self._core.take())


def _without_some_trades(moments: Iterator[tuple[int, Any]]) -> Iterator[Any]:
    trades = 0
    for _, frame in moments:
        trades += b"aggTrade" in frame.raw
        if b"aggTrade" not in frame.raw or trades % LOST_EVERY:
            yield frame


def last_bar_ms(path: Path, client: Redis) -> int:
    """The open time of the last bar that all legs have once the recording was played."""
    player = Player(path, client)
    while not player.ended:
        player.play(5_000)
    ends = []
    for leg in LEGS:
        newest: Any = client.xrevrange(keys.bars(leg, Timeframe.S1), count=1)
        ((_, fields),) = newest
        ends.append(parse_bar(fields[keys.FIELD]).open_time_ms)
    return min(ends)


class Log(NamedTuple):
    """What stands in a database: the log in its order, how many deliveries each alert has, and where the rules stand.

    Of alerts all but when they were written and under which id, of states all but the store's epoch.
    """

    alerts: tuple[AlertRecord, ...]
    deliveries: tuple[int, ...]
    states: dict[int, tuple[int, str]]


class Stage:
    """A board without a browser: a fresh database with rules, an emptied store, a recording to be played, monitors."""

    def __init__(self, path: Path, last_ms: int, client: Redis, redis_url: str, database: Path) -> None:
        client.flushdb()
        self.client = client
        self._redis_url, self._database_url = redis_url, f"sqlite:///{database}"
        self._desk = open_desk(self._database_url, client)
        upgrade(self._desk.database)
        self._ends = self._furnish(last_ms)
        self.player = Player(path, client)

    def _furnish(self, last_ms: int) -> frozenset[int]:
        """Rules of all kinds but the clock's, and a target that takes no message; the rules that tell the end."""
        desk = self._desk
        for pair in (PairParameters(y, x, Timeframe.S1) for y, x in pairwise(LEGS)):
            desk.watch_once(pair, effective_ms=0)  # so that no monitor does, and then not any more
        for entry in desk.watchlist():
            desk.unwatch(entry.id)
        ends = set()
        for pair in PAIRS:
            for kind, words in WORDS.items():
                desk.add_rule(pair, kind, words, effective_ms=0)
            for kind, words in ENDS:
                bar_ms = last_ms if KINDS[kind].source is Source.BARS else last_due_ms(pair, last_ms)
                ends.add(desk.add_rule(pair, kind, words, effective_ms=bar_ms + pair.timeframe.ms).id)
        with desk.database.write() as connection:
            append_target(connection, TargetRecord("desk", Secret("json://127.0.0.1"), "json://", True, 0, None, 0))
        return frozenset(ends)

    @contextmanager
    def monitor(self) -> Iterator[subprocess.Popen[bytes]]:
        """A process that is killed with the block, unless it has ended."""
        settings = {"REDIS_URL": self._redis_url, "DATABASE_URL": self._database_url, "LOG_LEVEL": "ERROR"}
        environment = {**os.environ, **settings}
        process = subprocess.Popen([sys.executable, "-m", "engine.monitor"], env=environment, cwd=ROOT)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        give_up_s = time.monotonic() + LIMIT_S
        while not condition():
            if time.monotonic() > give_up_s:
                raise TimeoutError(f"{LIMIT_S:.0f} s passed without {what}")
            time.sleep(0.02)

    def wait_led(self) -> None:
        """Until a monitor leads."""
        self.wait(lambda: self.client.exists(keys.MONITOR_LEASE) == 1, "a monitor that leads")

    def pass_lease_on(self) -> None:
        """As if it had run out: whoever asks next has it, while the one before believes for a second that it leads."""
        self.client.delete(keys.MONITOR_LEASE)

    def finish(self) -> Log:
        """Play the rest in one batch, let a monitor come to the end, and read what stands then."""
        self.pass_lease_on()
        with self.monitor() as process:
            while not self.player.ended:
                self.player.play(1_000_000)
            self.wait(lambda: self._ends <= self._fired(), "the last bar's alerts")
            process.send_signal(signal.SIGTERM)
            process.wait(LIMIT_S)
        log = self._log()
        self._desk.database.close()
        return log

    def _fired(self) -> set[int]:
        with self._desk.database.read() as connection:
            return set(connection.execute(select(ALERTS.c.rule_id).distinct()).scalars())

    def _log(self) -> Log:
        with self._desk.database.read() as connection:
            found = read_alerts(connection, limit=100_000)
            counts = select(func.count(DELIVERIES.c.id)).select_from(ALERTS.outerjoin(DELIVERIES)).group_by(ALERTS.c.id)
            deliveries = connection.execute(counts).scalars()
            states = {rule_id: (state.bar_ms, state.state) for rule_id, state in read_states(connection).items()}
            alerts = tuple(alert._replace(id=0, written_ms=0) for alert in found)
            return Log(alerts, tuple(deliveries), states)
