"""Headers of every answer, and honest statuses of pages."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from re import DOTALL, findall, fullmatch
from typing import Any

from dash import Dash
from flask import Flask, Response, request
from flask_talisman import Talisman

_DASH_PREFIXES = ("/_dash", "/_reload", "/_favicon", "/assets/", "/api/", "/export/")


def add_security(app: Dash) -> list[str]:
    """Scripts only from here and only those known; gives the sources of scripts, for `allow_inline` to complete.

    Inline styles are allowed: Dash and its tables set widths and colours by them.
    """
    scripts = ["'self'"]
    policy = {
        "default-src": "'self'",
        "script-src": scripts,
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'", "data:"],
        "connect-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'self'",
    }
    Talisman(
        app.server,
        content_security_policy=policy,
        force_https=False,  # an intranet may speak plain HTTP; a proxy that does TLS adds its own redirect
        session_cookie_secure=False,
        strict_transport_security=False,
        frame_options="SAMEORIGIN",
        referrer_policy="same-origin",
    )
    return scripts


def allow_inline(app: Dash, scripts: list[str], pages: Iterable[str]) -> None:
    """Admit inline scripts by their hashes: Dash's own, there after the first request, and those of `pages`."""
    scripts.extend(app.csp_hashes())
    for page in pages:
        found = findall(r"<script>(.*?)</script>", app.server.test_client().get(page).text, DOTALL)
        scripts.extend(f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in found)


def add_statuses(server: Flask, pages: Mapping[str, Mapping[str, Any]]) -> None:
    """Dash answers 200 for any address: an address without a page becomes a 404, with the same page body."""
    patterns = [_pattern(page) for page in pages.values() if not page["module"].endswith("not_found_404")]

    def set_status(response: Response) -> Response:
        path = request.path
        page = response.status_code == 200 and response.mimetype == "text/html" and not path.startswith(_DASH_PREFIXES)
        if page and not any(fullmatch(pattern, path) for pattern in patterns):
            response.status_code = 404
        return response

    server.after_request(set_status)


def _pattern(page: Mapping[str, Any]) -> str:
    template = page.get("path_template")
    if not template:
        return str(page["path"])
    return (
        str(page["path"]) + "|" + "".join("/[^/]+" if "<" in part else f"/{part}" for part in template.split("/")[1:])
    )
