"""Errors of the API as ``application/problem+json`` (RFC 9457): what was wrong and what is allowed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import orjson
from flask import Flask, Response, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import HTTPException

from dash_app.api.allowed import allowed_words
from dash_app.api.delivery_models import HOLD_SECRETS
from dash_app.api.described import Described
from dash_app.api.models import Asked
from dash_app.refusals import parameter_words, refusal_words
from engine.errors import Busy, ChildFailed, NotFound, ParameterError, StoreSlow, StoreUnavailable, UnknownInstrument

API_PREFIX = "/api/"
_HTTP_WORDS = {
    400: "The request could not be read: send it as the call's description in /api/v1/openapi.json says.",
    405: "This address has other calls: /api/v1/openapi.json lists them.",
    415: "The body is of another type: send JSON, with a Content-Type of application/json.",
}
_NOT_ALLOWED = "Parameter not allowed"


class Problem(Described):
    """What every refusal looks like."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    parameter: str | None = None
    allowed: str | None = None
    line: int | None = None


REFUSALS: dict[str | int | HTTPStatus, type[BaseModel] | dict[Any, Any] | None] = {
    404: Problem,
    503: Problem,
    504: Problem,
}
"""What any call may answer besides 400, for its description."""


def problem_response(status: int, title: str, detail: str, *, line: int | None = None, **members: str) -> Response:
    body = Problem(title=title, status=status, detail=detail, line=line, **members)
    return Response(
        orjson.dumps(body.model_dump(exclude_none=True)), status=status, content_type="application/problem+json"
    )


def validation_problem(error: ValidationError) -> Response:
    """Turn what pydantic refused into one problem that names the first parameter at fault."""
    first = error.errors(include_url=False, include_context=False)[0]
    name = ".".join(str(part) for part in first["loc"])
    model = next(each for each in _kinds_of(Asked) if each.__name__ == error.title)
    allowed = allowed_words(model, name, known=first["type"] != "extra_forbidden")
    if not name:
        detail = f"The body cannot be used: {allowed}."
        return problem_response(400, _NOT_ALLOWED, detail, parameter="body", allowed=allowed)
    given = "" if first["type"] == "missing" else _given(first["input"])
    if given and error.title in HOLD_SECRETS:
        given = "…"
    return problem_response(400, _NOT_ALLOWED, parameter_words(name, given, allowed), parameter=name, allowed=allowed)


def _kinds_of(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for kind in model.__subclasses__():
        yield kind
        yield from _kinds_of(kind)


def _given(value: object) -> str:
    """What came, as its sender wrote it: true and null are JSON's. Numbers beyond JSON's are Python's."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    try:
        return orjson.dumps(value, default=str).decode()
    except orjson.JSONEncodeError:
        return str(value)


def register_problems(server: Flask) -> None:
    """Answer the engine's named errors, and any refusal by Flask below the API, as problems."""

    @server.errorhandler(ParameterError)
    def not_allowed(error: ParameterError) -> Response:
        words = refusal_words(error)
        return problem_response(400, _NOT_ALLOWED, words, parameter=error.name, allowed=error.allowed)

    @server.errorhandler(UnknownInstrument)
    def unknown(error: UnknownInstrument) -> Response:
        return problem_response(404, "No such instrument", refusal_words(error))

    @server.errorhandler(NotFound)
    def not_found(error: NotFound) -> Response:
        return problem_response(404, "Not found", refusal_words(error))

    @server.errorhandler(Busy)
    def busy(error: Busy) -> Response:
        words = str(error)
        return _retry(5, problem_response(503, "Busy", f"{words[:1].upper()}{words[1:]}."))

    @server.errorhandler(ChildFailed)
    def too_much(error: ChildFailed) -> Response:
        words = f"This table could not be made: {error}. Choose a shorter span, or take CSV."
        return _retry(30, problem_response(503, "Table not made", words))

    @server.errorhandler(StoreUnavailable)
    def store_down(_error: StoreUnavailable) -> Response:
        return _retry(
            2, problem_response(503, "Store unreachable", "The store does not answer; try again in a few seconds.")
        )

    @server.errorhandler(StoreSlow)
    def store_slow(_error: StoreSlow) -> Response:
        words = "The store is there and did not answer in time; ask again, it may be busy for a moment."
        return _retry(1, problem_response(504, "Store slow to answer", words))

    @server.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Any:
        if not request.path.startswith(API_PREFIX):
            return error
        code = error.code or 500
        words = _HTTP_WORDS.get(code) or error.description or error.name
        if code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            words = f"The request is too long: send at most {request.max_content_length or 0:,} bytes."
        return problem_response(code, error.name, words)


def _retry(after_s: int, answer: Response) -> Response:
    answer.headers["Retry-After"] = str(after_s)
    return answer
