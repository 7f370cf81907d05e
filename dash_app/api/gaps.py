"""The gap ledger over HTTP: which trades of an instrument were missing, and what became of them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

import orjson
from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from dash_app.api.described import Described
from dash_app.api.models import InstrumentPath
from dash_app.api.problems import REFUSALS
from dash_app.api.times import iso_utc
from engine.board import Board
from engine.views import GapRecord, ReaderGap

_GAPS = Tag(name="gaps", description="Trades that were missing when later ones had to go on")


class GapOut(Described):
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


class MissedOut(Described):
    reader: Literal["archive", "history"]
    first_id: int | None = Field(description="of the archive: the first trade id that it lacks")
    last_id: int | None
    first_minute: str | None = Field(description="of the history: the first minute that it lacks")
    last_minute: str | None
    noticed: str


class GapsOut(Described):
    missing: int = Field(description="of all gaps together")
    items: list[GapOut]
    missed: list[MissedOut] = Field(
        description="what left the store before the archive or the history had read it, oldest first"
    )
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
        missed = board.reader.missed(path.instrument)
        body = {
            "missing": sum(gap.missing for gap in found),
            "items": [_gap_out(gap) for gap in found],
            "missed": [_missed_out(gap) for gap in missed],
            "next": None,
        }
        return Response(orjson.dumps(body), content_type="application/json")

    return api


def _gap_out(gap: GapRecord) -> dict[str, Any]:
    fields = asdict(gap)
    times = {name: iso_utc(fields.pop(f"{name}_ms")) for name in ("after", "before", "noticed", "changed")}
    return fields | times


def _missed_out(gap: ReaderGap) -> dict[str, Any]:
    of_ids = gap.reader == "archive"
    return {
        "reader": gap.reader,
        "first_id": gap.first if of_ids else None,
        "last_id": gap.last if of_ids else None,
        "first_minute": None if of_ids else iso_utc(gap.first),
        "last_minute": None if of_ids else iso_utc(gap.last),
        "noticed": iso_utc(gap.noticed_ms),
    }
