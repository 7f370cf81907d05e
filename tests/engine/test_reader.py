"""Whoever reads a pair, whenever it joined and whoever computed: the same snapshot, to the last bit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from redis import Redis

from engine.errors import UnknownInstrument
from engine.parameters import Method, PairParameters
from engine.reader import Reader
from engine.rows import Note, Signal
from engine.snapshot import Snapshot
from engine.thresholds import DEFAULT_THRESHOLD, Threshold
from store import keys
from store.bars import Bar
from store.client import connect_reader
from store.epoch import ensure_epoch, renew_epoch
from store.errors import StoreUnavailable
from store.timeframes import Timeframe
from tests.engine.pair_data import Clock, Legs, X, Y, append_bars, made_legs, reader_of, register, revised

ROLLING = PairParameters(Y, X, window=30, z_window=20)
KALMAN = PairParameters(Y, X, window=30, z_window=20, method=Method.KALMAN)
FIXED = PairParameters(Y, X, window=30, z_window=20, method=Method.FIXED, beta=0.8)
OLS = PairParameters(Y, X, window=30, z_window=20, method=Method.OLS)
CAUSAL = [ROLLING, KALMAN, FIXED]
by_method = pytest.mark.parametrize("p", CAUSAL, ids=lambda p: p.method)


def publish(client: Redis, legs: Legs, first: int = 0, end: int | None = None) -> None:
    """Bars of slots [first, end), as they close."""
    start = legs.y[0].open_time_ms
    for name, bars in ((Y, legs.y), (X, legs.x)):
        append_bars(client, name, within(bars, start, first, len(legs.y) if end is None else end))


def within(bars: Sequence[Bar], start_ms: int, first: int, end: int) -> list[Bar]:
    return [bar for bar in bars if first <= (bar.open_time_ms - start_ms) // 60_000 < end]


def fresh(redis_url: str, legs: Legs, p: PairParameters, **options: int) -> Snapshot:
    """What a reader computes alone and in one batch, of an empty store that got these bars at once."""
    client = connect_reader(redis_url)
    client.flushall()
    ensure_epoch(client)
    publish(client, legs)
    snapshot = reader_of(client, **options).snapshot(p)
    client.flushall()
    return snapshot


def bits(snapshot: Snapshot) -> bytes:
    return snapshot.rows.tobytes()


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


def test_a_database_that_stops_answering_leaves_the_last_levels_in_force(client: Redis) -> None:
    legs = made_legs(100, gaps=False)
    ensure_epoch(client)
    publish(client, legs, 0, 99)
    register(client, Y, X)
    answers = [True]

    def thresholds() -> tuple[Threshold, ...]:
        if not answers[0]:
            raise StoreUnavailable("the database does not answer")
        return (Threshold(0, 1.5, 0.1),)

    reader = Reader(client, thresholds, now_s=Clock())
    reader.snapshot(ROLLING)
    answers[0] = False
    publish(client, legs, 99)
    snapshot = reader.snapshot(ROLLING)
    assert (len(snapshot.rows), snapshot.threshold.entry) == (100, 1.5)
    unlucky = Reader(client, thresholds, now_s=Clock())
    with pytest.raises(StoreUnavailable, match="database"):
        unlucky.snapshot(ROLLING)
    assert unlucky.feeds() == ()


def test_nothing_new_is_the_same_object(client: Redis) -> None:
    ensure_epoch(client)
    publish(client, made_legs(100))
    reader = reader_of(client)
    for p in (ROLLING, KALMAN, OLS):
        assert reader.snapshot(p) is reader.snapshot(p)


def test_rows_are_read_only(client: Redis) -> None:
    ensure_epoch(client)
    publish(client, made_legs(100))
    reader = reader_of(client)
    for p in (ROLLING, KALMAN, OLS):
        with pytest.raises(ValueError, match="read-only"):
            reader.snapshot(p).rows["z"][0] = 1.0


def test_the_store_is_asked_for_new_bars_at_most_every_150_ms(client: Redis) -> None:
    legs = made_legs(100)
    ensure_epoch(client)
    publish(client, legs, 0, 99)
    register(client, Y, X)
    now = [0.0]
    reader = Reader(client, lambda: (DEFAULT_THRESHOLD,), now_s=lambda: now[0])
    first = reader.snapshot(ROLLING)
    publish(client, legs, 99)
    now[0] += 0.14
    assert reader.snapshot(ROLLING) is first
    now[0] += 0.02
    assert len(reader.snapshot(ROLLING).rows) == 100


def test_a_pair_without_a_new_bar_costs_the_store_nothing(client: Redis, redis_url: str) -> None:
    legs = made_legs(100, gaps=False)
    ensure_epoch(client)
    publish(client, legs, 0, 99)
    register(client, Y, X)
    now = [0.0]
    reader = Reader(connect_reader(redis_url), lambda: (DEFAULT_THRESHOLD,), now_s=lambda: now[0])
    pairs = (ROLLING, KALMAN, FIXED, OLS)

    def commands() -> list[str]:
        """Those that looking once at every pair takes, by the server's own count."""
        before = called(client)
        now[0] += 0.2
        for p in pairs:
            reader.snapshot(p)
        return sorted((called(client) - before).elements())

    for p in pairs:
        reader.snapshot(p)
    assert commands() == ["get", "xrange", "xrange"]  # the epoch and the bars of both legs, for all pairs
    publish(client, legs, 99)
    assert "xadd" in commands()
    assert commands() == ["get", "xrange", "xrange"]
    assert {len(reader.snapshot(p).rows) for p in pairs} == {100, 30}


