"""Calls about files that analysts bring along: shown before anything is kept, kept, listed, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, Literal

import orjson
from flask import Flask, Response, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field
from werkzeug.datastructures import FileStorage

from dash_app.api.described import Described
from dash_app.api.models import DELETED, Asked, PreviewForm, TimeframeName, UploadForm
from dash_app.api.problems import API_PREFIX, REFUSALS, Problem, problem_response
from dash_app.api.times import iso_utc
from engine.board import Board
from engine.errors import ParameterError
from engine.uploads import LineProblem, Statistics, Summary, Upload, UploadRefused

MAX_UPLOAD_BYTES = 10 << 20
_FORM_BYTES = 64 << 10  # what stands around a file in a form
_TAG = Tag(name="uploads", description="Files of trades or bars as instruments of their own, upload:SYMBOL")
_REFUSED = {**REFUSALS, 422: Problem}


class UploadPath(Asked):
    symbol: str


class StatisticsOut(Described):
    rows: int
    first: str
    last: str
    first_price: float
    last_price: float
    least: float
    most: float
    mean: float
    volume: float
    absent: int | None = Field(description="trade ids, or bars, that lack between first and last; null: not known")
    largest_step: float = Field(description="the largest |log return| from one row to the next")


class LineProblemOut(Described):
    line: int
    what: str
    value: str


class ReportOut(Described):
    columns: dict[str, str] = Field(description="meaning → the file's own name of the column")
    problems: list[LineProblemOut] = Field(description="the first 200 lines that were left out")
    problem_counts: dict[str, int] = Field(description="all of them, by reason")
    notes: list[str]
    statistics: StatisticsOut


class PreviewOut(ReportOut):
    file_name: str
    sha256: str
    kind: Literal["ticks", "bars"]
    timeframe: TimeframeName = Field(description="the finest that it can be seen at")
    rows: int
    first: str
    last: str
    zone: str | None
    needs_zone: bool = Field(description="its times have none: they are shown as if UTC, and one must be named")
    symbols: list[str] = Field(description="of its instruments; proposed from its name where it has no such column")
    head: list[dict[str, float | int]] = Field(description="the first rows, cleaned")


class UploadOut(Described):
    instrument: str
    symbol: str
    kind: Literal["ticks", "bars"]
    timeframe: TimeframeName
    file_name: str
    uploaded: str
    rows: int
    first: str
    last: str
    zone: str
    sha256: str = Field(description="of the file as it came")
    report: ReportOut


class UploadsOut(Described):
    items: list[UploadOut]
    next: None = None


def uploads_api(board: Board) -> APIBlueprint:
    """The blueprint of ``/uploads``."""
    api = APIBlueprint("uploads", __name__, abp_tags=[_TAG], abp_responses=_REFUSED)

    @api.post("/uploads/preview", responses={200: PreviewOut}, summary="What a file would bring; nothing is kept")
    def preview_file(form: PreviewForm) -> Response:
        with _file(form) as file:
            return _json(_preview_out(board.apart.preview(file.filename or "", file.stream, form.zone or None)))

    @api.post("/uploads", responses={201: UploadsOut}, summary="Keep a file's instruments, all or none")
    def accept_file(form: UploadForm) -> Response:
        with _file(form) as file:
            kept = board.apart.accept(
                board.uploads,
                file.filename or "",
                file.stream,
                form.zone or None,
                symbol=form.symbol,
                now_ms=board.clock_ms(),
            )
        return _list(kept, 201)

    @api.get("/uploads", responses={200: UploadsOut}, summary="What was kept, and what was cleaned of each")
    def uploads() -> Response:
        return _list(board.uploads.all())

    @api.delete("/uploads/<string:symbol>", responses={204: DELETED}, summary="Delete an upload with its bars")
    def delete_upload(path: UploadPath) -> Response:
        board.uploads.delete(path.symbol)
        return Response(status=204)

    @api.errorhandler(UploadRefused)
    def refused(error: UploadRefused) -> Response:
        words = str(error)
        return problem_response(422, "File refused", f"{words[:1].upper()}{words[1:]}.", line=error.line)

    return api


def allow_files(server: Flask) -> None:
    """Let the two calls that take files take more than the million bytes of the others."""

    @server.before_request
    def room_for_a_file() -> None:
        if request.method == "POST" and request.path.startswith(f"{API_PREFIX}v1/uploads"):
            request.max_content_length = MAX_UPLOAD_BYTES + _FORM_BYTES


@contextmanager
def _file(form: PreviewForm) -> Iterator[FileStorage]:
    file = request.files.get("file")  # a text of this name comes through as if it were one
    if file is None:
        raise ParameterError("file", form.file, "send a file")
    with file.stream:
        yield file


def _preview_out(found: Summary) -> dict[str, Any]:
    return {
        "file_name": found.file_name,
        "sha256": found.sha256,
        "kind": found.kind,
        "timeframe": found.timeframe.value,
        "rows": found.rows,
        "first": iso_utc(found.first_ms),
        "last": iso_utc(found.last_ms),
        "zone": found.zone,
        "needs_zone": found.needs_zone,
        "symbols": list(found.symbols),
        "head": list(found.head),
        "columns": dict(found.columns),
        "problems": _problems_out(found.problems),
        "problem_counts": dict(found.problem_counts),
        "notes": list(found.notes),
        "statistics": _statistics_out(found.statistics),
    }


def _upload_out(upload: Upload) -> dict[str, Any]:
    report = upload.report
    return {
        "instrument": upload.instrument,
        "symbol": upload.symbol,
        "kind": upload.kind,
        "timeframe": upload.timeframe.value,
        "file_name": upload.file_name,
        "uploaded": iso_utc(upload.uploaded_ms),
        "rows": upload.rows,
        "first": iso_utc(upload.first_ms),
        "last": iso_utc(upload.last_ms),
        "zone": upload.zone,
        "sha256": upload.sha256,
        "report": {
            "columns": dict(report.columns),
            "problems": _problems_out(report.problems),
            "problem_counts": dict(report.problem_counts),
            "notes": list(report.notes),
            "statistics": _statistics_out(report.statistics),
        },
    }


def _problems_out(problems: tuple[LineProblem, ...]) -> list[dict[str, Any]]:
    return [problem._asdict() for problem in problems]


def _statistics_out(statistics: Statistics) -> dict[str, Any]:
    fields = asdict(statistics)
    return {"first": iso_utc(fields.pop("first_ms")), "last": iso_utc(fields.pop("last_ms")), **fields}


def _list(items: tuple[Upload, ...], status: int = 200) -> Response:
    return _json({"items": [_upload_out(upload) for upload in items], "next": None}, status)


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(body), status=status, content_type="application/json")
