"""Bodies nested deeper than any call's are refused before anybody walks through them: Python gives up at a thousand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask, Response, request

from dash_app.api.problems import problem_response

MAX_DEPTH = 50


def refuse_deep(server: Flask) -> None:
    """Answer 400 to a body nested deeper than `MAX_DEPTH`, whichever call or page it is for."""

    @server.before_request
    def not_too_deep() -> Response | None:
        try:
            body = request.get_json(silent=True)  # kept: whoever reads it next does not parse it again
        except RecursionError:
            return _too_deep()
        return _too_deep() if deeper(body, MAX_DEPTH) else None

    @server.errorhandler(RecursionError)
    def in_a_form(error: RecursionError) -> Response:
        """The texts of a form are read as JSON by the call, after its file has come."""
        if not request.form:
            raise error
        return _too_deep()


def deeper(value: Any, most: int) -> bool:
    """Whether lists and objects stand more than `most` deep in each other; a number or a text stands 0 deep."""
    level = _nests([value])
    for _ in range(most):
        if not level:
            return False
        level = _nests(child for each in level for child in (each.values() if isinstance(each, dict) else each))
    return bool(level)


def _nests(values: Iterable[Any]) -> list[dict[str, Any] | list[Any]]:
    """Those that can hold something."""
    return [each for each in values if isinstance(each, dict | list)]


def _too_deep() -> Response:
    words = f"The body is nested too deeply: send lists and objects that stand at most {MAX_DEPTH} deep in each other."
    return problem_response(400, "Body too deep", words)
