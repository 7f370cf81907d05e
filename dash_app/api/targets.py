"""Calls about where messages go, what became of them, and when nobody is to be told."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response
from flask_openapi3 import APIBlueprint, Tag

from dash_app.api.alert_models import RulePath
from dash_app.api.asked import asked_parameters
from dash_app.api.delivery_models import (
    DeliveriesOut,
    DeliveriesQuery,
    DeliveryOut,
    GivenTargetOut,
    PreviewBody,
    PreviewOut,
    RuleTargetsBody,
    RuleTargetsOut,
    SilenceBody,
    SilenceOut,
    SilencePath,
    SilencesOut,
    TargetBody,
    TargetChangeBody,
    TargetPath,
    TargetsOut,
)
from dash_app.api.models import DELETED, PairQuery
from dash_app.api.parameters_out import pair_out
from dash_app.api.problems import REFUSALS
from dash_app.api.times import iso_utc
from engine.board import Board
from engine.desk.types import Delivery, Silence, Target
from engine.errors import ParameterError
from engine.parameters import PairParameters

_TAG = Tag(name="delivery", description="Messages about alerts: where they go, what became of them, silences")


def targets_api(board: Board) -> APIBlueprint:
    """The blueprint of targets, deliveries and silences."""
    api = APIBlueprint("delivery", __name__, abp_responses=REFUSALS, abp_tags=[_TAG])
    _add_targets(api, board)
    _add_rule_targets(api, board)
    _add_deliveries(api, board)
    _add_silences(api, board)
    return api


def _add_targets(api: APIBlueprint, board: Board) -> None:
    desk = board.desk

    @api.get("/targets", responses={200: TargetsOut}, summary="Where messages go")
    def targets() -> Response:
        return _list([_target_out(target) for target in desk.targets()])

    @api.post("/targets", responses={201: GivenTargetOut}, summary="A target by its Apprise address")
    def add_target(body: TargetBody) -> Response:
        return _json(_given_out(desk.add_target(**body.model_dump())), 201)

    @api.post("/targets/preview", responses={200: PreviewOut}, summary="A message in the words of a template")
    def preview_target(body: PreviewBody) -> Response:
        message = desk.preview_target(body.template)
        return _json({"title": message.title, "body": message.body})

    @api.put("/targets/<int:target_id>", responses={200: GivenTargetOut}, summary="Say a target anew")
    def put_target(path: TargetPath, body: TargetChangeBody) -> Response:
        return _json(_given_out(desk.put_target(path.target_id, **body.model_dump())))

    @api.delete("/targets/<int:target_id>", responses={204: DELETED}, summary="End a target, forget its address")
    def delete_target(path: TargetPath) -> Response:
        desk.delete_target(path.target_id)
        return Response(status=204)

    @api.post("/targets/<int:target_id>/test", responses={202: DeliveryOut}, summary="Have a test sent, once")
    def test_target(path: TargetPath) -> Response:
        return _json(_delivery_out(desk.test_target(path.target_id)), 202)


def _add_rule_targets(api: APIBlueprint, board: Board) -> None:
    @api.get("/rules/<int:rule_id>/targets", responses={200: RuleTargetsOut}, summary="The targets a rule names")
    def rule_targets(path: RulePath) -> Response:
        rule = board.desk.rule(path.rule_id)
        return _json({"rule_id": rule.id, "targets": board.desk.rule_targets().get(rule.id, ())})

    @api.put("/rules/<int:rule_id>/targets", responses={200: RuleTargetsOut}, summary="Say which targets it names")
    def put_rule_targets(path: RulePath, body: RuleTargetsBody) -> Response:
        return _json({"rule_id": path.rule_id, "targets": board.desk.put_rule_targets(path.rule_id, body.targets)})


def _add_deliveries(api: APIBlueprint, board: Board) -> None:
    @api.get("/deliveries", responses={200: DeliveriesOut}, summary="What was or is to be sent, newest first")
    def deliveries(query: DeliveriesQuery) -> Response:
        page = board.desk.deliveries(
            limit=query.limit, before=query.before, target_id=query.target, alert_id=query.alert
        )
        full = len(page) == query.limit
        return _list([_delivery_out(delivery) for delivery in page], page[-1].id if full else None)


def _add_silences(api: APIBlueprint, board: Board) -> None:
    @api.get("/silences", responses={200: SilencesOut}, summary="When nobody is told, newest first")
    def silences() -> Response:
        return _list([_silence_out(silence) for silence in board.desk.silences()])

    @api.post("/silences", responses={201: SilenceOut}, summary="Silence a rule or a pair; the log goes on")
    def silence(body: SilenceBody) -> Response:
        made = board.desk.silence(
            rule_id=body.rule_id,
            pair=_pair(body),
            for_ms=body.minutes * 60_000,
            by=body.by,
            note=body.note,
        )
        return _json(_silence_out(made), 201)

    @api.delete("/silences/<int:silence_id>", responses={204: DELETED}, summary="End a silence with the next bar")
    def end_silence(path: SilencePath) -> Response:
        board.desk.end_silence(path.silence_id)
        return Response(status=204)


def _pair(body: SilenceBody) -> PairParameters | None:
    if body.y is None and body.x is None:
        return None
    if body.y is None or body.x is None:
        raise ParameterError("x" if body.x is None else "y", "", "a pair has two legs, each venue:SYMBOL")
    given = body.model_dump(include=set(PairQuery.model_fields), exclude_none=True)
    return asked_parameters(body.y, body.x, {name: str(value) for name, value in given.items()})


def _target_out(target: Target) -> dict[str, Any]:
    return {
        "id": target.id,
        "name": target.name,
        "address": target.shown,
        "everything": target.everything,
        "per_minute": target.per_minute,
        "template": target.template,
        "created": iso_utc(target.created_ms),
    }


def _given_out(target: Target) -> dict[str, Any]:
    return {**_target_out(target), "doubt": target.doubt or None}


def _delivery_out(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "alert_id": delivery.alert_id,
        "target_id": delivery.target_id,
        "target": delivery.target,
        "message_id": delivery.message_id or None,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "due": iso_utc(delivery.due_ms),
        "sent": None if delivery.sent_ms is None else iso_utc(delivery.sent_ms),
        "error": delivery.error,
        "created": iso_utc(delivery.created_ms),
    }


def _silence_out(silence: Silence) -> dict[str, Any]:
    return {
        "id": silence.id,
        "rule_id": silence.rule_id,
        "pair": None if silence.pair is None else pair_out(silence.pair),
        "start": iso_utc(silence.from_ms),
        "end": iso_utc(silence.until_ms),
        "by": silence.by,
        "note": silence.note,
    }


def _list(items: list[dict[str, Any]], following: int | None = None) -> Response:
    return _json({"items": items, "next": following})


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(body), status=status, content_type="application/json")
