"""Which instruments the ingestors follow, over HTTP: what there is to choose from, and the choice."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response
from flask_openapi3 import APIBlueprint, Tag

from dash_app.api.followed_models import (
    FollowBody,
    FollowedListOut,
    FollowedOut,
    FollowedQuery,
    VenuePath,
    VenueSymbolsOut,
)
from dash_app.api.models import DELETED, InstrumentPath
from dash_app.api.problems import REFUSALS
from dash_app.api.times import iso_utc
from engine.board import Board
from engine.desk.followed import VENUES, check_instrument
from engine.desk.types import FollowedInstrument

_FOLLOWED = Tag(name="followed", description="Instruments that are ingested, as the desk chooses them")


def followed_api(board: Board) -> APIBlueprint:
    """The blueprint of what is followed."""
    api = APIBlueprint("followed", __name__, abp_responses=REFUSALS)

    @api.get(
        "/instruments/followed", tags=[_FOLLOWED], responses={200: FollowedListOut}, summary="What is to be followed"
    )
    def followed(query: FollowedQuery) -> Response:
        venues = VENUES if query.venue is None else (query.venue,)
        return _list([_followed_out(each) for venue in venues for each in board.desk.followed(venue)])

    @api.post(
        "/instruments/followed", tags=[_FOLLOWED], responses={201: FollowedOut}, summary="Follow another instrument"
    )
    def follow(body: FollowBody) -> Response:
        instrument = check_instrument(body.instrument)
        return _json(_followed_out(board.desk.follow(instrument.venue, instrument.symbol)), 201)

    @api.delete(
        "/instruments/followed/<string:instrument>",
        tags=[_FOLLOWED],
        responses={204: DELETED},
        summary="Follow an instrument no longer; what is kept of it stays",
    )
    def unfollow(path: InstrumentPath) -> Response:
        instrument = check_instrument(path.instrument)
        board.desk.unfollow(instrument.venue, instrument.symbol)
        return Response(status=204)

    @api.get(
        "/venues/<string:venue>/symbols",
        tags=[_FOLLOWED],
        responses={200: VenueSymbolsOut},
        summary="What a venue trades, as its ingestor last heard, at most an hour ago",
    )
    def symbols(path: VenuePath) -> Response:
        listed = board.desk.symbols(path.venue)
        return _list(
            [
                {"id": f"{path.venue}:{each.symbol}", "symbol": each.symbol, "base": each.base, "quote": each.quote}
                for each in listed
            ]
        )

    return api


def _followed_out(followed: FollowedInstrument) -> dict[str, Any]:
    return {
        "id": followed.id,
        "venue": followed.venue,
        "symbol": followed.symbol,
        "position": followed.position,
        "added": None if followed.added_ms is None else iso_utc(followed.added_ms),
        "state": followed.state,
        "reason": followed.reason,
    }


def _list(items: list[dict[str, Any]]) -> Response:
    return _json({"items": items, "next": None})


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(body), status=status, content_type="application/json")
