"""The slow tests over HTTP: 202 until the monitor has run them, then everything with how it is made."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from redis import Redis

from engine.board import Board
from engine.diagnose import diagnose
from engine.diagnosis import save_diagnosis
from engine.findings.registry import STATISTICS
from engine.findings.trades import trades_of_store
from engine.parameters import parse_parameters
from store import keys
from tests.api.legs import BETA

CALL = "/api/v1/pairs/sim:YUSDT/sim:XUSDT/tests"
P = parse_parameters("sim:YUSDT", "sim:XUSDT", {})


def test_before_the_first_run_it_says_when_to_ask_again_and_tells_the_monitor(api: FlaskClient, client: Redis) -> None:
    answer = api.get(CALL)
    assert answer.status_code == 202
    assert int(answer.headers["Retry-After"]) > 0
    assert client.zrange(keys.LOOKED_AT, 0, -1) == [P.key.encode()]


def test_every_statistic_comes_with_its_numbers_and_its_method(api: FlaskClient, board: Board, client: Redis) -> None:
    save_diagnosis(client, P, diagnose(board.reader.snapshot(P), trades_until=trades_of_store(client)))
    answer = api.get(CALL)
    assert answer.status_code == 200
    body = answer.get_json()
    assert body["verdict"] in ("cointegrated", "doubtful")
    assert body["p_value"] < 0.01
    assert body["as_of"] == "2026-01-01T06:40:00Z"
    assert body["bars"] == 400
    assert body["because"]
    assert body["confidence_because"]
    assert body["watch"]
    assert body["refits"][-1] == {"as_of": body["as_of"], "passed": True}
    items = {(item["statistic"], item["subject"]): item for item in body["items"]}
    of_other_methods = {"kalman_health", "adf_spread"}
    assert {key for key, _ in items} == {statistic.key for statistic in STATISTICS} - of_other_methods
    for item in items.values():
        assert item["numbers"] or item["reason"]
        assert all(item["method"][name] for name in ("formula", "reference", "assumes"))
        assert item["as_of"]
    assert [each["name"] for each in body["bar_numbers"]] == ["z", "signal", "beta", "spread", "correlation"]
    direction = items["engle_granger", "y on x"]["numbers"]
    assert {"stat", "p_value", "lags", "n", "trend", "critical_values"} <= set(direction)
    assert direction["hedge"]["beta"] == pytest.approx(BETA, abs=0.1)


def test_a_kalman_pair_says_whether_its_filter_is_well_and_what_to_fall_back_to(
    api: FlaskClient, board: Board, client: Redis
) -> None:
    kalman = parse_parameters("sim:YUSDT", "sim:XUSDT", {"method": "kalman"})
    save_diagnosis(client, kalman, diagnose(board.reader.snapshot(kalman)))
    items = {item["statistic"]: item for item in api.get(f"{CALL}?method=kalman").get_json()["items"]}
    health = items["kalman_health"]["numbers"]
    assert health["n"] == 240
    assert health["healthy"] == (not health["reasons"])
    rolling = api.get("/api/v1/pairs/sim:YUSDT/sim:XUSDT/latest").get_json()
    assert health["fallback_beta"] == pytest.approx(rolling["beta"], rel=1e-9)
    assert health["fallback_z"] == pytest.approx(rolling["z"], rel=1e-6)


def test_what_cannot_be_tested_says_why(api: FlaskClient, board: Board, client: Redis) -> None:
    snapshot = board.reader.snapshot(P)
    save_diagnosis(client, P, diagnose(type(snapshot)(P, 1, snapshot.rows[:60], snapshot.threshold, 0, 0)))
    body = api.get(CALL).get_json()
    assert body["verdict"] == "no result"
    assert body["p_value"] is None
    assert body["because"] == "needs 120 bars with prices of both legs, has 60"


def test_nonsense_is_refused(api: FlaskClient) -> None:
    assert api.get("/api/v1/pairs/sim:YUSDT/sim:YUSDT/tests").status_code == 400
    assert api.get("/api/v1/pairs/sim:YUSDT/sim:NONE/tests").status_code == 404
    assert api.get(f"{CALL}?window=0").status_code == 400
