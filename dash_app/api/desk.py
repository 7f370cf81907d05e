"""Calls about what the desk shares: settings and watchlist."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response
from flask_openapi3 import APIBlueprint, Tag

from dash_app.api.asked import asked_parameters
from dash_app.api.life_models import UnwatchQuery, WatchlistBody
from dash_app.api.models import (
    DELETED,
    PairQuery,
    SettingsBody,
    SettingsOut,
    WatchBody,
    WatchedOut,
    WatchlistOut,
    WatchPath,
)
from dash_app.api.parameters_out import pair_out
from dash_app.api.problems import REFUSALS
from dash_app.api.times import iso_utc
from engine.board import Board
from engine.desk.types import Settings, WatchedPair
from engine.parameters import PairParameters
from engine.stages import Stage

_DESK = Tag(name="desk", description="Settings and watchlist that all viewers share")


def desk_api(board: Board) -> APIBlueprint:
    """The blueprint of settings and watchlist."""
    api = APIBlueprint("desk", __name__, abp_responses=REFUSALS)
    _add_settings(api, board)
    _add_watchlist(api, board)
    return api


def _add_settings(api: APIBlueprint, board: Board) -> None:
    @api.get("/settings", tags=[_DESK], responses={200: SettingsOut}, summary="The settings as they stand")
    def settings() -> Response:
        return _json(_settings_out(board.desk.settings()))

    @api.put("/settings", tags=[_DESK], responses={200: SettingsOut}, summary="Change settings from the next bar on")
    def change_settings(body: SettingsBody) -> Response:
        return _json(_settings_out(board.desk.change_settings(**body.model_dump())))


def _add_watchlist(api: APIBlueprint, board: Board) -> None:
    @api.get("/watchlist", tags=[_DESK], responses={200: WatchlistOut}, summary="The watched pairs")
    def watchlist() -> Response:
        return _list([_watched_out(entry) for entry in board.desk.watchlist()])

    @api.post("/watchlist", tags=[_DESK], responses={201: WatchedOut}, summary="Watch a pair with all its parameters")
    def watch(body: WatchlistBody) -> Response:
        pair = body_parameters(board, body)
        watched = board.desk.watch(pair, stage=Stage(body.stage), by=body.by, reason=body.note)
        return _json(_watched_out(watched), 201)

    @api.delete("/watchlist/<int:watch_id>", tags=[_DESK], responses={204: DELETED}, summary="Stop watching a pair")
    def unwatch(path: WatchPath, query: UnwatchQuery) -> Response:
        board.desk.unwatch(path.watch_id, by=query.by, reason=query.note)
        return Response(status=204)


def body_parameters(board: Board, body: WatchBody) -> PairParameters:
    given = body.model_dump(include=set(PairQuery.model_fields), exclude_none=True)
    parameters = asked_parameters(body.y, body.x, {name: str(value) for name, value in given.items()})
    for leg in (parameters.y, parameters.x):
        board.reader.instrument(leg)
    return parameters


def _watched_out(entry: WatchedPair) -> dict[str, Any]:
    return {"id": entry.id, "pair": pair_out(entry.parameters), "added": iso_utc(entry.added_ms)}


def _settings_out(settings: Settings) -> dict[str, Any]:
    return {
        "entry": settings.entry,
        "exit": settings.exit,
        "refresh_ms": settings.refresh_ms,
        "min_correlation": settings.min_correlation,
        "effective": iso_utc(settings.effective_ms) if settings.effective_ms else None,
    }


def _list(items: list[dict[str, Any]], following: int | None = None) -> Response:
    return _json({"items": items, "next": following})


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(body), status=status, content_type="application/json")
