"""Changes that another site's page asks a browser for are refused: forms and files can be sent across sites unasked."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, request

from dash_app.api.problems import API_PREFIX, problem_response

_CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_OWN = frozenset({"same-origin", "none"})


def refuse_foreign(server: Flask) -> None:
    """Answer 403 to changes whose sender says that it is a page from elsewhere; programs say nothing."""

    @server.before_request
    def own_pages_only() -> Response | None:
        if request.method not in _CHANGES or not request.path.startswith(API_PREFIX) or not _foreign():
            return None
        words = "This call comes from a page of another site: send it from a page of this board, or from a program."
        return problem_response(403, "Foreign origin", words)


def _foreign() -> bool:
    """By what the browser tells itself, else by its `Origin`, as browsers tell more over TLS than without."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in _OWN
    origin = request.headers.get("Origin")
    own = {request.host, request.headers.get("X-Forwarded-Host")}  # of a proxy; no page elsewhere can set it unasked
    return origin is not None and urlsplit(origin).netloc not in own
