"""The server around the pages: statuses, headers, no outside addresses."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

from dash import Dash
from flask.testing import FlaskClient


def test_pages_answer_200_and_anything_else_404(web: FlaskClient) -> None:
    for path in ("/", "/alerts", "/pair", "/pair/sim:YUSDT/sim:XUSDT?window=60"):
        assert web.get(path).status_code == 200, path
    for path in ("/nothing", "/pair/sim:YUSDT", "/pair/a/b/c", "/%3Cscript%3E"):
        assert web.get(path).status_code == 404, path


def test_scripts_come_from_here_alone_and_nothing_is_evaluated(web: FlaskClient) -> None:
    policy = web.get("/").headers["Content-Security-Policy"]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "'self'" in scripts
    assert "unsafe" not in scripts
    assert scripts.count("'sha256-") >= 1


def test_the_page_names_no_outside_address(web: FlaskClient) -> None:
    html = web.get("/").text
    assert not re.search(r'(?:src|href)="(?:https?:)?//', html)


def test_the_theme_is_chosen_before_any_style_is_loaded(web: FlaskClient) -> None:
    html = web.get("/").text
    assert html.index("early/theme.js") < html.index("bootstrap.min.css")


def test_the_assistant_protocol_is_off(web: FlaskClient) -> None:
    assert web.post("/_mcp", json={}).status_code in (404, 405)


def test_forty_first_requests_at_once_all_succeed(app: Dash) -> None:
    def status(path: str) -> int:
        response = app.server.test_client().get(path)
        response.close()
        return response.status_code

    paths = ["/", "/_dash-layout", "/_dash-dependencies", "/assets/40-refresh.js"] * 10
    with ThreadPoolExecutor(40) as pool:
        assert set(pool.map(status, paths)) == {200}


def test_the_watchlist_and_the_log_are_exported_whole(web: FlaskClient, board: object) -> None:
    for name in ("watchlist", "alerts"):
        assert web.get(f"/export/{name}.csv").text.startswith(("y,x,", "id,y,x,"))
        assert web.get(f"/export/{name}.xlsx").data[:2] == b"PK"
