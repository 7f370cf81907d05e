"""What is kept of a pair's rows, and what is done where they, or the bars before them, are gone."""

from __future__ import annotations

from redis import Redis

from engine.parameters import PairParameters
from store import keys
from store.client import connect_reader
from store.epoch import ensure_epoch
from store.timeframes import Timeframe
from tests.engine.pair_data import X, Y, made_legs, reader_of
from tests.engine.reader_data import KALMAN, ROLLING, bits, by_method, publish


def test_a_kalman_path_goes_on_where_the_bars_before_are_gone(client: Redis, redis_url: str) -> None:
    legs = made_legs(300)
    ensure_epoch(client)
    publish(client, legs, 0, 200)
    reader = reader_of(client)
    reader.snapshot(KALMAN)
    publish(client, legs, 200)
    whole = reader.snapshot(KALMAN)
    for name in (Y, X):
        client.xtrim(keys.bars(name, Timeframe.M1), maxlen=100, approximate=False)
    late = reader_of(connect_reader(redis_url)).snapshot(KALMAN)
    assert late.rows[-100:].tobytes() == whole.rows[-100:].tobytes()
    assert late.generation == whole.generation


def test_rows_that_expired_are_written_again_and_the_path_is_kept(client: Redis, redis_url: str) -> None:
    legs = made_legs(300)
    ensure_epoch(client)
    publish(client, legs, 0, 200)
    reader = reader_of(client)
    reader.snapshot(KALMAN)
    client.delete(keys.rows(KALMAN.key))
    publish(client, legs, 200)
    whole = reader.snapshot(KALMAN)
    assert client.xlen(keys.rows(KALMAN.key)) == 300
    assert bits(reader_of(connect_reader(redis_url)).snapshot(KALMAN)) == bits(whole)


@by_method
def test_only_the_last_rows_are_kept_and_they_are_the_same_for_who_joins_late(
    client: Redis, redis_url: str, p: PairParameters
) -> None:
    legs = made_legs(500)
    ensure_epoch(client)
    publish(client, legs, 0, 60)
    reader = reader_of(client, history_bars=150)
    for i in range(60, 500):
        publish(client, legs, i, i + 1)
        if i % 3 == 0:
            reader.snapshot(p)
    steady, late = reader.snapshot(p), reader_of(connect_reader(redis_url), history_bars=150).snapshot(p)
    assert len(steady.rows) == 150
    assert bits(steady) == bits(late)
    assert client.xlen(keys.rows(p.key)) < 400


def test_rows_of_another_version_of_the_board_are_replaced(client: Redis) -> None:
    ensure_epoch(client)
    publish(client, made_legs(100))
    client.xadd(keys.rows(ROLLING.key), {keys.FIELD: b"of other length"}, id="7-1")
    assert len(reader_of(client).snapshot(ROLLING).rows) == 100
    assert client.xlen(keys.rows(ROLLING.key)) == 100
