"""The gap ledger over HTTP: which trades of an instrument were missing, and what became of them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

import orjson
from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, Field

from dash_app.api.models import InstrumentPath
from dash_app.api.problems import REFUSALS
from dash_app.api.times import iso_utc
from engine.board import Board
from engine.views import GapRecord

_GAPS = Tag(name="gaps", description="Trades that were missing when later ones had to go on")


class GapOut(BaseModel):
    first: int = Field(description="trade id of the first one absent")
    last: int
    missing: int = Field(description="how many of them are absent still")
    after: str = Field(description="time of the trade before them")
    before: str = Field(description="time of the trade after them: the missing count on the bar there")
    noticed: str = Field(description="by the venue's clock, as changed")
    changed: str
    state: Literal["open", "filled", "lost"] = Field(
        description="open: may still come; filled: all came; lost: the venue cannot be asked, or does not have them"
    )


class GapsOut(BaseModel):
    missing: int = Field(description="of all gaps together")
    items: list[GapOut]
    next: None = None


def gaps_api(board: Board) -> APIBlueprint:
    """The blueprint of the ledger."""
    api = APIBlueprint("gaps", __name__, abp_responses=REFUSALS)

    @api.get(
        "/instruments/<string:instrument>/gaps",
        tags=[_GAPS],
        responses={200: GapsOut},
        summary="Its thousand newest gaps, oldest first",
    )
    def gaps(path: InstrumentPath) -> Response:
        found = board.reader.gaps(path.instrument)
        body = {"missing": sum(gap.missing for gap in found), "items": [_gap_out(gap) for gap in found], "next": None}
        return Response(orjson.dumps(body), content_type="application/json")

    return api


def _gap_out(gap: GapRecord) -> dict[str, Any]:
    fields = asdict(gap)
    times = {name: iso_utc(fields.pop(f"{name}_ms")) for name in ("after", "before", "noticed", "changed")}
    return fields | times
