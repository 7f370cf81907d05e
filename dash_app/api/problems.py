"""Errors of the API as ``application/problem+json`` (RFC 9457): what was wrong and what is allowed."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson
from flask import Flask, Response, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import HTTPException

from engine.errors import NotFound, ParameterError, StoreUnavailable, UnknownInstrument

API_PREFIX = "/api/"
_WORDS = {
    "extra_forbidden": "there is no such parameter; the call's description lists what there is",
    "missing": "a value is needed",
    "model_type": "send a JSON object",
    "model_attributes_type": "send a JSON object",
}


class Problem(BaseModel):
    """What every refusal looks like."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    parameter: str | None = None
    allowed: str | None = None


REFUSALS: dict[str | int | HTTPStatus, type[BaseModel] | dict[Any, Any] | None] = {404: Problem, 503: Problem}
"""What any call may answer besides 400, for its description."""


def problem_response(status: int, title: str, detail: str, **members: str) -> Response:
    body = Problem(title=title, status=status, detail=detail, **members)
    return Response(
        orjson.dumps(body.model_dump(exclude_none=True)), status=status, content_type="application/problem+json"
    )


def validation_problem(error: ValidationError) -> Response:
    """Turn what pydantic refused into one problem that names the first parameter at fault."""
    first = error.errors(include_url=False, include_context=False)[0]
    name = ".".join(str(part) for part in first["loc"]) or "body"
    allowed = _WORDS.get(first["type"], first["msg"])
    detail = f"{name} = {str(first['input'])[:80]!r} is not possible: {allowed}"
    return problem_response(400, "Parameter not allowed", detail, parameter=name, allowed=allowed)


def register_problems(server: Flask) -> None:
    """Answer the engine's named errors, and any refusal by Flask below the API, as problems."""

    @server.errorhandler(ParameterError)
    def not_allowed(error: ParameterError) -> Response:
        return problem_response(400, "Parameter not allowed", str(error), parameter=error.name, allowed=error.allowed)

    @server.errorhandler(UnknownInstrument)
    def unknown(error: UnknownInstrument) -> Response:
        return problem_response(404, "No such instrument", str(error))

    @server.errorhandler(NotFound)
    def not_found(error: NotFound) -> Response:
        return problem_response(404, "Not found", str(error))

    @server.errorhandler(StoreUnavailable)
    def store_down(_error: StoreUnavailable) -> Response:
        answer = problem_response(503, "Store unreachable", "The store does not answer; try again in a few seconds.")
        answer.headers["Retry-After"] = "2"
        return answer

    @server.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Any:
        if not request.path.startswith(API_PREFIX):
            return error
        return problem_response(error.code or 500, error.name, error.description or error.name)
