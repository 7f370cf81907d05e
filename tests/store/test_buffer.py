"""A buffer shows what its stream holds, whenever it joined and however often it asked."""

from __future__ import annotations

import random

import numpy as np
import pytest
from redis import Redis

from store import keys
from store.buffer import Change, RollingBuffer, refresh_all
from store.client import connect_reader
from store.epoch import ensure_epoch, renew_epoch
from store.errors import CorruptRecord, StoreUnavailable
from store.timeframes import Timeframe
from tests.store.bar_data import START_MS, made_bar, publish

NAME = "sim:BTCUSDT"


def buffer_of(client: Redis, capacity: int, timeframe: Timeframe = Timeframe.S1) -> RollingBuffer:
    return RollingBuffer(client, NAME, timeframe, capacity=capacity)


def test_an_empty_stream_is_an_empty_buffer(client: Redis) -> None:
    ensure_epoch(client)
    buffer = buffer_of(client, 5)
    for _ in range(2):
        assert buffer.refresh() == Change(None, reset=False)
    assert (len(buffer.bars), buffer.first_ms, buffer.last_ms) == (0, None, None)


def test_a_refresh_brings_what_is_new_and_says_from_where(client: Redis) -> None:
    buffer = buffer_of(client, 5)
    publish(client, NAME, Timeframe.S1, map(made_bar, range(3)))
    assert buffer.refresh() == Change(START_MS, reset=True)
    publish(client, NAME, Timeframe.S1, map(made_bar, (3, 4, 5)))
    assert buffer.refresh() == Change(START_MS + 3000, reset=False)
    assert (buffer.first_ms, buffer.last_ms) == (START_MS + 1000, START_MS + 5000)
    assert buffer.refresh() == Change(None, reset=False)


def test_a_revision_replaces_its_bar_and_a_repeat_changes_nothing(client: Redis) -> None:
    buffer = buffer_of(client, 5)
    publish(client, NAME, Timeframe.S1, map(made_bar, range(5)))
    buffer.refresh()
    publish(client, NAME, Timeframe.S1, [made_bar(2, revision=1), made_bar(3)])
    assert buffer.refresh() == Change(START_MS + 2000, reset=False)
    assert buffer.bars["revision"].tolist() == [0, 0, 1, 0, 0]
    publish(client, NAME, Timeframe.S1, [made_bar(4)])
    assert buffer.refresh() == Change(None, reset=False)


def test_a_missing_slot_is_absent_and_not_joined(client: Redis) -> None:
    buffer = buffer_of(client, 9)
    publish(client, NAME, Timeframe.S1, map(made_bar, (0, 1, 4)))
    buffer.refresh()
    assert np.isnan(buffer.bars["close"]).tolist() == [False, False, True, True, False]


def test_older_history_may_come_after_newer_bars(client: Redis) -> None:
    buffer = buffer_of(client, 9)
    publish(client, NAME, Timeframe.S1, map(made_bar, (5, 6)))
    buffer.refresh()
    publish(client, NAME, Timeframe.S1, map(made_bar, range(5)))
    assert buffer.refresh() == Change(START_MS, reset=False)
    assert buffer.bars["first_id"].tolist() == [0, 10, 20, 30, 40, 50, 60]


@pytest.mark.parametrize("timeframe", [Timeframe.S1, Timeframe.M5])
@pytest.mark.parametrize("seed", range(3))
def test_who_joined_late_and_who_was_there_see_the_same_bits(client: Redis, timeframe: Timeframe, seed: int) -> None:
    chance = random.Random(seed)
    kept, number = timeframe.kept_as, 0
    old, capacity = buffer_of(client, 40, timeframe), 40
    for _ in range(30):
        batch = []
        for _ in range(chance.randrange(12)):
            number += chance.choice([1, 1, 1, 1, 2])
            batch.append(made_bar(number, kept))
            if chance.random() < 0.2:
                batch.append(made_bar(number - chance.randrange(20), kept, revision=chance.randrange(4)))
        publish(client, NAME, kept, batch)
        old.refresh()
    late = buffer_of(client, capacity, timeframe)
    late.refresh()
    assert len(late.bars) > 30
    assert old.bars[-len(late.bars) :].tobytes() == late.bars.tobytes()


