"""Row 3: SIGTERM to every process, twice, under load: each ends in time and well, and what it held is written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Thread

import pytest
import requests
from redis import Redis

from bench.burst import stored_last
from bench.servers import GUNICORN_CONF, free_port
from engine.desk.desk import Desk, open_desk
from engine.parameters import PairParameters
from ingest.sim.exchange import SimulatedExchange
from store import keys
from store.bars import parse_bar
from store.client import connect_reader
from store.sql.migrate import upgrade
from store.sql.states import read_states
from store.timeframes import Timeframe
from tests.faults.following import START_MS
from tests.faults.slow_store import tcp_store
from tests.ingest.processes import environment, stored_feed, stored_ids
from tests.system.running_board import RunningBoard
from tests.tools.fault_proxy import fault_proxy
from tests.tools.waiting import until

SPEED = 20.0
BUSY, OTHER = "BTCUSDT", "ETHUSDT"
PAIR = PairParameters(f"sim:{BUSY}", f"sim:{OTHER}", Timeframe.S1, 20, 10)
SLOW_S = 0.2  # of each write of the ingestor: trades wait when the signal comes
ON_THE_WAY_S = 0.5  # from the exchange to the ingestor, at most
VIEWERS = 4
PATIENCE_S = 60  # how soon they end is measured by the soak


@pytest.fixture
def processes() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def started(processes: ExitStack, command: Sequence[str], folder: Path, **settings: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, *command], cwd=folder, env=environment(settings))
    processes.callback(process.wait, 10)
    processes.callback(process.kill)
    return process


def look(url: str, ended: Event) -> None:
    """A viewer who asks again soon after each answer."""
    while not ended.wait(0.05):
        try:
            requests.get(url, timeout=10)
        except requests.RequestException:
            ended.wait(0.1)


def test_processes_told_to_end_twice_under_load_end_well_and_write_what_they_held(
    processes: ExitStack, tmp_path: Path
) -> None:
    address = processes.enter_context(tcp_store())
    client = connect_reader(f"redis://{address}")
    processes.callback(client.close)
    slow = processes.enter_context(fault_proxy(address))
    exchange = processes.enter_context(SimulatedExchange(start_ms=START_MS, speed=SPEED))
    database, port, ended = f"sqlite:///{tmp_path}/board.sqlite", free_port(), Event()
    desk = open_desk(database, client)
    processes.callback(desk.database.close)
    upgrade(desk.database)
    desk.watch(PAIR, effective_ms=0)
    own = {"REDIS_URL": f"redis://{address}", "DATABASE_URL": database, "HOST": "127.0.0.1", "PORT": str(port)}
    feed = {"FEED": "sim", "SIM_URL": exchange.rest_url, "SYMBOLS": f"{BUSY},{OTHER}"}
    ingestor = started(processes, ("-m", "ingest"), tmp_path, **{**own, **feed, "REDIS_URL": f"redis://{slow.netloc}"})
    monitor = started(processes, ("-m", "engine.monitor"), tmp_path, **own)
    web = started(processes, ("-m", "gunicorn", "-c", GUNICORN_CONF, "dash_app.wsgi:server"), tmp_path, **own)
    url = f"http://127.0.0.1:{port}/api/v1/pairs/sim:{BUSY}/sim:{OTHER}/latest?timeframe=1s&window=20&z_window=10"
    until(lambda: answered(url), "the web server, and a row of the pair", limit_s=90)
    viewers = [Thread(target=look, args=(url, ended), daemon=True) for _ in range(VIEWERS)]
    for viewer in viewers:
        viewer.start()
    until(lambda: judged(desk), "the monitor's first checkpoint")
    slow.delay_s = SLOW_S
    known = stored_last(client, BUSY)
    until(lambda: stored_last(client, BUSY) > known, "a slow write")
    known = stored_last(client, BUSY)
    told_ms, closed_ms = exchange.clock.now_ms(), newest_second_ms(client)
    for _ in range(2):
        for process in (ingestor, monitor, web):
            process.send_signal(signal.SIGTERM)
    codes = [process.wait(PATIENCE_S) for process in (ingestor, monitor, web)]
    ended.set()
    assert codes == [0, 0, 0]
    for symbol in (BUSY, OTHER):
        ids = stored_ids(client, f"sim:{symbol}")
        assert ids.tolist() == list(range(ids[0], ids[-1] + 1))
        assert symbol == OTHER or ids[-1] > known
        assert ids[-1] >= exchange.world.last_id(symbol, told_ms - int(ON_THE_WAY_S * SPEED * 1000))
    said = stored_feed(client, "sim")
    assert said is not None
    assert (said.state, said.detail) == ("disconnected", "the ingestor was stopped")
    # The checkpoint is written every ten seconds, and at the end: without the latter it is often behind by more.
    assert max(judged(desk)) >= closed_ms - 160_000
    for viewer in viewers:
        viewer.join(15)


def judged(desk: Desk) -> list[int]:
    """Until when each rule was judged, as it is written."""
    with desk.database.read() as connection:
        return [state.bar_ms for state in read_states(connection).values()]


def answered(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).status_code == 200
    except requests.RequestException:
        return False


def newest_second_ms(client: Redis) -> int:
    ((_, fields),) = client.xrevrange(keys.bars(f"sim:{BUSY}", Timeframe.S1), count=1)
    return parse_bar(fields[keys.FIELD]).open_time_ms


def test_a_board_all_of_whose_processes_are_told_to_end_twice_ends_well(tmp_path: Path) -> None:
    board = RunningBoard(tmp_path)
    try:
        board.wait_ready()

        def tell_all() -> None:
            everyone = [board.process.pid, *board.left()]
            for pid in everyone * 2:
                try:
                    os.kill(pid, signal.SIGTERM)
                except ProcessLookupError:
                    continue

        board.ends_after(tell_all)
        assert board.process.returncode == 0, board.lines[-30:]
        assert not board.said("Traceback")
    finally:
        board.close()
