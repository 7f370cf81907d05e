"""The last trades of an instrument, as far back as its stream is kept."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from redis import Redis

from store import keys
from store.client import store_errors
from store.ticks import parse_ticks

_PAGE = 1_000  # entries, of a dozen ticks each


def read_recent_ticks(client: Redis, instrument: str, *, start_ms: int, end_ms: int) -> NDArray[np.void]:
    """Ticks (n,) of `store.ticks.TICK_DTYPE` with start <= exchange time < end, in trade-id order.

    Read backwards from the newest, so that what is older costs nothing. Raises `StoreUnavailable`.
    """
    parts: list[NDArray[np.void]] = []
    newest = "+"
    while True:
        with store_errors():
            entries: Any = client.xrevrange(keys.ticks(instrument), newest, "-", count=_PAGE)
        parts += [parse_ticks(fields[keys.FIELD]) for _, fields in entries]
        if len(entries) < _PAGE or int(parts[-1]["time_ms"][0]) < start_ms:
            break
        newest = "(" + entries[-1][0].decode()
    if not parts:
        return parse_ticks(b"")
    ticks = np.concatenate(parts[::-1])
    chosen: NDArray[np.void] = ticks[(ticks["time_ms"] >= start_ms) & (ticks["time_ms"] < end_ms)]
    return chosen
