"""A Cluster of three real nodes as the store: ingestor, readers and monitor at work on it, and a node in trouble."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from redis import Redis
from redis.crc import key_slot

from engine.desk.desk import Desk, open_desk
from engine.monitor_state import read_monitor_state
from engine.parameters import PairParameters
from engine.reader import Reader
from ingest.sim.exchange import SimulatedExchange
from store import keys
from store.client import connect_reader
from store.cluster import ClusterStore
from store.history.minutes import read_minutes
from store.sql.migrate import upgrade
from store.timeframes import Timeframe
from tests.faults.cluster_servers import Cluster, cluster_servers
from tests.faults.live_session import live_session
from tests.ingest.klines import assert_equal_to_klines, minutes_of
from tests.ingest.processes import environment, running_ingestor, stored_bars, stored_ticks
from tests.tools.waiting import until

START_MS = 1_782_907_245_000  # 2026-07-01 12:00:45 UTC
SYMBOLS = ["BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT"]
NAMES = [f"sim:{symbol}" for symbol in SYMBOLS]
PAIR = PairParameters(NAMES[1], NAMES[0], Timeframe.S1, 60, 30)
HISTORY = 1_000  # minutes that a cold start loads
LIMIT_S = 60.0


def ticks_of(cluster: Cluster) -> list[str]:
    """One symbol of each node that has any."""
    return list({cluster.node_of(keys.ticks(name)).port: name for name in NAMES}.values())


def newest_ms(client: Redis, name: str) -> int:
    return max(stored_bars(client, name, Timeframe.S1), default=0)


def have_minutes(client: Redis) -> bool:
    """Whether there are minutes made of trades of every symbol."""
    return all(minutes_of(client, symbol) >= 1 for symbol in SYMBOLS)


def assert_whole(client: Redis, exchange: SimulatedExchange) -> None:
    for symbol, name in zip(SYMBOLS, NAMES, strict=True):
        ids = stored_ticks(client, name)["trade_id"].tolist()
        assert ids == list(range(ids[0], ids[-1] + 1)), name
        assert_equal_to_klines(exchange, client, symbol)


def test_ingestor_reader_and_monitor_work_on_three_nodes(tmp_path: Path) -> None:
    database_url = f"sqlite:///{tmp_path}/board.sqlite"
    with cluster_servers() as cluster, SimulatedExchange(start_ms=START_MS, speed=10.0) as exchange:
        assert len(ticks_of(cluster)) > 1, "the symbols lie on one node"
        settings = {"REDIS_URL": cluster.url, "DATABASE_URL": database_url}
        client = connect_reader(cluster.url)
        desk = open_desk(database_url, client)
        upgrade(desk.database)
        reader = Reader(client, desk.thresholds, database=desk.database)
        desk.watch(PAIR)
        command = [sys.executable, "-m", "engine.monitor"]
        with (
            running_ingestor(
                tmp_path, FEED="sim", SIM_URL=exchange.rest_url, SYMBOLS=",".join(SYMBOLS), **settings
            ) as ingestor,
            subprocess.Popen(command, env=environment(settings), cwd=tmp_path) as monitor,
        ):
            try:
                until(lambda: have_minutes(client), "a minute of bars", limit_s=LIMIT_S)
                assert [feed.venue for feed in reader.feeds()] == ["sim"]
                assert {view.id for view in reader.instruments()} >= set(NAMES)
                first = reader.snapshot(PAIR)
                until(lambda: reader.snapshot(PAIR).rows["open_time_ms"][-1] > first.rows["open_time_ms"][-1], "rows")
                assert reader.open_prices(PAIR).y is not None
                until(lambda: reader.diagnosis(PAIR) is not None, "the monitor's tests", limit_s=LIMIT_S)
                state = read_monitor_state(client)
                assert state is not None
                assert state.pairs >= 1
                until(lambda: kept_minutes(desk) > HISTORY, "minutes in the database", limit_s=LIMIT_S)
                assert ingestor.end() == 0
            finally:
                monitor.terminate()
                assert monitor.wait(20) == 0
        assert_whole(client, exchange)
        desk.database.close()
        client.close()


def kept_minutes(desk: Desk) -> int:
    with desk.database.read() as connection:
        return len(read_minutes(connection, NAMES[0], start_ms=0, end_ms=2 * START_MS))


def test_a_node_that_freezes_or_forgets_leaves_no_gap() -> None:
    with (
        cluster_servers() as cluster,
        SimulatedExchange(start_ms=START_MS, speed=20.0) as exchange,
    ):
        client = connect_reader(cluster.url)
        with live_session(exchange, cluster.url, SYMBOLS):
            until(lambda: have_minutes(client), "a minute of bars", limit_s=LIMIT_S)
            node = cluster.node_of(keys.ticks(NAMES[0]))
            with node.frozen():
                frozen_ms = exchange.clock.now_ms()
                until(lambda: exchange.clock.now_ms() > frozen_ms + 60_000, "longer than a write is waited for")
            seen_ms = newest_ms(client, NAMES[0])
            until(lambda: newest_ms(client, NAMES[0]) > seen_ms + 60_000, "a minute after it", limit_s=LIMIT_S)
            with node.client() as alone:
                alone.flushall()
            until(lambda: len(stored_bars(client, NAMES[0], Timeframe.M1)) > HISTORY, "history", limit_s=LIMIT_S)
            until(lambda: have_minutes(client), "a minute of its own", limit_s=LIMIT_S)
        assert_whole(client, exchange)
        client.close()


def test_commands_find_their_nodes_and_a_slot_that_moved() -> None:
    """The oracle is each node's own answer to whoever asks it alone."""
    with cluster_servers() as cluster:
        client = connect_reader(cluster.url)
        names = [f"key:{number}" for number in range(30)]
        with client.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.set(name, name)
            assert pipe.execute() == [True] * len(names)
        assert client.mget(names) == [name.encode() for name in names]
        assert sorted(client.scan_iter(match="key:*")) == sorted(name.encode() for name in names)
        sizes = []
        for node in cluster.nodes:
            with node.client() as alone:
                sizes.append(alone.dbsize())
        assert sum(sizes) == len(names)
        assert min(sizes) > 0
        former = cluster.node_of(names[0])
        left = [name for name in names if cluster.node_of(name) is not former]
        move(cluster, names[0])
        assert client.mget([names[0], *left]) == [None, *(name.encode() for name in left)]
        assert client.set(names[0], "again")
        assert client.mget([names[0], *left]) == [b"again", *(name.encode() for name in left)]
        assert client.unlink(*names) == len(left) + 1
        client.close()


