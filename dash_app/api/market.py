"""Calls about the data itself: is the board fit to serve, which instruments are there, their bars."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from flask import Response
from flask_openapi3 import APIBlueprint, Tag

from dash_app.api.models import CSV, XLSX, BarsOut, BarsQuery, HealthOut, InstrumentPath, InstrumentsOut
from dash_app.api.problems import REFUSALS
from dash_app.api.rows_out import BAR_COLUMNS, bar_dicts
from dash_app.api.spreadsheet import csv_response, xlsx_response
from dash_app.api.times import iso_utc, parse_span_ms
from engine.board import Board
from engine.parameters import Timeframe
from engine.views import Health, InstrumentView, MarkPrice

_HEALTH = Tag(name="health", description="Is the board fit to serve, and is its data alive")
_MARKET = Tag(name="market", description="Instruments and their closed bars")


def market_api(board: Board) -> APIBlueprint:
    """The blueprint of health, instruments and bars."""
    api = APIBlueprint("market", __name__, abp_responses=REFUSALS)

    @api.get("/health", tags=[_HEALTH], responses={200: HealthOut, 503: HealthOut}, summary="Fit to serve?")
    def health() -> Response:
        state = board.health()
        return _json(_health_out(state), 200 if state.fit else 503)

    @api.get("/instruments", tags=[_MARKET], responses={200: InstrumentsOut}, summary="What is there")
    def instruments() -> Response:
        return _json({"items": [_instrument_out(view) for view in board.reader.instruments()], "next": None})

    @api.get("/bars/<string:instrument>", tags=[_MARKET], responses={200: BarsOut}, summary="Closed bars, ascending")
    def bars(path: InstrumentPath, query: BarsQuery) -> Response:
        items = list(_bars(board, path, query, query.limit + 1))
        # With a start the page goes forward from it; without one it is the newest, and nothing follows.
        more = items[query.limit]["open_time"] if query.start and len(items) > query.limit else None
        page = items[: query.limit] if query.start else items[-query.limit :]
        return _json({"items": page, "next": more})

    @api.get("/bars/<string:instrument>.csv", tags=[_MARKET], responses={200: CSV}, summary="Closed bars as CSV")
    def bars_csv(path: InstrumentPath, query: BarsQuery) -> Response:
        rows = (list(bar.values()) for bar in _bars(board, path, query, query.limit))
        return csv_response(f"{path.instrument}-{query.timeframe}.csv", BAR_COLUMNS, rows)

    @api.get(
        "/bars/<string:instrument>.xlsx", tags=[_MARKET], responses={200: XLSX}, summary="Closed bars as an Excel sheet"
    )
    def bars_xlsx(path: InstrumentPath, query: BarsQuery) -> Response:
        rows = (list(bar.values()) for bar in _bars(board, path, query, query.limit))
        return xlsx_response(f"{path.instrument}-{query.timeframe}.xlsx", "bars", BAR_COLUMNS, rows)

    return api


def _bars(board: Board, path: InstrumentPath, query: BarsQuery, limit: int) -> Iterator[dict[str, Any]]:
    start_ms, end_ms = parse_span_ms(query.start, query.end)
    found = board.reader.kept_bars(
        path.instrument, Timeframe(query.timeframe), start_ms=start_ms, end_ms=end_ms, limit=limit
    )
    return bar_dicts(found)


def _instrument_out(view: InstrumentView) -> dict[str, Any]:
    return {
        "id": view.id,
        "base": view.info.base,
        "quote": view.info.quote,
        "tick_size": view.info.tick_size,
        "first": None if view.first_ms is None else iso_utc(view.first_ms),
        "last": None if view.last_ms is None else iso_utc(view.last_ms),
        "completeness": view.completeness,
        "followed": view.info.followed,
        **_mark_out(view.mark),
    }


def _mark_out(mark: MarkPrice | None) -> dict[str, Any]:
    if mark is None:
        return {"mark_price": None, "funding_rate": None, "next_funding": None}
    paid = mark.next_funding_ms > 0
    return {
        "mark_price": mark.price,
        "funding_rate": mark.rate if paid else None,
        "next_funding": iso_utc(mark.next_funding_ms) if paid else None,
    }


def _health_out(health: Health) -> dict[str, Any]:
    return {
        "status": "ok" if health.fit else "unfit",
        "reasons": list(health.reasons),
        "store": health.store,
        "monitor": "ok" if health.monitor else "silent",
        "worker": "none",
        "data_age_ms": health.data_age_ms,
        "feeds": [
            {
                "venue": feed.venue,
                "origin": feed.origin,
                "state": feed.state,
                "detail": feed.detail,
                "alarm": feed.alarm,
                "venue_time": iso_utc(feed.venue_time_ms),
                "trades_per_s": feed.trades_per_s,
                "quotes_per_s": feed.quotes_per_s,
                "lag_p95_ms": feed.lag_p95_ms,
                "reconnects": feed.reconnects,
                "rejected": feed.rejected,
                "rejected_by": feed.rejected_by,
            }
            for feed in health.feeds
        ],
    }


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(body), status=status, content_type="application/json")
