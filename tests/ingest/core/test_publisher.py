"""What a reader finds in a real store after batches were written."""

from __future__ import annotations

from copy import copy
from types import SimpleNamespace
from typing import Any

import pytest
from redis import Redis

from ingest.core.core import Core
from ingest.core.publisher import TICKS_PER_ENTRY, Publisher
from ingest.core.script import MARK_FIELD
from store import keys
from store.bars import parse_bar, parse_bars
from store.catalogue import InstrumentInfo, parse_info
from store.client import connect_writer
from store.errors import CorruptRecord, Fenced, StoreUnavailable, WritesLost
from store.feed import FeedState, parse_feed
from store.retention import Caps
from store.ticks import TICK_DTYPE, parse_ticks
from store.timeframes import KEPT, Timeframe

BTC = "BTCUSDT"
CAPS = Caps(ticks=10_000, bars_1s=3_600, bars_1m=600)


def entries(client: Redis, key: str) -> list[bytes]:
    found: Any = client.xrange(key)
    return [fields[keys.FIELD] for _, fields in found]


def test_streams_hold_what_came_out_of_the_core(client: Redis, wire: SimpleNamespace) -> None:
    ticks = wire.random_ticks(3, 500, span_ms=130_000)
    frames = [wire.agg_trade(tick, BTC, event_ms=tick.time_ms + 40) for tick in ticks]
    core, published = Core("sim", [BTC]), wire.Published()
    publisher = Publisher(client, "sim", CAPS)
    for start in range(0, len(frames), 61):
        core.feed(frames[start : start + 61])
        batch = core.take()
        publisher.publish(batch)
        published.add(batch)
    name = f"sim:{BTC}"
    stored = entries(client, keys.ticks(name))
    assert b"".join(stored) == published.ticks[BTC]
    assert parse_ticks(b"".join(stored))["trade_id"].tolist() == [tick.trade_id for tick in ticks]
    for timeframe in KEPT:
        assert entries(client, keys.bars(name, timeframe)) == published.bars[BTC, timeframe]
    assert len(parse_bars(entries(client, keys.bars(name, Timeframe.M1)))) == 2
    saved: Any = client.hgetall(keys.open_bars(name))
    assert parse_bar(saved[b"1m"]).open_time_ms == wire.START_MS + 120_000
    assert saved[b"ingest"] == core.dump_state(BTC)


def test_a_bar_that_closed_leaves_no_unfinished_one_behind(client: Redis, wire: SimpleNamespace) -> None:
    core, publisher = Core("sim", [BTC]), Publisher(client, "sim", CAPS)
    core.feed([wire.agg_trade(wire.tick(1, wire.START_MS), BTC)])
    publisher.publish(core.take())
    assert client.hexists(keys.open_bars("sim:BTCUSDT"), "1s")
    core.feed([wire.clock(wire.START_MS + 1_500)])
    publisher.publish(core.take())
    assert not client.hexists(keys.open_bars("sim:BTCUSDT"), "1s")
    assert client.hexists(keys.open_bars("sim:BTCUSDT"), "1m")