def test_a_load_reads_back_over_many_revisions(client: Redis) -> None:
    buffer = buffer_of(client, 20)
    publish(client, NAME, Timeframe.S1, map(made_bar, range(30)))
    publish(client, NAME, Timeframe.S1, [made_bar(29, revision=revision) for revision in range(70)])
    buffer.refresh()
    assert np.isfinite(buffer.bars["close"]).all()
    assert len(buffer) == 20
    assert buffer.bars["revision"][-1] == 69


def test_a_reader_behind_the_trim_point_loads_again(client: Redis) -> None:
    buffer = buffer_of(client, 10)
    publish(client, NAME, Timeframe.S1, map(made_bar, range(5)))
    buffer.refresh()
    publish(client, NAME, Timeframe.S1, map(made_bar, range(5, 40)))
    client.xtrim(keys.bars(NAME, Timeframe.S1), maxlen=4, approximate=False)
    assert buffer.refresh() == Change(START_MS + 36_000, reset=True)
    assert buffer.bars["first_id"].tolist() == [360, 370, 380, 390]


def test_an_emptied_store_empties_the_buffer_once(client: Redis) -> None:
    ensure_epoch(client)
    buffer = buffer_of(client, 10)
    publish(client, NAME, Timeframe.S1, map(made_bar, range(5)))
    buffer.refresh()
    client.flushall()
    assert buffer.refresh() == Change(None, reset=True)
    assert buffer.refresh() == Change(None, reset=False)
    publish(client, NAME, Timeframe.S1, map(made_bar, range(7, 9)))
    assert buffer.refresh() == Change(START_MS + 7000, reset=True)


def test_a_new_epoch_loads_again(client: Redis) -> None:
    ensure_epoch(client)
    buffer = buffer_of(client, 10)
    publish(client, NAME, Timeframe.S1, map(made_bar, range(5)))
    buffer.refresh()
    renew_epoch(client)
    assert buffer.refresh() == Change(START_MS, reset=True)
    assert buffer.refresh() == Change(None, reset=False)


def test_derived_bars_follow_their_minutes(client: Redis) -> None:
    buffer = buffer_of(client, 3, Timeframe.M5)
    publish(client, NAME, Timeframe.M1, (made_bar(number, Timeframe.M1) for number in range(3, 23)))
    assert buffer.refresh() == Change(START_MS + 300_000, reset=True)
    assert buffer.last_ms == START_MS + 900_000
    publish(client, NAME, Timeframe.M1, [made_bar(23, Timeframe.M1)])
    assert buffer.refresh() == Change(None, reset=False)
    publish(client, NAME, Timeframe.M1, [made_bar(24, Timeframe.M1), made_bar(16, Timeframe.M1, revision=2)])
    assert buffer.refresh() == Change(START_MS + 900_000, reset=False)
    assert buffer.bars["revision"].tolist() == [0, 2, 0]


def test_many_buffers_are_refreshed_in_one_round_trip(client: Redis) -> None:
    names = [f"sim:S{place}" for place in range(5)]
    buffers = [RollingBuffer(client, name, Timeframe.S1, capacity=4) for name in names]
    for name in names:
        publish(client, name, Timeframe.S1, map(made_bar, range(3)))
    refresh_all(buffers)
    publish(client, names[1], Timeframe.S1, [made_bar(3)])
    before = client.info("stats")["total_reads_processed"]
    changes = refresh_all(buffers)
    assert client.info("stats")["total_reads_processed"] - before <= 3  # the second INFO is one, the first may be
    assert [change.first_ms for change in changes] == [None, START_MS + 3000, None, None, None]
    assert refresh_all([]) == []


def test_a_dead_store_leaves_what_is_held(client: Redis) -> None:
    buffer = buffer_of(client, 4)
    publish(client, NAME, Timeframe.S1, map(made_bar, range(3)))
    buffer.refresh()
    buffer.client = connect_reader("unix:///nowhere/at/all")
    with pytest.raises(StoreUnavailable):
        buffer.refresh()
    assert buffer.bars["first_id"].tolist() == [0, 10, 20]


def test_an_entry_that_is_no_bar_is_said(client: Redis) -> None:
    client.xadd(keys.bars(NAME, Timeframe.S1), {keys.FIELD: b"short"})
    with pytest.raises(CorruptRecord, match="5 bytes"):
        buffer_of(client, 4).refresh()
