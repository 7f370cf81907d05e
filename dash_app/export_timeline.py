"""The timeline of a pair, exported whole: stages, alerts and notes, the newest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any

from flask import Flask, Response, request

from dash_app.api.spreadsheet import csv_response, xlsx_response
from dash_app.api.times import iso_utc
from dash_app.refusals import refusal_words
from dash_app.views.pair_rail import alert_words
from engine.board import Board
from engine.desk.alerts import MAX_ALERTS
from engine.desk.notes import MAX_NOTES
from engine.desk.stages import MAX_STAGES
from engine.errors import ParameterError
from engine.parameters import PairParameters, parse_parameters

COLUMNS = ("kind", "id", "time", "what", "words", "by", "written", "note")
_TIME_OF = itemgetter(COLUMNS.index("time"))


def register_timeline_export(server: Flask, board: Board) -> None:
    """``/export/timeline.csv`` and ``.xlsx``, of the pair that the address names."""

    @server.get("/export/timeline.csv")
    def timeline_csv() -> Response:
        return _of_pair(lambda p: csv_response(f"{_name(p)}.csv", COLUMNS, timeline_rows(board, p)))

    @server.get("/export/timeline.xlsx")
    def timeline_xlsx() -> Response:
        return _of_pair(lambda p: xlsx_response(f"{_name(p)}.xlsx", "timeline", COLUMNS, timeline_rows(board, p)))


def _of_pair(answer: Callable[[PairParameters], Response]) -> Response:
    try:
        return answer(parse_parameters(request.args.get("y", ""), request.args.get("x", ""), request.args))
    except ParameterError as error:
        return Response(refusal_words(error), status=400, mimetype="text/plain")


def _name(p: PairParameters) -> str:
    return f"{p.y}-{p.x}-{p.timeframe}-timeline".replace(":", "-")


def timeline_rows(board: Board, p: PairParameters) -> Iterator[list[Any]]:
    """Everything that is kept, the newest first; `note` is what somebody said who acknowledged an alert."""
    return iter(sorted(_told(board, p), key=_TIME_OF, reverse=True))


def _told(board: Board, p: PairParameters) -> Iterator[list[Any]]:
    desk, before = board.desk, None
    while stages := desk.stage_history(pair=p, limit=MAX_STAGES, before=before):
        for stage in stages:
            time, written = iso_utc(stage.at_ms), iso_utc(stage.written_ms)
            yield ["stage", stage.id, time, stage.stage.value, stage.reason, stage.by, written, None]
        before = stages[-1].id
    before = None
    while alerts := desk.alerts(limit=MAX_ALERTS, pair=p, before=before):
        for alert in alerts:
            time, written = iso_utc(alert.at_ms), iso_utc(alert.written_ms)
            by, said = alert.acknowledged_by, alert.note or None
            yield ["alert", alert.id, time, alert.event.value, alert_words(alert), by, written, said]
        before = alerts[-1].id
    before = None
    while notes := desk.notes(p.y, p.x, limit=MAX_NOTES, before=before):
        for note in notes:
            time, written = iso_utc(note.at_ms), iso_utc(note.written_ms)
            yield ["note", note.id, time, "note", note.note, note.by, written, None]
        before = notes[-1].id
