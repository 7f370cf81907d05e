"""Health, instruments and bars."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from redis import Redis

from dash_app.api import register_api
from engine.board import Board, open_board
from store.bars import encode_bar, parse_bars
from store.history.minutes import append_minutes
from store.timeframes import Timeframe
from tests.api.legs import BARS, FIRST_MS
from tests.store.bar_data import made_bar
from tests.store.standing_still import stopped
from tests.tools.waiting import until

BARS_PATH = "/api/v1/bars/sim:XUSDT"


def test_health_is_fit_once_there_are_bars(api: FlaskClient) -> None:
    answer = api.get("/api/v1/health")
    assert answer.status_code == 200
    assert answer.get_json()["monitor"] == "silent"


def test_a_dead_store_is_503_everywhere_and_quickly(tmp_path: Path) -> None:
    board = open_board(f"unix://{tmp_path}/nobody", f"sqlite:///{tmp_path}/none.sqlite")
    server = OpenAPI("api_without_store", doc_prefix="/api/v1")
    register_api(server, board)
    api = server.test_client()
    assert api.get("/api/v1/health").status_code == 503
    answer = api.get("/api/v1/pairs/sim:YUSDT/sim:XUSDT/latest")
    assert answer.status_code == 503
    assert answer.content_type == "application/problem+json"
    assert int(answer.headers["Retry-After"]) > 0


def test_a_slow_store_is_504_and_the_board_stays_fit(api: FlaskClient, client: Redis) -> None:
    """The server takes connections, and answers nothing."""
    assert api.get("/api/v1/health").get_json()["store"] == "ok"
    with stopped(client):
        health = until(lambda: _health_but_ok(api), "what was read just before to be too old")
        answer = api.get(f"{BARS_PATH}?limit=3")
    assert (health["store"], health["status"]) == ("slow", "ok")
    assert "slow to answer" in health["reasons"][0]
    assert answer.status_code == 504
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["title"] == "Store slow to answer"
    assert int(answer.headers["Retry-After"]) > 0


def _health_but_ok(api: FlaskClient) -> dict[str, Any] | None:
    answer = api.get("/api/v1/health")
    assert answer.status_code == 200
    health: dict[str, Any] = answer.get_json()
    return None if health["store"] == "ok" else health


def test_instruments_tell_what_is_kept(api: FlaskClient) -> None:
    first, second = api.get("/api/v1/instruments").get_json()["items"]
    assert (first["id"], second["id"]) == ("sim:YUSDT", "sim:XUSDT")
    assert first["first"] == "2026-01-01T00:00:00Z"
    assert first["last"] == "2026-01-01T06:40:00Z"
    assert first["completeness"] == 1.0


def test_pages_of_bars_follow_each_other_without_loss(api: FlaskClient) -> None:
    start, seen = "2026-01-01T00:00:00Z", []
    while start:
        page = api.get(f"{BARS_PATH}?start={start}&limit=150").get_json()
        seen += [bar["open_time"] for bar in page["items"]]
        start = page["next"]
    assert len(seen) == len(set(seen)) == BARS
    assert seen == sorted(seen)


def test_without_a_start_the_newest_bars_come(api: FlaskClient) -> None:
    page = api.get(f"{BARS_PATH}?limit=3").get_json()
    assert [bar["open_time"] for bar in page["items"]] == [f"2026-01-01T06:{m}:00Z" for m in (37, 38, 39)]
    assert page["next"] is None


def test_coarser_bars_are_whole(api: FlaskClient) -> None:
    items = api.get(f"{BARS_PATH}?timeframe=15m").get_json()["items"]
    assert len(items) == BARS // 15
    assert all(bar["trades"] == 15 * 7 for bar in items)


def test_bars_as_csv_match_json(api: FlaskClient) -> None:
    lines = api.get(f"{BARS_PATH}.csv?limit=5").get_data(as_text=True).splitlines()
    items = api.get(f"{BARS_PATH}?limit=5").get_json()["items"]
    assert lines[0].startswith("open_time,open,high,low,close")
    assert [line.split(",")[4] for line in lines[1:]] == [repr(bar["close"]) for bar in items]


def test_bars_reach_back_beyond_the_streams(api: FlaskClient, board: Board) -> None:
    """A day before the store's first bar, kept for good; the exports have it too."""
    first_s = FIRST_MS // 1000 - 86_400
    kept = parse_bars([encode_bar(made_bar(n, Timeframe.M1)) for n in range(1_440)]).copy()
    kept["open_time_s"] = first_s + 60 * np.arange(1_440)
    with board.desk.database.write() as connection:
        append_minutes(connection, "sim:XUSDT", kept, generation=1)
    start, seen = "2025-12-31T00:00:00Z", []
    while start:
        page = api.get(f"{BARS_PATH}?start={start}&limit=700").get_json()
        seen += page["items"]
        start = page["next"]
    assert [bar["close"] for bar in seen[:1_440]] == kept["close"].tolist()
    assert len(seen) == 1_440 + BARS
    lines = api.get(f"{BARS_PATH}.csv?start=2025-12-31T00:00:00Z&limit=5000").get_data(as_text=True).splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == [bar["open_time"] for bar in seen]
    hours = api.get(f"{BARS_PATH}?timeframe=1h&limit=100").get_json()["items"]
    assert hours[0]["open_time"] == "2025-12-31T00:00:00Z"
    assert len(hours) == 24 + BARS // 60


def test_the_description_names_every_call(api: FlaskClient, board: Board) -> None:
    paths = api.get("/api/v1/openapi.json").get_json()["paths"]
    assert {
        "/api/v1/health",
        "/api/v1/instruments",
        "/api/v1/bars/{instrument}",
        "/api/v1/bars/{instrument}.csv",
        "/api/v1/pairs/{y}/{x}/latest",
        "/api/v1/pairs/{y}/{x}/series",
        "/api/v1/pairs/{y}/{x}/series.csv",
        "/api/v1/alerts",
        "/api/v1/rules",
        "/api/v1/settings",
        "/api/v1/watchlist",
    } <= set(paths)


def test_an_unknown_call_is_a_problem_and_not_a_page(api: FlaskClient) -> None:
    for path in ("/api/v1/nothing", "/api/v2/health", "/api/v1/bars/sim:XUSDT/more"):
        answer = api.get(path)
        assert answer.status_code == 404
        assert answer.content_type == "application/problem+json"


def test_every_call_describes_its_success_and_its_refusals(api: FlaskClient) -> None:
    paths = api.get("/api/v1/openapi.json").get_json()["paths"]
    for path, calls in paths.items():
        for verb, call in calls.items():
            codes = set(call["responses"])
            assert codes & {"200", "201", "202", "204"}, f"{verb} {path}"
            assert {"400", "404", "503", "504"} <= codes, f"{verb} {path}"
