"""Funding of perpetual futures over HTTP: what is told now, and what was settled."""

from __future__ import annotations

import math
from typing import Any

import orjson
from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from dash_app.api.described import Described
from dash_app.api.models import InstrumentPath
from dash_app.api.problems import REFUSALS
from dash_app.api.times import iso_utc
from engine.board import Board
from engine.views import MarkPrice, Settlement

_FUNDING = Tag(name="funding", description="Mark prices and funding of perpetual futures")


class MarkOut(Described):
    price: float
    index_price: float | None
    rate: float | None = Field(description="a share of the notional; positive: longs pay shorts; null: none is paid")
    next_funding: str | None = Field(description="when that rate is paid")
    time: str = Field(description="when the venue said so, by its own clock")


class SettlementOut(Described):
    time: str
    rate: float = Field(description="the last one told before")
    price: float = Field(description="the last mark price told before")
    told: str = Field(description="when: well before `time` means that nobody listened in between")


class FundingOut(Described):
    mark: MarkOut | None = Field(description="null for an instrument without a mark price")
    items: list[SettlementOut]
    next: None = None


def funding_api(board: Board) -> APIBlueprint:
    """The blueprint of funding."""
    api = APIBlueprint("funding", __name__, abp_responses=REFUSALS)

    @api.get(
        "/instruments/<string:instrument>/funding",
        tags=[_FUNDING],
        responses={200: FundingOut},
        summary="Its mark price, the funding to come, and what was settled while the ingestor listened, oldest first",
    )
    def funding(path: InstrumentPath) -> Response:
        settled = board.reader.funding(path.instrument)
        mark = board.reader.mark(path.instrument)
        items = [_settlement_out(each) for each in settled]
        body = {"mark": None if mark is None else _mark_out(mark), "items": items, "next": None}
        return Response(orjson.dumps(body), content_type="application/json")

    return api


def _mark_out(mark: MarkPrice) -> dict[str, Any]:
    paid = mark.next_funding_ms > 0
    return {
        "price": mark.price,
        "index_price": None if math.isnan(mark.index_price) else mark.index_price,
        "rate": mark.rate if paid else None,
        "next_funding": iso_utc(mark.next_funding_ms) if paid else None,
        "time": iso_utc(mark.time_ms),
    }


def _settlement_out(settlement: Settlement) -> dict[str, Any]:
    fields = settlement._asdict()
    return fields | {"time": iso_utc(fields.pop("time_ms")), "told": iso_utc(fields.pop("told_ms"))}
