"""What is exported: a table that can be read again and again, and what is to be known of where it comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dash_app.api.features_out import FEATURE_COLUMNS, feature_dicts
from dash_app.api.models import SpanQuery
from dash_app.api.parameters_out import parameters_out
from dash_app.api.rows_out import BAR_COLUMNS, ROW_COLUMNS, bar_dicts, number, row_dicts
from dash_app.api.spreadsheet import Cell
from dash_app.api.times import parse_span_ms
from engine.board import Board
from engine.errors import ParameterError
from engine.exported_ticks import exported_ticks
from engine.parameters import PairParameters, Timeframe

MAX_ROWS = 1_000_000
MAX_BARS = 100_000
TICK_COLUMNS = ("time", "price", "size", "side", "trade_id")
_CHUNK = 10_000
_SIDES: tuple[Cell, ...] = (None, "buy", "sell")
Rows = NDArray[np.void]


@dataclass(frozen=True, slots=True)
class Exported:
    """A table: its `columns`, and `rows` that begin anew at each call. Times are UTC ms, of the first and last row.

    `bar_ms` is the distance of rows that are on a grid. `parameters` are those that made it.
    """

    kind: str
    instruments: tuple[str, ...]
    parameters: Mapping[str, Any]
    columns: tuple[str, ...]
    count: int
    first_ms: int | None
    last_ms: int | None
    bar_ms: int | None
    rows: Callable[[], Iterator[Sequence[Cell]]]

    @property
    def name(self) -> str:
        timeframe = self.parameters.get("timeframe")
        return "-".join((*self.instruments, *([timeframe] if timeframe else []), self.kind))


def ticks_export(board: Board, instrument: str, query: SpanQuery) -> Exported:
    start_ms, end_ms = parse_span_ms(query.start, query.end)
    ticks = _within(exported_ticks(board, instrument, start_ms=start_ms, end_ms=end_ms), query, MAX_ROWS)
    return Exported(
        kind="ticks",
        instruments=(instrument,),
        parameters={},
        columns=TICK_COLUMNS,
        count=len(ticks),
        first_ms=int(ticks["time_ms"][0]) if len(ticks) else None,
        last_ms=int(ticks["time_ms"][-1]) if len(ticks) else None,
        bar_ms=None,
        rows=lambda: _tick_cells(ticks),
    )


def bars_export(board: Board, instrument: str, timeframe: Timeframe, query: SpanQuery) -> Exported:
    start_ms, end_ms = parse_span_ms(query.start, query.end)
    bars = board.reader.kept_bars(instrument, timeframe, start_ms=start_ms, end_ms=end_ms, limit=MAX_BARS)
    opens = bars["open_time_s"].astype(np.int64) * 1000
    if (
        start_ms is not None
        and len(bars) == MAX_BARS
        and _goes_on(board, instrument, timeframe, int(opens[-1]), end_ms)
    ):
        raise _too_long(query, MAX_BARS)
    return Exported(
        kind="bars",
        instruments=(instrument,),
        parameters={"timeframe": timeframe.value},
        columns=BAR_COLUMNS,
        count=len(bars),
        first_ms=int(opens[0]) if len(bars) else None,
        last_ms=int(opens[-1]) if len(bars) else None,
        bar_ms=timeframe.ms,
        rows=lambda: (list(bar.values()) for bar in bar_dicts(bars)),
    )


def pair_export(board: Board, kind: str, p: PairParameters, query: SpanQuery) -> Exported:
    """The snapshot's rows (``spread``), or the feature table."""
    start_ms, end_ms = parse_span_ms(query.start, query.end)
    rows = board.reader.features(p) if kind == "features" else board.reader.snapshot(p).rows
    dicts, columns = (feature_dicts, FEATURE_COLUMNS) if kind == "features" else (row_dicts, ROW_COLUMNS)
    opens = rows["open_time_ms"]
    chosen = rows[(opens >= (start_ms or 0)) & (opens < (end_ms if end_ms is not None else np.iinfo(np.int64).max))]
    return Exported(
        kind=kind,
        instruments=(p.y, p.x),
        parameters=parameters_out(p),
        columns=tuple(columns),
        count=len(chosen),
        first_ms=int(chosen["open_time_ms"][0]) if len(chosen) else None,
        last_ms=int(chosen["open_time_ms"][-1]) if len(chosen) else None,
        bar_ms=p.timeframe.ms,
        rows=lambda: (list(row.values()) for row in dicts(chosen, p.timeframe.ms)),
    )


def _within(rows: Rows, query: SpanQuery, most: int) -> Rows:
    """The newest, where nobody named a start."""
    if query.start and len(rows) > most:
        raise _too_long(query, most)
    return rows[-most:]


def _goes_on(board: Board, instrument: str, timeframe: Timeframe, last_ms: int, end_ms: int | None) -> bool:
    after_ms = last_ms + timeframe.ms
    return len(board.reader.kept_bars(instrument, timeframe, start_ms=after_ms, end_ms=end_ms, limit=1)) > 0


def _too_long(query: SpanQuery, most: int) -> ParameterError:
    return ParameterError("start", query.start, f"more than {most:,} rows follow it: choose a shorter span")


def _tick_cells(ticks: Rows) -> Iterator[Sequence[Cell]]:
    for first in range(0, len(ticks), _CHUNK):
        part = ticks[first : first + _CHUNK]
        times = np.datetime_as_string(part["time_ms"].astype("M8[ms]"), unit="ms").tolist()
        sides = [_SIDES[side] for side in part["side"].tolist()]
        ids = [None if trade_id < 0 else trade_id for trade_id in part["trade_id"].tolist()]
        for time, price, size, side, trade_id in zip(
            times, part["price"].tolist(), part["quantity"].tolist(), sides, ids, strict=True
        ):
            yield f"{time}Z", number(price), number(size), side, trade_id
