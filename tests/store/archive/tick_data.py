"""Ticks for tests of the archive, and a stream of them as an ingestor writes it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from redis import Redis

from store import keys
from store.catalogue import InstrumentInfo, encode_info
from store.ticks import TICK_DTYPE

NAME = "sim:BTCUSDT"
START_MS = 1_767_225_600_000 - 40_000  # 40 s before midnight UTC, 2026-01-01


def made_ticks(first: int, end: int, *, step_ms: int = 100) -> NDArray[np.void]:
    """Ticks of ids [first, end), `step_ms` apart, received live; the first 400 of them before midnight."""
    ids = np.arange(first, end)
    chance = np.random.default_rng(7).normal(size=max(end, 1))[first:end]
    ticks = np.zeros(end - first, TICK_DTYPE)
    ticks["trade_id"] = ids
    ticks["price"] = np.round(60_000 + 10 * chance, 2)
    ticks["quantity"] = np.round(np.abs(chance), 5) + 1e-5
    ticks["time_ms"] = START_MS + ids * step_ms
    ticks["received_us"] = ticks["time_ms"] * 1000 + 7
    ticks["side"] = 1 + ids % 2
    return ticks


def register(client: Redis, *names: str) -> None:
    for name in names:
        client.hset(keys.INSTRUMENTS, name, encode_info(InstrumentInfo(name, "BTC", "USDT", 0.01, 0)))


def publish(client: Redis, ticks: NDArray[np.void], *, name: str = NAME, batch: int = 12) -> Sequence[bytes]:
    """Append ticks to their stream in micro-batches; the entries' ids."""
    pipeline = client.pipeline(transaction=False)
    for start in range(0, len(ticks), batch):
        pipeline.xadd(keys.ticks(name), {keys.FIELD: ticks[start : start + batch].tobytes()})
    ids: Sequence[bytes] = pipeline.execute()
    return ids
