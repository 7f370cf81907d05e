"""Writes a table as a Parquet file, in a process of its own: ``python -m engine.apart.parquet_work``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any, BinaryIO, Literal

import orjson

os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # others set a gigabyte of addresses aside
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pyarrow as pa
import pyarrow.parquet as pq

from engine.apart.child import serve

Kind = Literal["time", "whole", "flag", "text", "number"]
_TYPES: dict[Kind, Any] = {
    "time": pa.timestamp("ms", tz="UTC"),
    "whole": pa.int64(),
    "flag": pa.bool_(),
    "text": pa.string(),
    "number": pa.float64(),
}


def work(task: dict[str, Any], body: BinaryIO, answer: BinaryIO) -> None:
    """`task` has `columns` as pairs of name and kind, and `metadata`; `body` a line of JSON, a list of rows, each."""
    columns: list[tuple[str, Kind]] = [(name, kind) for name, kind in task["columns"]]
    schema = pa.schema([(name, _TYPES[kind]) for name, kind in columns], metadata=task["metadata"])
    with pq.ParquetWriter(answer, schema, compression="zstd") as writer:
        for line in body:
            cells = zip(*orjson.loads(line), strict=True)
            arrays = [_array(kind, values) for (_, kind), values in zip(columns, cells, strict=True)]
            writer.write_table(pa.table(arrays, schema=schema))


def _array(kind: Kind, values: Sequence[Any]) -> Any:
    if kind != "time":
        return pa.array(values, _TYPES[kind])
    plain = pa.array([value.removesuffix("Z") for value in values], pa.string())
    return plain.cast(pa.timestamp("ms")).cast(_TYPES[kind])


if __name__ == "__main__":
    sys.exit(serve(work))
