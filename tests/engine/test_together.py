"""Many pairs brought up to date at once have the bits of one asked alone, and share them in the same way."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import replace

import pytest
from redis import Redis

from engine.reader import Reader
from store import keys
from store.errors import StoreUnavailable
from tests.engine.pair_data import X, Y, made_legs, reader_of, register
from tests.engine.reader_data import CAUSAL, KALMAN, OLS, ROLLING, bits, fresh, publish

TURNED = [replace(p, y=X, x=Y) for p in (ROLLING, KALMAN)]  # of a kind with two others: computed side by side
PAIRS = [*CAUSAL, *TURNED, OLS]
ENTRIES = {p.key: keys.rows(p.key) for p in CAUSAL}


def asked(reader: Reader) -> list[bytes]:
    reader.bring_up(PAIRS)
    return [bits(reader.snapshot(p)) for p in PAIRS]


@pytest.mark.parametrize("seed", range(4))
def test_bar_by_bar_beside_another_reader_they_are_those_of_one_batch(client: Redis, redis_url: str, seed: int) -> None:
    legs, chance = made_legs(230, seed=seed), random.Random(seed)
    wanted = [bits(fresh(redis_url, legs, p)) for p in PAIRS]
    register(client, Y, X)
    one, other = reader_of(client), reader_of(client)
    end = 0
    while end < 230:
        start, end = end, min(end + chance.choice((1, 1, 1, 2, 9)), 230)
        publish(client, legs, start, end)
        if chance.random() < 0.3:
            other.snapshot(chance.choice(PAIRS))  # writes rows that the one reads
        if chance.random() < 0.7:
            asked(one)
    assert asked(one) == wanted
    assert asked(other) == wanted
    for p in CAUSAL:
        ids = [entry_id for entry_id, _ in client.xrange(ENTRIES[p.key])]
        assert len(ids) == len(one.snapshot(p).rows), "each row is written once"
        assert ids[-1].startswith(b"1-")


def test_rows_and_bars_that_vanish_are_made_anew(client: Redis, redis_url: str) -> None:
    legs = made_legs(200)
    wanted = [bits(fresh(redis_url, legs, p)) for p in PAIRS]
    register(client, Y, X)
    reader = reader_of(client)
    publish(client, legs, 0, 150)
    asked(reader)
    for key in ENTRIES.values():
        client.delete(key)
    publish(client, legs, 150, 160)
    asked(reader)
    client.set(ENTRIES[CAUSAL[0].key], b"a stranger's")  # fails first: of this key the list is gone
    publish(client, legs, 160)
    assert asked(reader)[1:] == wanted[1:]


def test_a_store_that_is_away_is_said_and_nothing_is_lost(client: Redis, redis_url: str) -> None:
    legs = made_legs(200)
    wanted = [bits(fresh(redis_url, legs, p)) for p in PAIRS]
    register(client, Y, X)
    reader = reader_of(client)
    for start, end in ((0, 190), (190, 197)):
        publish(client, legs, start, end)
        asked(reader)
    publish(client, legs, 197)
    client.config_set("maxmemory", 1)  # rows can be read and not written
    try:
        with pytest.raises(StoreUnavailable):
            reader.bring_up(PAIRS)
    finally:
        client.config_set("maxmemory", 0)
    for _ in range(4):  # the reader's own clock moves as it is looked at
        with suppress(StoreUnavailable):  # who asks too soon is told what the one before was told
            reader.bring_up(PAIRS)
    assert asked(reader) == wanted
    assert [bits(reader_of(client).snapshot(p)) for p in PAIRS] == wanted
