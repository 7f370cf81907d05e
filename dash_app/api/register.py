"""The whole API on one Flask server: its calls, its errors, its description and browsable page."""

from __future__ import annotations

from flask import redirect, request
from flask_openapi3 import OpenAPI
from werkzeug.wrappers import Response

from dash_app.api.alerts import alerts_api
from dash_app.api.asked import refuse_repeated
from dash_app.api.closes import closes_api
from dash_app.api.desk import desk_api
from dash_app.api.exports import exports_api
from dash_app.api.followed import followed_api
from dash_app.api.funding import funding_api
from dash_app.api.gaps import gaps_api
from dash_app.api.market import market_api
from dash_app.api.nesting import refuse_deep
from dash_app.api.notes import notes_api
from dash_app.api.origins import refuse_foreign
from dash_app.api.pairs import pairs_api
from dash_app.api.problems import API_PREFIX, Problem, problem_response, register_problems, validation_problem
from dash_app.api.rehearsal import rehearsal_api
from dash_app.api.stages import stages_api
from dash_app.api.system import system_api
from dash_app.api.targets import targets_api
from dash_app.api.tests import tests_api
from dash_app.api.uploads import allow_files, uploads_api
from engine.board import Board

PREFIX = "/api/v1"
API_PAGE = f"{PREFIX}/swagger"


def register_api(server: OpenAPI, board: Board) -> None:
    """Register every call below `PREFIX`; the server's own `doc_prefix` is to be the same."""
    server.config["SWAGGER_CONFIG"] = {"validatorUrl": None}  # its default asks a site elsewhere
    server.validation_error_callback = validation_problem
    server.validation_error_model = Problem
    server.validation_error_status = "400"
    of_instruments = (market_api, gaps_api, funding_api, followed_api, closes_api)
    of_lives = (stages_api, notes_api, targets_api)
    calls = (*of_instruments, pairs_api, tests_api, desk_api, alerts_api, *of_lives, system_api)
    for blueprint in (call(board) for call in calls):
        server.register_api(blueprint, url_prefix=PREFIX)
    for offer in (uploads_api, exports_api, rehearsal_api):
        server.register_api(offer(board), url_prefix=PREFIX)
    register_problems(server)
    refuse_foreign(server)
    allow_files(server)
    refuse_deep(server)

    @server.before_request
    def once() -> None:
        if request.path.startswith(API_PREFIX):
            refuse_repeated(request.args)

    @server.route("/api/<path:call>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    def nothing(call: str) -> Response:
        """Without this an unknown call would be answered by the pages, with 200."""
        words = f"There is no call {request.method} /api/{call[:80]}: {PREFIX}/openapi.json lists those that there are."
        return problem_response(404, "No such call", words)

    @server.route(f"{PREFIX}/docs")
    def docs() -> Response:
        return redirect(API_PAGE)
