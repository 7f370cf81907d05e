"""Cleaned rows as a Parquet file in memory: the same bits when read back. Loads pyarrow, so it is imported late."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from store.bars import NO_TRADE_ID, PACKED_BAR, UNKNOWN_MISSING, Source
from store.ticks import TICK_DTYPE

Rows = NDArray[np.void]
BROKEN = (pa.ArrowException, KeyError)
"""What reading raises where the bytes are not such a file."""

TICK_NAMES = ("trade_id", "price", "quantity", "time_ms", "side")
BAR_NAMES = ("open_time_s", "open", "high", "low", "close", "volume", "trades")


def encode_ticks(ticks: Rows) -> bytes:
    return _encode(ticks, TICK_NAMES)


def encode_bars(bars: Rows) -> bytes:
    return _encode(bars, BAR_NAMES)


def parse_ticks(content: bytes) -> Rows:
    """Ticks (n,) of `TICK_DTYPE`, never received."""
    return _parse(content, TICK_NAMES, TICK_DTYPE)


def parse_bars(content: bytes) -> Rows:
    """Bars (n,) of `PACKED_BAR` as an upload has them: without quotes, ids and sides."""
    bars = _parse(content, BAR_NAMES, PACKED_BAR)
    bars["bid"] = bars["ask"] = bars["buy_volume"] = np.nan
    bars["first_id"], bars["source"], bars["missing"] = NO_TRADE_ID, Source.UPLOAD, UNKNOWN_MISSING
    return bars


def _encode(rows: Rows, names: tuple[str, ...]) -> bytes:
    table = pa.table({name: pa.array(np.ascontiguousarray(rows[name])) for name in names})
    target = pa.BufferOutputStream()
    pq.write_table(table, target, compression="zstd")
    content = bytes(target.getvalue())
    del table, target
    pa.default_memory_pool().release_unused()  # tens of MB, which it would keep for a next time
    return content


def _parse(content: bytes, names: tuple[str, ...], dtype: np.dtype[np.void]) -> Rows:
    table = pq.read_table(pa.BufferReader(content), columns=list(names), use_threads=False)
    rows = np.zeros(table.num_rows, dtype)
    for name in names:
        rows[name] = table.column(name).to_numpy()
    return rows
