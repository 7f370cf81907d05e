"""The last trades of an instrument, as far back as its stream is kept."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from redis import Redis

from store import keys
from store.bars import NO_TRADE_ID
from store.client import store_errors
from store.ticks import parse_ticks

_PAGE = 1_000  # entries, of a dozen ticks each


def read_recent_ticks(client: Redis, instrument: str, *, start_ms: int, end_ms: int) -> NDArray[np.void]:
    """Ticks (n,) of `store.ticks.TICK_DTYPE` with start <= exchange time < end, in trade-id order, each once.

    The stream may hold a trade twice, and one that came late after later ones. Read backwards from the newest, up to
    the first page that holds nothing of the span. Raises `StoreUnavailable`.
    """
    parts: list[NDArray[np.void]] = []
    newest = "+"
    while True:
        with store_errors():
            entries: Any = client.xrevrange(keys.ticks(instrument), newest, "-", count=_PAGE)
        page = parse_ticks(b"".join(fields[keys.FIELD] for _, fields in reversed(entries)))
        parts.append(page[(page["time_ms"] >= start_ms) & (page["time_ms"] < end_ms)])
        if len(entries) < _PAGE or page["time_ms"].max() < start_ms:
            break
        newest = "(" + entries[-1][0].decode()
    return _each_once(np.concatenate(parts[::-1]))


def _each_once(ticks: NDArray[np.void]) -> NDArray[np.void]:
    """In the order of their ids; those of a source without ids all, as they came."""
    ids = ticks["trade_id"]
    if not len(ids) or ids[0] == NO_TRADE_ID:
        return ticks
    _, first = np.unique(ids, return_index=True)
    once: NDArray[np.void] = ticks[first]
    return once
