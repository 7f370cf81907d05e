"""Tables as Parquet, with their provenance among the file's own metadata, written apart: pyarrow takes much memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, BinaryIO

import orjson

from dash_app.api.spreadsheet import Cell
from engine.apart.apart import Apart

PARQUET_TYPE = "application/vnd.apache.parquet"
METADATA_KEY = "spreadboard.provenance"
_KINDS = (
    ("time", {"time", "open_time"}),
    ("whole", {"trades", "trades_y", "trades_x", "trade_id", "revision"}),
    ("text", {"side", "source", "signal", "reason"}),
    ("flag", {"closed"}),
)
_CHUNK = 10_000


def parquet_file(
    apart: Apart, columns: Sequence[str], rows: Iterable[Sequence[Cell]], told: dict[str, Any]
) -> BinaryIO:
    """A Parquet file: times as timestamps in UTC, numbers as numbers, nulls where cells are empty."""
    kinds = [(name, _kind(name)) for name in columns]
    return apart.parquet(kinds, _chunks(rows), {METADATA_KEY: orjson.dumps(told).decode()})


def _chunks(rows: Iterable[Sequence[Cell]]) -> Iterator[list[Sequence[Cell]]]:
    remaining = iter(rows)
    while chunk := list(islice(remaining, _CHUNK)):
        yield chunk


def _kind(name: str) -> str:
    return next((kind for kind, names in _KINDS if name in names), "number")
