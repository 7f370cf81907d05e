"""Tables as Parquet, with their provenance among the file's own metadata. pyarrow is loaded by who asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import orjson

from dash_app.api.spreadsheet import Cell

PARQUET_TYPE = "application/vnd.apache.parquet"
METADATA_KEY = "spreadboard.provenance"
_TIMES = frozenset({"time", "open_time"})
_WHOLE = frozenset({"trades", "trades_y", "trades_x", "trade_id", "revision"})
_TEXTS = frozenset({"side", "source", "signal", "reason"})
_FLAGS = frozenset({"closed"})
_CHUNK = 10_000


def parquet_bytes(columns: Sequence[str], rows: Iterable[Sequence[Cell]], told: dict[str, Any]) -> bytes:
    """A Parquet file: times as timestamps in UTC, numbers as numbers, nulls where cells are empty."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    types = [(name, _type(pa, name)) for name in columns]
    schema = pa.schema(types, metadata={METADATA_KEY: orjson.dumps(told)})
    target, remaining = pa.BufferOutputStream(), iter(rows)
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        while chunk := list(islice(remaining, _CHUNK)):
            cells = zip(*chunk, strict=True)
            arrays = [_array(pa, name, kind, values) for (name, kind), values in zip(types, cells, strict=True)]
            writer.write_table(pa.table(arrays, schema=schema))
    body = bytes(target.getvalue())
    pa.default_memory_pool().release_unused()  # tens of MB, which it would keep for a next time
    return body


def _type(pa: Any, name: str) -> Any:
    if name in _TIMES:
        return pa.timestamp("ms", tz="UTC")
    if name in _FLAGS:
        return pa.bool_()
    return pa.int64() if name in _WHOLE else pa.string() if name in _TEXTS else pa.float64()


def _array(pa: Any, name: str, kind: Any, values: Sequence[Cell]) -> Any:
    if name not in _TIMES:
        return pa.array(values, kind)
    return pa.array([str(value).removesuffix("Z") for value in values], pa.string()).cast(pa.timestamp("ms")).cast(kind)
