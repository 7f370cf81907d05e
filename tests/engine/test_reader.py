"""What a reader asks of the store and when, what it says is lacking, and what it does while the store is away."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from redis import Redis

from engine.errors import UnknownInstrument
from engine.parameters import PairParameters
from engine.reader import Reader
from engine.rows import Signal
from engine.thresholds import DEFAULT_THRESHOLD, Threshold
from store.client import connect_reader
from store.epoch import ensure_epoch
from store.errors import StoreUnavailable
from store.timeframes import Timeframe
from tests.engine.pair_data import Clock, X, Y, append_bars, made_legs, reader_of, register
from tests.engine.reader_data import FIXED, KALMAN, OLS, ROLLING, publish


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


def test_five_minute_bars_make_rows_too(client: Redis) -> None:
    ensure_epoch(client)
    publish(client, made_legs(400, gaps=False))
    p = PairParameters(Y, X, timeframe=Timeframe.M5, window=30, z_window=20)
    snapshot = reader_of(client).snapshot(p)
    assert len(snapshot.rows) == 80
    assert np.isfinite(snapshot.rows["z"][-1])