def test_a_read_of_streams_on_several_nodes_waits_for_the_first_of_them() -> None:
    with cluster_servers() as cluster:
        client, other = connect_reader(cluster.url), connect_reader(cluster.url)
        streams = dict.fromkeys(map(keys.ticks, NAMES), "0-0")
        assert not client.xread(streams, block=1)
        for name in NAMES[:2]:
            other.xadd(keys.ticks(name), {keys.FIELD: b"x"})
        found = client.xread(streams, count=5, block=10_000)
        assert {key for key, _ in found} == {keys.ticks(name).encode() for name in NAMES[:2]}
        client.close()
        other.close()


@pytest.mark.parametrize(
    ("url", "seeds"),
    [
        ("redis+cluster://a:1,b:2/0", (("a", 1), ("b", 2))),
        ("rediss+cluster://me:p%40ss@a?ssl_cert_reqs=none", (("a", 6379),)),
        ("redis+cluster://[::1]:7000", (("::1", 7000),)),
    ],
)
def test_an_address_names_some_nodes(url: str, seeds: tuple[tuple[str, int], ...]) -> None:
    client = connect_reader(url)
    assert isinstance(client, ClusterStore)
    assert client.seeds == seeds
    client.close()


def test_an_address_without_a_port_that_is_one_is_refused() -> None:
    with pytest.raises(ValueError, match="host:port"):
        connect_reader("redis+cluster://a:b")


def move(cluster: Cluster, key: str) -> None:
    """The slot of a key goes to another node, without what it holds."""
    slot, former = key_slot(key.encode()), cluster.node_of(key)
    successor = next(node for node in cluster.nodes if node is not former)
    with former.client() as old, successor.client() as new:
        old.flushall()
        identity = new.execute_command("CLUSTER MYID")
        for client in (new, old):
            client.execute_command("CLUSTER SETSLOT", slot, "NODE", identity)
