"""Calls that hand tables out as files, each with its provenance: ticks, bars, spreads and features.

A CSV file holds its rows and nothing else, so that spreadsheets and pandas read it as it is; its provenance is a
file of its own beside it, which the answer's `Link` header names for exactly these rows.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import urlencode

import orjson
from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag

from dash_app.api.asked import asked_parameters
from dash_app.api.exported import Exported, bars_export, pair_export, ticks_export
from dash_app.api.models import CSV, XLSX, BarsExportQuery, ExportQuery, InstrumentPath, PairPath, SpanQuery
from dash_app.api.parquet_out import PARQUET_TYPE, parquet_file
from dash_app.api.problems import REFUSALS, problem_response
from dash_app.api.provenance import provenance, provenance_rows
from dash_app.api.spreadsheet import XLSX_TYPE, attachment, csv_chunks, xlsx_bytes
from engine.board import Board
from engine.parameters import Timeframe

MAX_XLSX_ROWS = 100_000
_PART = 64 << 10
PROVENANCE = ".provenance.json"
_TAG = Tag(name="exports", description="Tables as files that say where they come from")
_WORDS = (
    "Every file has the same rows. Its provenance, with the SHA-256 of the rows as CSV, is the second sheet of XLSX, "
    "the metadata `spreadboard.provenance` of Parquet, and for CSV a file of its own: the same address with "
    f"`{PROVENANCE}` in the place of `.csv`, as the header `Link` says."
)
_PARQUET: dict[str, Any] = {
    "content": {PARQUET_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    "description": "the whole table",
}
_JSON: dict[str, Any] = {"content": {"application/json": {"schema": {"type": "object"}}}, "description": "provenance"}


class _Form(NamedTuple):
    """One of the forms that each table comes in."""

    ending: str
    described: dict[str, Any]
    answer: Callable[[Exported], Response]


def exports_api(board: Board) -> APIBlueprint:
    """The blueprint of ``/exports``."""
    api = APIBlueprint("exports", __name__, abp_tags=[_TAG], abp_responses=REFUSALS)
    forms = (
        _Form(".csv", CSV, _csv),
        _Form(".xlsx", XLSX, lambda table: _xlsx(board, table)),
        _Form(".parquet", _PARQUET, lambda table: _parquet(board, table)),
        _Form(PROVENANCE, _JSON, lambda table: _provenance(board, table)),
    )
    for form in forms:
        _offer_ticks(api, board, form)
        _offer_bars(api, board, form)
        _offer_pair(api, board, form, "spread")
        _offer_pair(api, board, form, "features")
    return api


def _offer_ticks(api: APIBlueprint, board: Board, form: _Form) -> None:
    def ticks(path: InstrumentPath, query: SpanQuery) -> Response:
        return form.answer(ticks_export(board, path.instrument, query))

    _register(api, "/exports/ticks/<string:instrument>", "Trades", form, ticks)


def _offer_bars(api: APIBlueprint, board: Board, form: _Form) -> None:
    def bars(path: InstrumentPath, query: BarsExportQuery) -> Response:
        return form.answer(bars_export(board, path.instrument, Timeframe(query.timeframe), query))

    _register(api, "/exports/bars/<string:instrument>", "Closed bars", form, bars)


def _offer_pair(api: APIBlueprint, board: Board, form: _Form, kind: str) -> None:
    def pair(path: PairPath, query: ExportQuery) -> Response:
        return form.answer(pair_export(board, kind, asked_parameters(path.y, path.x, request.args), query))

    words = "The snapshot's series" if kind == "spread" else "The feature table"
    _register(api, f"/exports/{kind}/<string:y>/<string:x>", words, form, pair)


def _register(api: APIBlueprint, address: str, words: str, form: _Form, call: Callable[..., Response]) -> None:
    call.__name__ = f"{address.split('/')[2]}{form.ending.replace('.', '_')}"
    summary = f"{words}, {form.ending.removeprefix('.')}"
    api.get(f"{address}{form.ending}", responses={200: form.described}, summary=summary, description=_WORDS)(call)


def _csv(table: Exported) -> Response:
    answer = attachment(csv_chunks(table.columns, table.rows()), f"{table.name}.csv", "text/csv; charset=utf-8")
    answer.headers["Link"] = f'<{_beside(table)}>; rel="describedby"; type="application/json"'
    return answer


def _xlsx(board: Board, table: Exported) -> Response:
    if table.count > MAX_XLSX_ROWS:
        words = (
            f"The {table.count:,} rows do not fit a sheet, which holds {MAX_XLSX_ROWS:,}: "
            "bring start and end nearer to each other, or take CSV or Parquet."
        )
        return problem_response(400, "Too many rows", words)
    about = provenance_rows(provenance(board, table))
    body = xlsx_bytes(table.kind, table.columns, table.rows(), about)
    return attachment([body], f"{table.name}.xlsx", XLSX_TYPE)


def _parquet(board: Board, table: Exported) -> Response:
    file = parquet_file(board.apart, table.columns, table.rows(), provenance(board, table))
    answer = attachment(_parts(file), f"{table.name}.parquet", PARQUET_TYPE)
    answer.content_length = os.fstat(file.fileno()).st_size
    answer.call_on_close(file.close)  # where nobody reads it to its end
    return answer


def _parts(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while part := file.read(_PART):
            yield part


def _provenance(board: Board, table: Exported) -> Response:
    body = orjson.dumps(provenance(board, table), option=orjson.OPT_INDENT_2)
    return attachment([body], f"{table.name}{PROVENANCE}", "application/json")


def _beside(table: Exported) -> str:
    """The provenance of these rows alone, whatever comes after them."""
    query = dict(request.args)
    if table.first_ms is not None and table.last_ms is not None:
        query |= {"start": str(table.first_ms), "end": str(table.last_ms + 1)}
    return f"{request.path.removesuffix('.csv')}{PROVENANCE}?{urlencode(query)}"
