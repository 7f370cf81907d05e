"""A rule over the bars kept, before it is made: when it would have fired, and what followed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

import orjson
from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from dash_app.api.alert_models import RuleBody
from dash_app.api.alerts import words_of
from dash_app.api.described import Described
from dash_app.api.desk import body_parameters
from dash_app.api.outcomes_out import HitsOut, PastOutcomeOut, hits_out, known
from dash_app.api.problems import REFUSALS
from dash_app.api.times import iso_utc
from engine.board import Board
from engine.desk.rule_words import check_words
from engine.rehearsal import PastAlert, Rehearsal, rehearse

_ALERTS = Tag(name="alerts", description="Rules, and the log of what they said")


class PastAlertOut(Described):
    event: Literal["above", "below", "clear"]
    bar_close: str
    value: float | None
    z: float | None
    outcome: PastOutcomeOut | None = Field(description="of rules on z alone")


class RehearsalOut(Described):
    kind: str
    bars: int
    start: str | None
    end: str | None
    fired: int
    per_day: float | None
    per_day_low: float | None = Field(description="95 % interval of as many independent events (exact)")
    per_day_high: float | None
    horizon: int = Field(description="bars after an alert that are looked at")
    unit: Literal["bp", "price"] = Field(description="of the moves")
    hits: HitsOut
    alerts: list[PastAlertOut]


def rehearsal_api(board: Board) -> APIBlueprint:
    """The blueprint of rehearsals."""
    api = APIBlueprint("rehearsal", __name__, abp_responses=REFUSALS)

    @api.post(
        "/rules/rehearsal",
        tags=[_ALERTS],
        responses={200: RehearsalOut},
        summary="When a rule would have fired over the bars kept, and what followed; nothing is saved",
    )
    def rehearsal(body: RuleBody) -> Response:
        settings = board.desk.settings()
        words = check_words(body.kind, words_of(body), settings)
        found = rehearse(board.reader.snapshot(body_parameters(board, body)), body.kind, words, settings)
        return Response(orjson.dumps(_out(found)), content_type="application/json")

    return api


def _out(found: Rehearsal) -> dict[str, Any]:
    fields = asdict(found)
    times = {name: fields.pop(f"{source}_ms") for name, source in (("start", "from"), ("end", "to"))}
    return {
        **fields,
        "kind": found.kind.value,
        **{name: None if ms is None else iso_utc(ms) for name, ms in times.items()},
        "hits": hits_out(found.hits),
        "alerts": [_alert_out(alert) for alert in found.alerts],
    }


def _alert_out(alert: PastAlert) -> dict[str, Any]:
    return {
        "event": alert.event.value,
        "bar_close": iso_utc(alert.at_ms),
        "value": alert.value,
        "z": alert.z,
        "outcome": None if alert.outcome is None else known(asdict(alert.outcome)),
    }
