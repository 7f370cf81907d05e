"""Calls about analysts' notes on pairs."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response
from flask_openapi3 import APIBlueprint, Tag

from dash_app.api.life_models import NoteBody, NoteOut, NotePath, NoteQuery, NotesOut, NotesQuery
from dash_app.api.models import DELETED, PairPath
from dash_app.api.problems import REFUSALS
from dash_app.api.times import iso_utc, parse_time_ms
from engine.board import Board
from engine.desk.notes import Note

_TAG = Tag(name="lives", description="Stages of watched pairs, with time and reason, and analysts' notes")


def notes_api(board: Board) -> APIBlueprint:
    """The blueprint of notes."""
    api = APIBlueprint("notes", __name__, abp_responses=REFUSALS, abp_tags=[_TAG])

    @api.get("/notes/<string:y>/<string:x>", responses={200: NotesOut}, summary="Notes about a pair, newest first")
    def notes(path: PairPath, query: NotesQuery) -> Response:
        page = board.desk.notes(path.y, path.x, limit=query.limit, before=query.before)
        following = page[-1].id if len(page) == query.limit else None
        return _json({"items": [_note_out(note) for note in page], "next": following})

    @api.post("/notes", responses={201: NoteOut}, summary="Note something about a pair, whatever its parameters")
    def add_note(body: NoteBody) -> Response:
        for leg in (body.y, body.x):
            board.reader.instrument(leg)
        at_ms = parse_time_ms("at", body.at)
        return _json(_note_out(board.desk.add_note(body.y, body.x, body.note, by=body.by, at_ms=at_ms)), 201)

    @api.delete("/notes/<int:note_id>", responses={204: DELETED}, summary="Take one's own note away")
    def delete_note(path: NotePath, query: NoteQuery) -> Response:
        board.desk.delete_note(path.note_id, by=query.by)
        return Response(status=204)

    return api


def _note_out(note: Note) -> dict[str, Any]:
    return {
        "id": note.id,
        "y": note.y,
        "x": note.x,
        "at": iso_utc(note.at_ms),
        "by": note.by,
        "note": note.note,
        "written": iso_utc(note.written_ms),
    }


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(body), status=status, content_type="application/json")
