"""A store that loses what it had acknowledged: by a failover, by FLUSHALL, by a deleted key, by a stranger's value."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from redis import Redis

from ingest.sim.exchange import SimulatedExchange
from store import keys
from store.buffer import RollingBuffer
from store.client import connect_reader
from store.errors import StoreUnavailable
from store.set_aside import aside
from store.timeframes import Timeframe
from tests.faults.live_session import live_session
from tests.faults.store_server import store_server
from tests.ingest.klines import assert_equal_to_klines, minutes_of
from tests.ingest.processes import stored_bars, stored_feed, stored_ids, stored_ticks
from tests.tools.fault_proxy import fault_proxy
from tests.tools.waiting import until

START_MS = 1_782_907_245_000  # 2026-07-01 12:00:45 UTC
BUSY, NAME = "BTCUSDT", "sim:BTCUSDT"
LOST_TRADES = 60
HISTORY = 1_000  # minutes that a cold start loads


def newest_id(client: Redis) -> int:
    return int(stored_ids(client, NAME)[-1])


def assert_whole_and_each_once(client: Redis) -> None:
    ids = stored_ticks(client, NAME)["trade_id"].tolist()
    assert ids == list(range(ids[0], ids[-1] + 1))


def refreshed(buffer: RollingBuffer) -> bool:
    """A reader's first question over a connection that was cut fails, as it should: whoever asks decides."""
    try:
        buffer.refresh()
    except StoreUnavailable:
        return False
    return True


