"""Pairs to read, bars to publish as they close, and what a reader makes of them alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from redis import Redis

from engine.parameters import Method, PairParameters
from engine.snapshot import Snapshot
from store.bars import Bar
from store.client import connect_reader
from store.epoch import ensure_epoch
from tests.engine.pair_data import Legs, X, Y, append_bars, reader_of

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
