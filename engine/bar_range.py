"""Bars of a stretch of time, out of the streams."""

from __future__ import annotations

from typing import Any

import numpy as np
from redis import Redis

from store import keys
from store.bars import PACKED_BAR, parse_bars
from store.buffer import RollingBuffer
from store.client import store_errors
from store.grid import Bars
from store.timeframes import Timeframe

_LONGEST_MS = 400 * 24 * 3_600_000  # no stream reaches further back


def read_bar_range(
    client: Redis, instrument: str, timeframe: Timeframe, *, start_ms: int | None, end_ms: int | None, limit: int
) -> Bars:
    """Closed bars that open in [start_ms, end_ms), ascending: the first `limit` from a start, else the last.

    Raises `StoreUnavailable`.
    """
    newest_ms = _newest_ms(client, instrument, timeframe)
    if newest_ms is None or limit < 1:
        return np.empty(0, PACKED_BAR)
    end_ms = newest_ms + timeframe.ms if end_ms is None else min(end_ms, newest_ms + timeframe.ms)
    oldest_ms = end_ms - limit * timeframe.ms if start_ms is None else max(start_ms, newest_ms - _LONGEST_MS)
    capacity = (newest_ms - oldest_ms) // timeframe.ms + 2
    if capacity < 2 or oldest_ms >= end_ms:
        return np.empty(0, PACKED_BAR)
    buffer = RollingBuffer(client, instrument, timeframe, capacity=capacity)
    buffer.refresh()
    opens = buffer.bars["open_time_s"].astype(np.int64) * 1000
    inside = np.isfinite(buffer.bars["close"]) & (opens < end_ms)
    if start_ms is None:
        last: Bars = buffer.bars[inside][-limit:]
        return last
    bars: Bars = buffer.bars[inside & (opens >= start_ms)][:limit]
    return bars


def _newest_ms(client: Redis, instrument: str, timeframe: Timeframe) -> int | None:
    with store_errors():
        entries: Any = client.xrevrange(keys.bars(instrument, timeframe.kept_as), count=1)
    if not entries:
        return None
    open_ms = int(parse_bars([entries[0][1][keys.FIELD]])["open_time_s"][0]) * 1000
    return open_ms // timeframe.ms * timeframe.ms