def test_streams_are_trimmed_to_their_caps(client: Redis, wire: SimpleNamespace) -> None:
    core, publisher = Core("sim", [BTC]), Publisher(client, "sim", Caps(ticks=200, bars_1s=300, bars_1m=100))
    for start in range(0, 3_000_000, 1_000):
        core.feed([wire.agg_trade(wire.tick(start // 1_000, wire.START_MS + start), BTC)])
        publisher.publish(core.take())
    sizes: Any = [client.xlen(keys.ticks("sim:BTCUSDT")), client.xlen(keys.bars("sim:BTCUSDT", Timeframe.S1))]
    assert 200 <= sizes[0] <= 400  # the server trims whole nodes of up to a hundred entries
    assert 300 <= sizes[1] <= 400


def test_bursts_make_large_entries_and_fewer_of_them_are_kept(client: Redis, wire: SimpleNamespace) -> None:
    core, publisher = Core("sim", [BTC]), Publisher(client, "sim", Caps(ticks=100, bars_1s=300, bars_1m=100))
    for start in range(0, 200_000, 2_000):
        ticks = [wire.tick(trade_id, wire.START_MS + trade_id // 10) for trade_id in range(start, start + 2_000)]
        core.feed_ticks(BTC, ticks)
        publisher.publish(core.take())
    stored = entries(client, keys.ticks("sim:BTCUSDT"))
    assert {len(entry) for entry in stored} <= {n * TICK_DTYPE.itemsize for n in range(1, TICKS_PER_ENTRY + 1)}
    assert sum(map(len, stored)) < 2 * 100 * 500  # the budget that the cap stands for, and a node or so
    assert int(parse_ticks(stored[-1])["trade_id"][-1]) == 199_999


def test_instruments_and_feed_are_made_known(client: Redis) -> None:
    publisher = Publisher(client, "sim", CAPS)
    info = InstrumentInfo("sim:BTCUSDT", "BTC", "USDT", 0.1, 0)
    publisher.register([info])
    publisher.register([])
    raw: Any = client.hget(keys.INSTRUMENTS, "sim:BTCUSDT")
    assert parse_info(raw) == info
    assert client.smembers(keys.VENUES) == {b"sim"}
    state = FeedState("sim", "SIMULATED", "streaming", 1, 1, 1, 1, 1.0, 1.0, None, 1, 0, 0, 0)
    publisher.publish_feed(state)
    stored: Any = client.get(keys.feed("sim"))
    assert parse_feed(stored) == state


def test_a_key_of_another_type_is_named_and_a_dead_store_too(
    client: Redis, wire: SimpleNamespace, tmp_path: Any
) -> None:
    core = Core("sim", [BTC])
    core.feed([wire.agg_trade(wire.tick(1, wire.START_MS), BTC)])
    batch = core.take()
    client.set(keys.ticks("sim:BTCUSDT"), "mine")
    with pytest.raises(CorruptRecord):
        Publisher(client, "sim", CAPS).publish(batch)
    dead = connect_writer(f"unix://{tmp_path}/none")
    with pytest.raises(StoreUnavailable):
        Publisher(dead, "sim", CAPS).publish(batch)


def test_what_comes_with_a_lower_fence_is_refused_whole(client: Redis, wire: SimpleNamespace) -> None:
    core = Core("sim", [BTC])
    core.feed([wire.agg_trade(wire.tick(1, wire.START_MS), BTC)])
    batch, name = core.take(), f"sim:{BTC}"
    Publisher(client, "sim", CAPS, fence=7).publish(batch)
    with pytest.raises(Fenced, match="another ingestor"):
        Publisher(client, "sim", CAPS, fence=6).publish(batch)
    assert len(entries(client, keys.ticks(name))) == 1
    Publisher(client, "sim", CAPS, fence=7).publish(batch)
    Publisher(client, "sim", CAPS, fence=8).publish(batch)
    assert client.hget(keys.open_bars(name), "fence") == b"8"


def test_a_store_that_lost_what_was_read_of_it_is_noticed_at_the_first_write(
    client: Redis, wire: SimpleNamespace
) -> None:
    """Read, failed over to a copy that lagged behind, written: the hole between would be in no one's ledger."""
    core = Core("sim", [BTC])
    publisher = Publisher(client, "sim", CAPS)
    batches = []
    for trade_id in range(1, 4):
        core.feed([wire.agg_trade(wire.tick(trade_id, wire.START_MS + trade_id), BTC)])
        batches.append(core.take())
    publisher.publish(batches[0])
    lagging = client.dump(keys.open_bars("sim:BTCUSDT"))
    publisher.publish(batches[1])
    mark = client.hget(keys.open_bars("sim:BTCUSDT"), MARK_FIELD)
    successor = Publisher(client, "sim", CAPS)
    successor.go_on_from({"sim:BTCUSDT": mark})
    client.restore(keys.open_bars("sim:BTCUSDT"), 0, lagging, replace=True)
    with pytest.raises(WritesLost):
        successor.publish(batches[2])
    unaware = Publisher(client, "sim", CAPS)
    unaware.go_on_from({"sim:BTCUSDT": client.hget(keys.open_bars("sim:BTCUSDT"), MARK_FIELD)})
    unaware.publish(batches[2])


def test_a_write_that_is_repeated_because_its_answer_was_lost_stands_once(client: Redis, wire: SimpleNamespace) -> None:
    core, publisher = Core("sim", [BTC]), Publisher(client, "sim", CAPS)
    core.feed([wire.agg_trade(wire.tick(1, wire.START_MS), BTC)])
    batch = core.take()
    unheard = copy(publisher)
    unheard._written = {}
    unheard.publish(batch)  # done, and the other never heard of it
    publisher.publish(batch)
    assert len(entries(client, keys.ticks(f"sim:{BTC}"))) == 1


def test_one_key_of_another_type_leaves_the_other_instruments_written_once(
    client: Redis, wire: SimpleNamespace
) -> None:
    core, publisher = Core("sim", [BTC, "ETHUSDT"]), Publisher(client, "sim", CAPS)
    core.feed([wire.agg_trade(wire.tick(1, wire.START_MS), symbol) for symbol in (BTC, "ETHUSDT")])
    batch = core.take()
    client.set(keys.bars(f"sim:{BTC}", Timeframe.S1), "mine")
    with pytest.raises(CorruptRecord):
        publisher.publish(batch)
    assert len(entries(client, keys.ticks("sim:ETHUSDT"))) == 1
    assert not client.exists(keys.ticks(f"sim:{BTC}")), "all of an instrument goes in or nothing"
    client.delete(keys.bars(f"sim:{BTC}", Timeframe.S1))
    publisher.publish(batch)
    assert len(entries(client, keys.ticks("sim:ETHUSDT"))) == 1
    assert len(entries(client, keys.ticks(f"sim:{BTC}"))) == 1