@pytest.mark.parametrize("cut", [True, False], ids=["connections cut", "connections left with the former primary"])
def test_writes_that_a_failover_lost_are_noticed_and_fetched_again(cut: bool) -> None:
    with (
        store_server() as primary,
        store_server() as replica,
        primary.client() as old,
        replica.client() as new,
        fault_proxy(primary.netloc) as proxy,
        SimulatedExchange(start_ms=START_MS, speed=20.0) as exchange,
    ):
        new.replicaof("127.0.0.1", primary.port)
        url = f"redis://{proxy.netloc}/0"
        reader = connect_reader(url)
        buffer = RollingBuffer(reader, NAME, Timeframe.S1, capacity=600)
        with live_session(exchange, url, [BUSY]):
            until(lambda: minutes_of(new, BUSY) >= 1, "a minute in the replica")
            new.replicaof("NO", "ONE")
            lagging = newest_id(new)
            until(lambda: newest_id(old) > lagging + LOST_TRADES, "writes that the replica never gets")
            buffer.refresh()
            proxy.target = ("127.0.0.1", replica.port)
            old.replicaof("127.0.0.1", replica.port)
            if cut:
                proxy.reset()
            until(lambda: newest_id(new) > lagging + 2 * LOST_TRADES, "the new primary to be written")
            known = minutes_of(new, BUSY)
            until(lambda: minutes_of(new, BUSY) > known + 1, "more minutes")
        assert_whole_and_each_once(new)
        assert_equal_to_klines(exchange, new, BUSY)
        stored = stored_bars(new, NAME, Timeframe.S1)
        closes = [(ms // 1000, stored[ms].close) for ms in sorted(stored)][-600:]

        def agrees() -> bool:
            """Also where it stays with the former primary, which copies the new one now."""
            return refreshed(buffer) and buffer.bars[["open_time_s", "close"]].tolist() == closes

        until(agrees, "the reader to hold what the new primary does")
        reader.close()


def test_an_emptied_store_is_filled_again_and_says_so() -> None:
    with (
        store_server() as store,
        store.client() as client,
        SimulatedExchange(start_ms=START_MS, speed=20.0) as exchange,
        live_session(exchange, store.url, [BUSY]),
    ):
        until(lambda: minutes_of(client, BUSY) >= 1, "a minute")
        epoch = client.get(keys.EPOCH)
        client.flushall()
        until(lambda: len(stored_bars(client, NAME, Timeframe.M1)) > HISTORY, "history")
        until(lambda: minutes_of(client, BUSY) >= 1, "a minute of its own")
        assert client.get(keys.EPOCH) not in (None, epoch), "readers would go on with what they hold"
        assert_whole_and_each_once(client)
        assert_equal_to_klines(exchange, client, BUSY)


@pytest.mark.parametrize(
    "key",
    [keys.ticks(NAME), keys.bars(NAME, Timeframe.S1), keys.bars(NAME, Timeframe.M1), keys.open_bars(NAME)],
    ids=["ticks", "seconds", "minutes", "state"],
)
def test_a_deleted_key_is_noticed_and_filled_again(key: str) -> None:
    with (
        store_server() as store,
        store.client() as client,
        SimulatedExchange(start_ms=START_MS, speed=20.0) as exchange,
        live_session(exchange, store.url, [BUSY]),
    ):
        until(lambda: minutes_of(client, BUSY) >= 1, "a minute")
        newest_ms = max(stored_bars(client, NAME, Timeframe.S1))
        client.delete(key)
        until(lambda: max(stored_bars(client, NAME, Timeframe.S1), default=0) > newest_ms, "newer bars")
        until(lambda: len(stored_bars(client, NAME, Timeframe.M1)) > HISTORY, "history")
        until(lambda: client.hget(keys.open_bars(NAME), "written"), "its state")
        for timeframe, count in ((Timeframe.S1, 3_000), (Timeframe.M1, HISTORY)):
            stored = stored_bars(client, NAME, timeframe)
            assert len(stored) > count
            assert min(stored) == max(stored) - (len(stored) - 1) * timeframe.ms, "a hole in the bars"


STRANGERS: dict[str, tuple[str, Callable[[Redis, str], object]]] = {
    "a string for ticks": (keys.ticks(NAME), lambda client, key: client.set(key, "theirs")),
    "a hash for seconds": (keys.bars(NAME, Timeframe.S1), lambda client, key: client.hset(key, "their", "own")),
    "a list for minutes": (keys.bars(NAME, Timeframe.M1), lambda client, key: client.rpush(key, "theirs")),
    "a stream for the state": (keys.open_bars(NAME), lambda client, key: client.xadd(key, {"their": "own"})),
    "a set for gaps": (keys.gaps(NAME), lambda client, key: client.sadd(key, "theirs")),
    "a string for the instruments": (keys.INSTRUMENTS, lambda client, key: client.set(key, "theirs")),
    "a list for the epoch": (keys.EPOCH, lambda client, key: client.rpush(key, "theirs")),
}


@pytest.mark.parametrize("stranger", STRANGERS)
def test_a_value_of_another_type_is_set_aside_and_what_it_hid_is_built_again(
    stranger: str, caplog: pytest.LogCaptureFixture
) -> None:
    key, put = STRANGERS[stranger]
    with (
        store_server() as store,
        store.client() as client,
        SimulatedExchange(start_ms=START_MS, speed=20.0) as exchange,
        live_session(exchange, store.url, [BUSY]),
    ):
        until(lambda: minutes_of(client, BUSY) >= 1, "a minute")
        right = client.type(key)
        with client.pipeline(transaction=True) as pipe:
            pipe.delete(key)
            put(pipe, key)
            pipe.execute()
        until(lambda: client.exists(aside(key)), "it to be set aside")
        if right != b"none":
            until(lambda: client.type(key) == right, "what was there before")
        until(lambda: len(stored_bars(client, NAME, Timeframe.M1)) > HISTORY, "history")
        known = minutes_of(client, BUSY)
        until(lambda: minutes_of(client, BUSY) > known, "another minute")
        until(lambda: (feed := stored_feed(client, "sim")) and feed.state == "streaming", "the feed to be well")
        lines = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
        assert len(lines) <= 5, lines
        assert any(key in line for line in lines)
