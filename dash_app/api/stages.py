"""Calls about the lives of watched pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag

from dash_app.api.asked import asked_parameters
from dash_app.api.life_models import HistoryQuery, StageBody, StageOut, StagesOut
from dash_app.api.models import PairPath, PairQuery
from dash_app.api.parameters_out import pair_out
from dash_app.api.problems import REFUSALS
from dash_app.api.times import iso_utc
from engine.board import Board
from engine.desk.stages import PairStage
from engine.stages import Stage

_TAG = Tag(name="lives", description="Stages of watched pairs, with time and reason, and analysts' notes")


def stages_api(board: Board) -> APIBlueprint:
    """The blueprint of stages."""
    api = APIBlueprint("stages", __name__, abp_responses=REFUSALS, abp_tags=[_TAG])

    @api.get("/stages", responses={200: StagesOut}, summary="Where each watched pair stands")
    def stages() -> Response:
        return _list(list(board.desk.stages().values()), None)

    @api.post("/stages", responses={201: StageOut}, summary="Decide about a watched pair, from the next bar on")
    def set_stage(body: StageBody) -> Response:
        given = body.model_dump(include=set(PairQuery.model_fields), exclude_none=True)
        pair = asked_parameters(body.y, body.x, {name: str(value) for name, value in given.items()})
        made = board.desk.set_stage(pair, Stage(body.stage), by=body.by, reason=body.note)
        return _json(stage_out(made), 201)

    @api.get("/stages/<string:y>/<string:x>", responses={200: StagesOut}, summary="What a pair went through")
    def history(path: PairPath, query: HistoryQuery) -> Response:
        pair = asked_parameters(path.y, path.x, request.args)
        page = board.desk.stage_history(pair=pair, limit=query.limit, before=query.before)
        return _list(page, page[-1].id if len(page) == query.limit else None)

    return api


def stage_out(stage: PairStage) -> dict[str, Any]:
    return {
        "id": stage.id,
        "pair": pair_out(stage.parameters),
        "stage": stage.stage.value,
        "bar_close": iso_utc(stage.at_ms),
        "cause": stage.cause.value,
        "reason": stage.reason,
        "by": stage.by,
        "written": iso_utc(stage.written_ms),
        "until": None if stage.until_ms is None else iso_utc(stage.until_ms),
    }


def _list(stages: Sequence[PairStage], following: int | None) -> Response:
    return _json({"items": [stage_out(stage) for stage in stages], "next": following})


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(body), status=status, content_type="application/json")
