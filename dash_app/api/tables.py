"""Whole tables of a pair, each in three forms: JSON in chunks, CSV, and an Excel sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import orjson
from flask import Response, request
from flask_openapi3 import APIBlueprint
from numpy.typing import NDArray
from pydantic import BaseModel

from dash_app.api.asked import asked_parameters
from dash_app.api.models import CSV, XLSX, PairPath, SeriesQuery
from dash_app.api.spreadsheet import CHUNK_ROWS, csv_response, xlsx_response
from dash_app.api.times import parse_span_ms
from engine.parameters import PairParameters

Rows = NDArray[np.void]
Dicts = Iterable[dict[str, Any]]


class Extract(NamedTuple):
    """`rows` ascend in `open_time_ms`; `head` gives what stands before the items in JSON, from the rows chosen."""

    rows: Rows
    head: Callable[[Rows], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a pair by its `name`, which is its address and its sheet; `suffix` ends the name of a file.

    `read` gives all that there is of a pair, `dicts` one dict of `columns` a row, for bars of so many milliseconds.
    """

    name: str
    summary: str
    description: str | None
    model: type[BaseModel]
    columns: tuple[str, ...]
    suffix: str
    read: Callable[[PairParameters], Extract]
    dicts: Callable[[Rows, int], Dicts]


def offer(api: APIBlueprint, table: Table) -> None:
    """Register the calls of a table."""
    for form in _FORMS:
        register = api.get(
            f"/pairs/<string:y>/<string:x>/{table.name}{form.ending}",
            responses={200: form.described or table.model},
            summary=f"{table.summary}{form.words}",
            description=table.description,
        )
        register(_call(table, form))


def _call(table: Table, form: _Form) -> Callable[..., Response]:
    def call(path: PairPath, query: SeriesQuery) -> Response:
        p = asked_parameters(path.y, path.x, request.args)
        rows, head = table.read(p)
        return form.answer(table, p, _within(rows, query), head)

    call.__name__ = f"{table.name}{form.ending.replace('.', '_')}"
    return call


def _json(table: Table, p: PairParameters, rows: Rows, head: Callable[[Rows], dict[str, Any]]) -> Response:
    body = _json_items(head(rows), rows, lambda part: table.dicts(part, p.timeframe.ms))
    return Response(body, content_type="application/json")


def _csv(table: Table, p: PairParameters, rows: Rows, _head: object) -> Response:
    return csv_response(_filename(p, table, "csv"), table.columns, _cells(table.dicts(rows, p.timeframe.ms)))


def _xlsx(table: Table, p: PairParameters, rows: Rows, _head: object) -> Response:
    cells = _cells(table.dicts(rows, p.timeframe.ms))
    return xlsx_response(_filename(p, table, "xlsx"), table.name, table.columns, cells)


class _Form(NamedTuple):
    ending: str
    words: str
    described: dict[str, Any] | None
    answer: Callable[[Table, PairParameters, Rows, Callable[[Rows], dict[str, Any]]], Response]


_FORMS = (
    _Form("", "", None, _json),
    _Form(".csv", ", as CSV", CSV, _csv),
    _Form(".xlsx", ", as an Excel sheet", XLSX, _xlsx),
)


def _within(rows: Rows, query: SeriesQuery) -> Rows:
    """Rows of bars that open in [start, end), the newest `limit` of them."""
    opens = rows["open_time_ms"]
    start, end = parse_span_ms(query.start, query.end)
    first = 0 if start is None else int(np.searchsorted(opens, start))
    last = len(opens) if end is None else int(np.searchsorted(opens, end))
    return rows[max(first, last - query.limit) : last]


def _json_items(head: dict[str, Any], rows: Rows, items: Callable[[Rows], Dicts]) -> Iterator[bytes]:
    """The table in chunks, so that a day of seconds never stands whole as text in memory."""
    yield orjson.dumps(head)[:-1] + b',"items":['
    for first in range(0, len(rows), CHUNK_ROWS):
        yield (b"," if first else b"") + orjson.dumps([*items(rows[first : first + CHUNK_ROWS])])[1:-1]
    yield b'],"next":null}'


def _cells(items: Dicts) -> Iterator[list[Any]]:
    return (list(item.values()) for item in items)


def _filename(p: PairParameters, table: Table, extension: str) -> str:
    return f"{p.y}-{p.x}-{p.timeframe}-{p.method}-{p.window}-{p.z_window}{table.suffix}.{extension}"
