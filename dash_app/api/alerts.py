"""Calls about rules and the log of what they said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import orjson
from flask import Response
from flask_openapi3 import APIBlueprint, Tag

from dash_app.api.alert_models import (
    AcknowledgeBody,
    AlertOut,
    AlertPath,
    AlertsOut,
    AlertsQuery,
    RuleBody,
    RuleLevelsBody,
    RuleOut,
    RulePath,
    RulesOut,
)
from dash_app.api.desk import body_parameters
from dash_app.api.models import DELETED
from dash_app.api.outcomes_out import outcomes_out, rules_hits_out
from dash_app.api.parameters_out import pair_out
from dash_app.api.problems import REFUSALS
from dash_app.api.times import iso_utc, parse_span_ms
from engine.board import Board
from engine.desk.types import Alert, Rule, RuleWords
from engine.errors import ParameterError
from engine.parameters import parse_parameters

_TAG = Tag(name="alerts", description="Rules, and the log of what they said")
_WHOLE = (
    "It says the rule anew, as a whole: what is left out goes back to its usual value, levels and lengths too. "
    "To change one thing, send along the others as `GET` has them. What another rule of the pair says is refused."
)


def alerts_api(board: Board) -> APIBlueprint:
    """The blueprint of rules and alerts."""
    api = APIBlueprint("alerts", __name__, abp_responses=REFUSALS, abp_tags=[_TAG])
    _add_rules(api, board)
    _add_alerts(api, board)
    return api


def _add_rules(api: APIBlueprint, board: Board) -> None:
    @api.get("/rules", responses={200: RulesOut}, summary="All rules")
    def rules() -> Response:
        return _list(_rules_out(board, board.desk.rules()))

    @api.post("/rules", responses={201: RuleOut}, summary="A rule on a pair that no other says")
    def add_rule(body: RuleBody) -> Response:
        rule = board.desk.add_rule(body_parameters(board, body), body.kind, words_of(body))
        return _json(_rules_out(board, [rule])[0], 201)

    @api.get("/rules/<int:rule_id>", responses={200: RuleOut}, summary="One rule")
    def rule(path: RulePath) -> Response:
        return _json(_rules_out(board, [board.desk.rule(path.rule_id)])[0])

    @api.put(
        "/rules/<int:rule_id>",
        responses={200: RuleOut},
        summary="New levels from the next bar",
        description=_WHOLE,
    )
    def put_rule(path: RulePath, body: RuleLevelsBody) -> Response:
        return _json(_rules_out(board, [board.desk.put_rule(path.rule_id, words_of(body))])[0])

    @api.delete("/rules/<int:rule_id>", responses={204: DELETED}, summary="End a rule; its alerts stay")
    def delete_rule(path: RulePath) -> Response:
        board.desk.delete_rule(path.rule_id)
        return Response(status=204)


def _add_alerts(api: APIBlueprint, board: Board) -> None:
    @api.get("/alerts", responses={200: AlertsOut}, summary="The log of alerts, newest bar first")
    def alerts(query: AlertsQuery) -> Response:
        since_ms, until_ms = parse_span_ms(query.start, query.end)
        page = board.desk.alerts(
            limit=query.limit,
            before=query.before,
            legs=_asked_legs(query),
            rule_id=query.rule,
            since_ms=since_ms,
            until_ms=until_ms,
            kind=query.kind,
            fired=query.fired,
            unacknowledged=query.unacknowledged,
        )
        full = len(page) == query.limit
        return _list(_alerts_out(board, page), page[-1].id if full else None)

    @api.post("/alerts/<int:alert_id>/ack", responses={200: AlertOut}, summary="Mark an alert as seen")
    def acknowledge(path: AlertPath, body: AcknowledgeBody) -> Response:
        return _json(_alerts_out(board, [board.desk.acknowledge(path.alert_id, body.by, body.note)])[0])


def words_of(body: RuleLevelsBody) -> RuleWords:
    return RuleWords(**body.model_dump(include=set(RuleLevelsBody.model_fields)))


def _asked_legs(query: AlertsQuery) -> tuple[str, str] | None:
    if query.y is None and query.x is None:
        return None
    if query.y is None or query.x is None:
        raise ParameterError("y" if query.y is None else "x", "", "give both legs of a pair, y and x, or neither")
    asked = parse_parameters(query.y, query.x, {})
    return asked.y, asked.x


def _alerts_out(board: Board, alerts: Sequence[Alert]) -> list[dict[str, Any]]:
    outcomes = outcomes_out(board, alerts)
    return [{**_alert_out(alert), "outcome": outcomes.get(alert.id)} for alert in alerts]


def _alert_out(alert: Alert) -> dict[str, Any]:
    return {
        "id": alert.id,
        "rule_id": alert.rule_id,
        "pair": pair_out(alert.parameters),
        "kind": alert.kind.value,
        "event": alert.event.value,
        "bar_close": iso_utc(alert.at_ms),
        "value": alert.value,
        "z": alert.z,
        "spread": alert.spread,
        "beta": alert.beta,
        "correlation": alert.correlation,
        "fire": alert.fire,
        "clear": alert.clear,
        "written": iso_utc(alert.written_ms),
        "acknowledged": None if alert.acknowledged_ms is None else iso_utc(alert.acknowledged_ms),
        "acknowledged_by": alert.acknowledged_by,
        "note": alert.note,
        "silenced": alert.silenced,
        "bar_state": alert.bar_state,
        "bar_missing": alert.bar_missing,
    }


def _rules_out(board: Board, rules: Sequence[Rule]) -> list[dict[str, Any]]:
    hits = rules_hits_out(board, rules)
    return [{**_rule_out(rule), "hits": hits.get(rule.id)} for rule in rules]


def _rule_out(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "pair": pair_out(rule.parameters),
        "kind": rule.kind.value,
        **asdict(rule.words),
        "effective": iso_utc(rule.effective_ms) if rule.effective_ms else None,
        "created": iso_utc(rule.created_ms),
    }


def _list(items: list[dict[str, Any]], following: int | None = None) -> Response:
    return _json({"items": items, "next": following})


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(body), status=status, content_type="application/json")
