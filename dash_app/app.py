"""The Dash application: a factory, so that nothing happens at import."""

from __future__ import annotations

import time
from collections.abc import Callable

import dash
import orjson
from dash import Dash, Input, Output
from flask import Flask, request
from flask_openapi3 import Info, OpenAPI

from dash_app import ids
from dash_app.actions import act
from dash_app.api.register import API_PAGE, register_api
from dash_app.compression import add_compression
from dash_app.export import register_exports
from dash_app.export_timeline import register_timeline_export
from dash_app.metrics import register_metrics
from dash_app.refresh import Refresher
from dash_app.repeated import GIVEN, RepeatedAnswers
from dash_app.sections import Answer
from dash_app.security import add_security, add_statuses, allow_inline
from dash_app.shell import INDEX, register_shell_callbacks, shell
from engine.board import Board
from engine.version import VERSION


def create_app(board: Board, *, clock_ms: Callable[[], int] | None = None) -> Dash:
    """The application over a board, warmed: its first request is made here, and must succeed.

    The first requests to a fresh Dash application race to set it up, and a layout that fails in
    the first one leaves it without callbacks. `clock_ms` gives UTC milliseconds.
    """
    clock = clock_ms or _wall_clock_ms
    server = OpenAPI(
        "dash_app",
        info=Info(title="Spreadboard", version=VERSION),
        doc_prefix="/api/v1",
        doc_url="/openapi.json",
    )
    server.config["MAX_CONTENT_LENGTH"] = 1_000_000
    register_api(server, board)
    register_exports(server, board, clock)
    register_timeline_export(server, board)
    register_metrics(server, board)
    app = Dash(
        "dash_app",
        server=server,  # type: ignore[arg-type]  # a Flask server, whatever the stub says
        use_pages=True,
        title="Spreadboard",
        update_title="",
        index_string=INDEX,
        assets_ignore=r"early/.*|LICENSES\.txt",
        suppress_callback_exceptions=True,
        enable_mcp=False,
        add_log_handler=False,
    )
    app.layout = shell()
    register_shell_callbacks(app)
    _register_server_callbacks(app, board, clock)
    add_compression(server)
    add_statuses(server, dash.page_registry)
    scripts = add_security(app)
    answer = server.test_client().get("/")
    if answer.status_code != 200:
        raise RuntimeError(f"the first page answers {answer.status_code}: not fit to serve")
    allow_inline(app, scripts, [API_PAGE])
    return app


def _register_server_callbacks(app: Dash, board: Board, clock: Callable[[], int]) -> None:
    refresher = Refresher(board)

    def answer_to(tick: object) -> Answer | None:
        return refresher.answer(tick, clock())

    server: Flask = app.server
    server.wsgi_app = RepeatedAnswers(server.wsgi_app, answer_to)  # type: ignore[method-assign]

    @app.callback(
        Output(ids.ANSWER, "data"),
        Input(ids.TICK, "data"),
        running=[(Output(ids.BUSY, "data"), True, False)],
        prevent_initial_call=True,
    )
    def _refresh(tick: object) -> object:
        given = request.environ.get(GIVEN)
        answer = given[0] if given else answer_to(tick)
        return dash.no_update if answer is None else orjson.Fragment(answer.body)

    @app.callback(Output(ids.ACTED, "data"), Input(ids.ACT, "data"), prevent_initial_call=True)
    def _act(order: object) -> object:
        return act(board, order)


def _wall_clock_ms() -> int:
    return time.time_ns() // 1_000_000