def called(client: Redis) -> Counter[str]:
    """How often the server ran which command that reads or writes data."""
    stats = client.info("commandstats")
    return Counter(
        {
            name.removeprefix("cmdstat_"): stat["calls"]
            for name, stat in stats.items()
            if name.removeprefix("cmdstat_") in ("get", "set", "del", "xadd", "xrange", "xrevrange")
        }
    )


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


def test_a_threshold_that_changed_holds_from_its_bar_on_and_rewrites_nothing(client: Redis) -> None:
    legs = made_legs(220, gaps=False)
    ensure_epoch(client)
    publish(client, legs, 0, 200)
    levels: list[Threshold] = [DEFAULT_THRESHOLD]
    reader = reader_of(client, thresholds=levels)
    before = reader.snapshot(ROLLING)
    levels.append(Threshold(legs.y[200].open_time_ms, 0.01, 0.0))
    publish(client, legs, 200)
    after = reader.snapshot(ROLLING)
    assert after.rows[:200].tobytes() == before.rows.tobytes()
    assert after.threshold.entry == 0.01
    assert before.threshold == DEFAULT_THRESHOLD
    assert Signal.FLAT not in after.rows["signal"][200:][np.abs(after.rows["z"][200:]) >= 0.01]


def test_what_is_lacking_is_said(client: Redis) -> None:
    legs = made_legs(100, gaps=False)
    ensure_epoch(client)
    reader = reader_of(client)
    nothing = reader.snapshot(ROLLING)
    assert (len(nothing.rows), nothing.reason) == (0, f"no closed 1m bar of {Y} and {X} yet")
    assert (nothing.have, nothing.need) == (0, 49)
    append_bars(client, Y, legs.y[:37])
    assert reader.snapshot(ROLLING).reason == f"no closed 1m bar of {X} yet"
    append_bars(client, X, legs.x[:37])
    warming = reader.snapshot(ROLLING)
    assert (warming.have, warming.reason) == (37, "warming up: 37 of 49 bars")
    publish(client, legs, 37)
    full = reader.snapshot(ROLLING)
    assert (full.have, full.reason) == (49, "")
    last = legs.y[-1]
    append_bars(client, Y, [last._replace(open_time_ms=last.open_time_ms + 120_000)])
    append_bars(client, X, [last._replace(open_time_ms=last.open_time_ms + 60_000)])
    assert reader.snapshot(ROLLING).reason.startswith(f"gap: no bar of {Y} at 01:41:00")


def test_an_unknown_leg_is_refused(client: Redis) -> None:
    with pytest.raises(UnknownInstrument, match="sim:NOPE"):
        reader_of(client).snapshot(PairParameters(Y, "sim:NOPE"))


def test_a_dead_store_is_said_at_once_after_the_first_who_found_out(client: Redis) -> None:
    publish(client, made_legs(100))
    dead = connect_reader("unix:///nonexistent/socket")
    now = [0.0]
    register(client, Y, X)
    reader = Reader(client, lambda: (DEFAULT_THRESHOLD,), now_s=lambda: now[0])
    reader.snapshot(ROLLING)
    pool, client.connection_pool = client.connection_pool, dead.connection_pool
    now[0] += 1.0
    with pytest.raises(StoreUnavailable):
        reader.snapshot(ROLLING)
    client.connection_pool = pool  # the store is back, but nobody asks it within a second
    with pytest.raises(StoreUnavailable):
        reader.snapshot(ROLLING)
    with pytest.raises(StoreUnavailable):
        reader.feeds()
    now[0] += 1.1
    assert len(reader.snapshot(ROLLING).rows) == 100


def test_rows_of_another_version_of_the_board_are_replaced(client: Redis) -> None:
    ensure_epoch(client)
    publish(client, made_legs(100))
    client.xadd(keys.rows(ROLLING.key), {keys.FIELD: b"of other length"}, id="7-1")
    assert len(reader_of(client).snapshot(ROLLING).rows) == 100
    assert client.xlen(keys.rows(ROLLING.key)) == 100


def test_five_minute_bars_make_rows_too(client: Redis) -> None:
    ensure_epoch(client)
    publish(client, made_legs(400, gaps=False))
    p = PairParameters(Y, X, timeframe=Timeframe.M5, window=30, z_window=20)
    snapshot = reader_of(client).snapshot(p)
    assert len(snapshot.rows) == 80
    assert np.isfinite(snapshot.rows["z"][-1])
