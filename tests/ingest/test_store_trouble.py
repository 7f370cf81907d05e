"""A store that freezes or dies, and an ingestor that stays and loses nothing."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis.exceptions import RedisError

from ingest.sim.exchange import SimulatedExchange
from store.client import connect_reader
from store.embedded import server_command
from store.timeframes import Timeframe
from tests.ingest.klines import assert_equal_to_klines, minutes_of
from tests.ingest.processes import running_ingestor, stored_bars, stored_ids
from tests.ingest.waiting import wait_until

START_MS = 1_782_907_245_000
BUSY = "BTCUSDT"


@dataclass
class Store:
    """A server of the test's own, to be ill-treated."""

    directory: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.directory / 's'}"

    def start(self) -> None:
        self.process = subprocess.Popen(server_command(self.directory, self.directory / "s", persist=False))
        client = connect_reader(self.url)

        def answers() -> bool:
            try:
                return bool(client.ping())
            except RedisError:
                return False

        wait_until(answers, "the store")
        client.close()

    def send(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def end(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(5)


@pytest.fixture
def store() -> Iterator[Store]:
    directory = Path(tempfile.mkdtemp(prefix="sb-", dir="/tmp"))
    owned = Store(directory)
    owned.start()
    yield owned
    owned.end()
    shutil.rmtree(directory, ignore_errors=True)


def test_a_frozen_store_loses_no_trade_and_no_bar(store: Store, tmp_path: Path) -> None:
    client = connect_reader(store.url)
    with SimulatedExchange(start_ms=START_MS, speed=20.0) as exchange:
        settings = {"FEED": "sim", "SIM_URL": exchange.rest_url, "REDIS_URL": store.url, "SYMBOLS": BUSY}
        with running_ingestor(tmp_path, **settings) as ingestor:
            wait_until(lambda: minutes_of(client, BUSY) >= 1, "a minute")
            store.send(signal.SIGSTOP)
            frozen_ms = exchange.clock.now_ms()
            wait_until(
                lambda: exchange.clock.now_ms() > frozen_ms + 48_000, "longer than the writer's patience of two seconds"
            )
            store.send(signal.SIGCONT)
            wait_until(lambda: minutes_of(client, BUSY) >= 2, "the minute after it")
            assert ingestor.end() == 0
        assert_equal_to_klines(exchange, client, BUSY)
    ids = stored_ids(client, f"sim:{BUSY}")
    assert len(ids) == ids[-1] - ids[0] + 1
    client.close()


def test_a_store_that_dies_with_all_it_held_is_filled_again(store: Store, tmp_path: Path) -> None:
    with SimulatedExchange(start_ms=START_MS, speed=20.0) as exchange:
        settings = {"FEED": "sim", "SIM_URL": exchange.rest_url, "REDIS_URL": store.url, "SYMBOLS": BUSY}
        client = connect_reader(store.url)
        with running_ingestor(tmp_path, **settings) as ingestor:
            wait_until(lambda: minutes_of(client, BUSY) >= 1, "a minute")
            store.end()
            store.start()
            # What waited for the old store may stand in the new one for a moment, before that is found to be empty.
            wait_until(lambda: len(stored_bars(client, f"sim:{BUSY}", Timeframe.M1)) > 1000, "history in the new store")
            assert ingestor.end() == 0
        assert_equal_to_klines(exchange, client, BUSY)
        client.close()
