"""Calls about a pair: its last values and its whole series, as JSON, CSV and XLSX."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import orjson
from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag
from numpy.typing import NDArray

from dash_app.api.features_out import FEATURE_COLUMNS, FEATURES_WORDS, FeaturesOut, feature_dicts
from dash_app.api.models import CSV, XLSX, LatestOut, PairPath, PairQuery, SeriesOut, SeriesQuery
from dash_app.api.parameters_out import parameters_out
from dash_app.api.problems import REFUSALS
from dash_app.api.rows_out import ROW_COLUMNS, row_dicts
from dash_app.api.spreadsheet import CHUNK_ROWS, csv_response, xlsx_response
from dash_app.api.times import iso_utc, parse_time_ms
from engine.beta_note import beta_note
from engine.board import Board
from engine.null_reasons import null_reasons, reasons_of_row
from engine.parameters import PairParameters, parse_parameters
from engine.snapshot import Snapshot

_TAG = Tag(name="pairs", description="Snapshots of a pair: hedge ratio, spread, z, correlation, signal")


def pairs_api(board: Board) -> APIBlueprint:
    """The blueprint of ``/pairs/{y}/{x}/…``."""
    api = APIBlueprint("pairs", __name__, abp_tags=[_TAG], abp_responses=REFUSALS)

    @api.get("/pairs/<string:y>/<string:x>/latest", responses={200: LatestOut}, summary="Last values of the snapshot")
    def latest(path: PairPath, query: PairQuery) -> Response:  # noqa: ARG001
        snapshot = board.reader.snapshot(_parameters(path))
        last = next(row_dicts(snapshot.rows[-1:], snapshot.parameters.timeframe.ms), None)
        row = last or dict.fromkeys(ROW_COLUMNS)
        if not last or row["z"] is None:
            row["reason"] = snapshot.reason or row["reason"]
        return _json({**_provenance(board, snapshot), **row, "reasons": reasons_of_row(row, snapshot.parameters)})

    @api.get("/pairs/<string:y>/<string:x>/series", responses={200: SeriesOut}, summary="The snapshot's series")
    def series(path: PairPath, query: SeriesQuery) -> Response:
        snapshot = board.reader.snapshot(_parameters(path))
        rows = _selected(snapshot, query)
        head = {**_provenance(board, snapshot), "reasons": null_reasons(snapshot.parameters)}
        return Response(_json_series(head, rows, snapshot.parameters), content_type="application/json")

    @api.get("/pairs/<string:y>/<string:x>/series.csv", responses={200: CSV}, summary="The snapshot's series as CSV")
    def series_csv(path: PairPath, query: SeriesQuery) -> Response:
        snapshot = board.reader.snapshot(_parameters(path))
        return csv_response(_filename(snapshot, "csv"), ROW_COLUMNS, _cells(snapshot, query))

    @api.get(
        "/pairs/<string:y>/<string:x>/series.xlsx",
        responses={200: XLSX},
        summary="The snapshot's series as an Excel sheet",
    )
    def series_xlsx(path: PairPath, query: SeriesQuery) -> Response:
        snapshot = board.reader.snapshot(_parameters(path))
        return xlsx_response(_filename(snapshot, "xlsx"), "series", ROW_COLUMNS, _cells(snapshot, query))

    @api.get(
        "/pairs/<string:y>/<string:x>/features",
        responses={200: FeaturesOut},
        summary="What was known of the pair at each bar's close, for models",
        description=FEATURES_WORDS,
    )
    def features(path: PairPath, query: SeriesQuery) -> Response:
        p = _parameters(path)
        rows = _within(board.reader.features(p), query)
        return Response(_json_features(p, rows), content_type="application/json")

    @api.get(
        "/pairs/<string:y>/<string:x>/features.csv",
        responses={200: CSV},
        summary="The feature table as CSV",
        description=FEATURES_WORDS,
    )
    def features_csv(path: PairPath, query: SeriesQuery) -> Response:
        p = _parameters(path)
        cells = _feature_cells(p, _within(board.reader.features(p), query))
        return csv_response(_features_filename(p, "csv"), FEATURE_COLUMNS, cells)

    @api.get(
        "/pairs/<string:y>/<string:x>/features.xlsx",
        responses={200: XLSX},
        summary="The feature table as an Excel sheet",
        description=FEATURES_WORDS,
    )
    def features_xlsx(path: PairPath, query: SeriesQuery) -> Response:
        p = _parameters(path)
        cells = _feature_cells(p, _within(board.reader.features(p), query))
        return xlsx_response(_features_filename(p, "xlsx"), "features", FEATURE_COLUMNS, cells)

    return api


def _parameters(path: PairPath) -> PairParameters:
    return parse_parameters(path.y, path.x, request.args)


def _selected(snapshot: Snapshot, query: SeriesQuery) -> NDArray[np.void]:
    """Rows of bars that open in [start, end), the newest `limit` of them."""
    return _within(snapshot.rows, query)


def _within(rows: NDArray[np.void], query: SeriesQuery) -> NDArray[np.void]:
    """Rows of bars that open in [start, end), the newest `limit` of them."""
    opens = rows["open_time_ms"]
    start, end = parse_time_ms("start", query.start), parse_time_ms("end", query.end)
    first = 0 if start is None else int(np.searchsorted(opens, start))
    last = len(opens) if end is None else int(np.searchsorted(opens, end))
    return rows[max(first, last - query.limit) : last]


def _cells(snapshot: Snapshot, query: SeriesQuery) -> Iterator[list[Any]]:
    rows = _selected(snapshot, query)
    return (list(row.values()) for row in row_dicts(rows, snapshot.parameters.timeframe.ms))


def _provenance(board: Board, snapshot: Snapshot) -> dict[str, Any]:
    p = snapshot.parameters
    return {
        "parameters": parameters_out(p),
        "as_of": None if snapshot.as_of_ms is None else iso_utc(snapshot.as_of_ms),
        "generation": snapshot.generation,
        "beta_note": beta_note(p, board.reader.diagnosis(p)) or None,
    }


def _json_series(head: dict[str, Any], rows: NDArray[np.void], p: PairParameters) -> Iterator[bytes]:
    """The series in chunks, so that a day of seconds never stands whole as text in memory."""
    return _json_items(head, rows, lambda part: list(row_dicts(part, p.timeframe.ms)))


def _json_features(p: PairParameters, rows: NDArray[np.void]) -> Iterator[bytes]:
    bar_ms = p.timeframe.ms
    as_of = iso_utc(int(rows["open_time_ms"][-1]) + bar_ms) if len(rows) else None
    head = {"parameters": parameters_out(p), "as_of": as_of}
    return _json_items(head, rows, lambda part: list(feature_dicts(part, bar_ms)))


def _json_items(
    head: dict[str, Any], rows: NDArray[np.void], items: Callable[[NDArray[np.void]], list[dict[str, Any]]]
) -> Iterator[bytes]:
    yield orjson.dumps(head)[:-1] + b',"items":['
    for first in range(0, len(rows), CHUNK_ROWS):
        yield (b"," if first else b"") + orjson.dumps(items(rows[first : first + CHUNK_ROWS]))[1:-1]
    yield b'],"next":null}'


def _feature_cells(p: PairParameters, rows: NDArray[np.void]) -> Iterator[list[Any]]:
    return (list(row.values()) for row in feature_dicts(rows, p.timeframe.ms))


def _features_filename(p: PairParameters, extension: str) -> str:
    return f"{p.y}-{p.x}-{p.timeframe}-{p.method}-{p.window}-{p.z_window}-features.{extension}"


def _json(body: dict[str, Any]) -> Response:
    return Response(orjson.dumps(body), content_type="application/json")


def _filename(snapshot: Snapshot, extension: str) -> str:
    p = snapshot.parameters
    return f"{p.y}-{p.x}-{p.timeframe}-{p.method}-{p.window}-{p.z_window}.{extension}"
