"""Ticks as columns of Parquet: the same names, types and bits as in `store.ticks`."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from store.ticks import TICK_DTYPE

Ticks = NDArray[np.void]

SCHEMA = pa.schema(
    [
        ("trade_id", pa.int64()),
        ("price", pa.float64()),
        ("quantity", pa.float64()),
        ("time_ms", pa.int64()),
        ("received_us", pa.int64()),
        ("side", pa.uint8()),
    ]
)
DELTAS = dict.fromkeys(("trade_id", "time_ms", "received_us"), "DELTA_BINARY_PACKED")
REPEATED = ["price", "quantity", "side"]
NAMES = tuple(SCHEMA.names)


def table_of(ticks: Ticks) -> pa.Table:
    """Ticks (n,) of `TICK_DTYPE` as a table."""
    return pa.table([pa.array(np.ascontiguousarray(ticks[name])) for name in NAMES], schema=SCHEMA)


def ticks_of(batch: pa.RecordBatch) -> Ticks:
    """The rows of a batch, whose columns begin with those of a tick."""
    ticks = np.empty(batch.num_rows, TICK_DTYPE)
    for place, name in enumerate(NAMES):
        ticks[name] = batch.column(place).to_numpy(zero_copy_only=False)
    return ticks
