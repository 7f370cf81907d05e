"""Calls about a pair: its last values, and its series and features as whole tables."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag

from dash_app.api.asked import asked_parameters
from dash_app.api.features_out import FEATURE_COLUMNS, FEATURES_WORDS, FeaturesOut, feature_dicts
from dash_app.api.models import LatestOut, PairPath, PairQuery, SeriesOut
from dash_app.api.parameters_out import parameters_out
from dash_app.api.problems import REFUSALS
from dash_app.api.rows_out import ROW_COLUMNS, row_dicts
from dash_app.api.tables import Extract, Rows, Table, offer
from dash_app.api.times import iso_utc
from engine.beta_note import beta_note
from engine.board import Board
from engine.null_reasons import null_reasons, reasons_of_row
from engine.parameters import PairParameters
from engine.snapshot import Snapshot

_TAG = Tag(name="pairs", description="Snapshots of a pair: hedge ratio, spread, z, correlation, signal")


def pairs_api(board: Board) -> APIBlueprint:
    """The blueprint of ``/pairs/{y}/{x}/…``."""
    api = APIBlueprint("pairs", __name__, abp_tags=[_TAG], abp_responses=REFUSALS)

    @api.get("/pairs/<string:y>/<string:x>/latest", responses={200: LatestOut}, summary="Last values of the snapshot")
    def latest(path: PairPath, query: PairQuery) -> Response:  # noqa: ARG001
        return _latest(board, board.reader.snapshot(asked_parameters(path.y, path.x, request.args)))

    offer(api, _series(board))
    offer(api, _features(board))
    return api


def _latest(board: Board, snapshot: Snapshot) -> Response:
    last = next(row_dicts(snapshot.rows[-1:], snapshot.parameters.timeframe.ms), None)
    row = last or dict.fromkeys(ROW_COLUMNS)
    if not last or row["z"] is None:
        row["reason"] = snapshot.reason or row["reason"]
    body = {**_provenance(board, snapshot), **row, "reasons": reasons_of_row(row, snapshot.parameters)}
    return Response(orjson.dumps(body), content_type="application/json")


def _series(board: Board) -> Table:
    def read(p: PairParameters) -> Extract:
        snapshot = board.reader.snapshot(p)
        return Extract(snapshot.rows, lambda _: {**_provenance(board, snapshot), "reasons": null_reasons(p)})

    return Table(
        name="series",
        summary="The snapshot's series",
        description=None,
        model=SeriesOut,
        columns=ROW_COLUMNS,
        suffix="",
        read=read,
        dicts=row_dicts,
    )


def _features(board: Board) -> Table:
    def read(p: PairParameters) -> Extract:
        def head(rows: Rows) -> dict[str, Any]:
            as_of = iso_utc(int(rows["open_time_ms"][-1]) + p.timeframe.ms) if len(rows) else None
            return {"parameters": parameters_out(p), "as_of": as_of}

        return Extract(board.reader.features(p), head)

    return Table(
        name="features",
        summary="What was known of the pair at each bar's close, for models",
        description=FEATURES_WORDS,
        model=FeaturesOut,
        columns=FEATURE_COLUMNS,
        suffix="-features",
        read=read,
        dicts=feature_dicts,
    )


def _provenance(board: Board, snapshot: Snapshot) -> dict[str, Any]:
    p = snapshot.parameters
    return {
        "parameters": parameters_out(p),
        "as_of": None if snapshot.as_of_ms is None else iso_utc(snapshot.as_of_ms),
        "generation": snapshot.generation,
        "beta_note": beta_note(p, board.reader.diagnosis(p)) or None,
    }
