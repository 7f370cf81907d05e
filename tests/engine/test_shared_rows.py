"""Whoever reads a pair, whenever it joined and whoever computed: the same snapshot, to the last bit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from redis import Redis

from engine.parameters import PairParameters
from engine.rows import Note
from store import keys
from store.client import connect_reader
from store.epoch import ensure_epoch, renew_epoch
from tests.engine.pair_data import Legs, X, Y, append_bars, made_legs, reader_of, register, revised
from tests.engine.reader_data import CAUSAL, OLS, ROLLING, bits, by_method, fresh, publish


@by_method
def test_batch_bar_by_bar_late_and_takeover_agree_to_the_last_bit(
    client: Redis, redis_url: str, p: PairParameters
) -> None:
    legs = made_legs(320)
    batch = fresh(redis_url, legs, p)
    ensure_epoch(client)
    bar_by_bar, other = reader_of(client), reader_of(connect_reader(redis_url))
    for i in range(320):
        publish(client, legs, i, i + 1)
        if i < 200 or i % 2:  # then another takes over every second bar, going on from where the first was
            steady = bar_by_bar.snapshot(p)
        else:
            takeover = other.snapshot(p)
    steady, takeover = bar_by_bar.snapshot(p), other.snapshot(p)
    late = reader_of(connect_reader(redis_url)).snapshot(p)
    assert len(batch.rows) == 320
    assert np.isfinite(batch.rows["z"]).sum() > 150
    assert bits(steady) == bits(batch)
    assert bits(takeover) == bits(batch)
    assert bits(late) == bits(batch)
    assert {steady.generation, takeover.generation, late.generation} == {batch.generation}
    assert client.xlen(keys.rows(p.key)) == 320  # each row was written once


@by_method
def test_a_revised_bar_gives_a_new_generation_and_the_rows_of_a_fresh_computation(
    client: Redis, redis_url: str, p: PairParameters
) -> None:
    legs = made_legs(260)
    changed = revised(legs.y[180], 1.004)
    batch = fresh(redis_url, Legs([*legs.y[:180], changed, *legs.y[181:]], legs.x), p)
    ensure_epoch(client)
    publish(client, legs)
    reader, follower = reader_of(client), reader_of(connect_reader(redis_url))
    before = reader.snapshot(p)
    assert bits(follower.snapshot(p)) == bits(before)
    held = bits(before)
    append_bars(client, Y, [changed])
    after = reader.snapshot(p)
    assert after.generation == before.generation + 1
    assert bits(after) == bits(batch)
    assert bits(before) == held  # what was handed out stays
    assert after.rows[:180].tobytes() == before.rows[:180].tobytes()
    followed = follower.snapshot(p)
    late = reader_of(connect_reader(redis_url)).snapshot(p)
    assert bits(followed) == bits(late) == bits(batch)
    assert followed.generation == late.generation == after.generation


@by_method
def test_a_revision_that_nobody_was_there_to_see_is_found_by_who_joins(
    client: Redis, redis_url: str, p: PairParameters
) -> None:
    legs = made_legs(200)
    changed = revised(legs.x[20], 0.997)  # inside the formation window of the Kalman path
    batch = fresh(redis_url, Legs(legs.y, [*legs.x[:20], changed, *legs.x[21:]]), p)
    ensure_epoch(client)
    publish(client, legs)
    first = reader_of(client).snapshot(p)
    append_bars(client, X, [changed])
    late = reader_of(connect_reader(redis_url)).snapshot(p)
    assert late.generation == first.generation + 1
    assert bits(late) == bits(batch)


@by_method
def test_a_bar_that_fills_a_gap_changes_the_rows_from_there(client: Redis, redis_url: str, p: PairParameters) -> None:
    legs = made_legs(200, gaps=False)
    batch = fresh(redis_url, legs, p)
    ensure_epoch(client)
    publish(client, Legs(legs.y, [*legs.x[:150], *legs.x[151:]]))
    reader = reader_of(client)
    assert reader.snapshot(p).rows["note"][150] == Note.GAP
    append_bars(client, X, [legs.x[150]])
    after = reader.snapshot(p)
    assert bits(after) == bits(batch)
    assert after.generation == 2


@pytest.mark.parametrize("p", [*CAUSAL, OLS], ids=lambda p: p.method)
def test_a_new_epoch_begins_anew(client: Redis, redis_url: str, p: PairParameters) -> None:
    first, second = made_legs(200, seed=1), made_legs(160, seed=2)
    batch = fresh(redis_url, second, p)
    ensure_epoch(client)
    publish(client, first)
    reader = reader_of(client)
    reader.snapshot(p)
    client.flushall()
    register(client, Y, X)
    renew_epoch(client)
    publish(client, second)
    after = reader.snapshot(p)
    assert bits(after) == bits(batch)
    assert after.generation == batch.generation


def test_many_readers_at_once_write_each_row_once(client: Redis, redis_url: str) -> None:
    legs = made_legs(200)
    ensure_epoch(client)
    publish(client, legs, 0, 150)
    readers = [reader_of(connect_reader(redis_url)) for _ in range(4)]
    for end in (150, 160, 175, 200):
        publish(client, legs, end - 10 if end > 150 else 150, end)
        with ThreadPoolExecutor(4) as pool:
            snapshots = list(pool.map(lambda reader: reader.snapshot(ROLLING), readers))
        assert len({bits(snapshot) for snapshot in snapshots}) == 1
    ids = [entry_id for entry_id, _ in client.xrange(keys.rows(ROLLING.key))]
    assert len(ids) == 200
    assert all(entry_id.startswith(b"1-") for entry_id in ids)


def test_a_claim_left_by_a_process_that_died_holds_nobody_up_for_long(client: Redis) -> None:
    ensure_epoch(client)
    publish(client, made_legs(100))
    client.set(keys.row_lease(ROLLING.key), b"dead", px=60_000)
    assert len(reader_of(client).snapshot(ROLLING).rows) == 100
    assert client.xlen(keys.rows(ROLLING.key)) == 100


def test_a_hindsight_fit_follows_revisions(client: Redis, redis_url: str) -> None:
    legs = made_legs(120, gaps=False)
    changed = revised(legs.y[110], 1.01)
    batch = fresh(redis_url, Legs([*legs.y[:110], changed, *legs.y[111:]], legs.x), OLS)
    ensure_epoch(client)
    publish(client, legs)
    reader = reader_of(client)
    before = reader.snapshot(OLS)
    append_bars(client, Y, [changed])
    after = reader.snapshot(OLS)
    assert len(before.rows) == 30
    assert after.generation == before.generation + 1
    assert bits(after) == bits(batch)


def test_who_follows_asks_for_the_bars_and_then_for_the_rows_and_no_more(client: Redis, redis_url: str) -> None:
    legs = made_legs(200)
    ensure_epoch(client)
    publish(client, legs, 0, 190)
    computing, following = reader_of(client), reader_of(connect_reader(redis_url))
    assert bits(computing.snapshot(ROLLING)) == bits(following.snapshot(ROLLING))
    asked = []
    for i in range(190, 200):
        publish(client, legs, i, i + 1)
        computing.snapshot(ROLLING)
        before = _commands(client)
        assert len(following.snapshot(ROLLING).rows) == i + 1
        asked.append(_commands(client) - before - 1)
    assert asked == [4] * 10  # the epoch and two streams of bars together, then one stream of rows


def _commands(client: Redis) -> int:
    info: Any = client.info("stats")
    return int(info["total_commands_processed"])


@by_method
def test_a_stranger_under_the_key_of_the_rows_is_discarded_and_they_are_computed_again(
    client: Redis, redis_url: str, p: PairParameters
) -> None:
    legs = made_legs(200)
    batch = fresh(redis_url, legs, p)
    ensure_epoch(client)
    publish(client, legs, 0, 150)
    reader = reader_of(client)
    reader.snapshot(p)
    client.delete(keys.rows(p.key))
    client.set(keys.rows(p.key), "theirs")
    publish(client, legs, 150, 200)
    assert bits(reader.snapshot(p)) == bits(batch)
    assert bits(reader_of(connect_reader(redis_url)).snapshot(p)) == bits(batch)
    assert client.type(keys.rows(p.key)) == b"stream"
