"""What followed alerts over HTTP: each once it is over, the share of hits by rule, and few questions for many."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from statsmodels.stats.proportion import proportion_confint

from engine.board import Board
from engine.desk.types import RuleKind
from engine.parameters import PairParameters, Scale
from store.sql.outcomes import OutcomeRecord, append_outcome
from tests.dash_app.logged import P, log

RAW = PairParameters(P.y, P.x, scale=Scale.RAW)


def write(board: Board, alert_id: int, ending: str, *numbers: Any) -> None:
    with board.desk.database.write() as connection:
        assert append_outcome(connection, OutcomeRecord(alert_id, ending, *numbers, 9))
    board.desk.changed()


def logged(board: Board, count: int, **more: Any) -> list[int]:
    """The ids of new alerts of one rule, the oldest first."""
    rule = board.desk.add_rule(more.get("pair", P), RuleKind(more.get("kind", "z")))
    for minute in range(count):
        log(board, rule.id, minute, **more)
    return sorted(alert.id for alert in board.desk.alerts(limit=1_000) if alert.rule_id == rule.id)


def test_an_alert_tells_what_followed_once_it_is_over(api: FlaskClient, board: Board) -> None:
    over, under_way = logged(board, 2)
    (raw,) = logged(board, 1, pair=RAW)
    (gone,) = logged(board, 1, kind="z below", event="below")
    (no_position,) = logged(board, 1, kind="beta drift")
    write(board, over, "reverted", 14, 6.125, 2.0, 6.0)
    write(board, raw, "not reverted", 120, float("nan"), 2.5, None)
    write(board, gone, "unknown", 0, None, None, None)
    outcomes = {each["id"]: each["outcome"] for each in api.get("/api/v1/alerts").get_json()["items"]}
    moves = {"favourable": 6.125, "adverse": 2.0, "move": 6.0}
    assert outcomes[over] == {"ending": "reverted", "bars": 14, **moves, "unit": "bp"}
    moves = {"favourable": None, "adverse": 2.5, "move": None}
    assert outcomes[raw] == {"ending": "not reverted", "bars": 120, **moves, "unit": "price"}
    assert outcomes[gone]["ending"] == "unknown"
    assert (outcomes[under_way], outcomes[no_position]) == (None, None)
    seen = api.post(f"/api/v1/alerts/{over}/ack", json={"by": "Ann"}).get_json()
    assert seen["outcome"] == outcomes[over]


def test_a_rule_tells_how_often_z_came_back(api: FlaskClient, board: Board) -> None:
    alerts = logged(board, 13)
    for number, alert_id in enumerate(alerts[:12]):
        ending = "unknown" if number >= 10 else "reverted" if number < 7 else "not reverted"
        write(board, alert_id, ending, 5, None, None, None)
    logged(board, 1, kind="beta drift")
    none_yet = logged(board, 1, pair=RAW)
    by_kind = {(each["kind"], each["pair"]["scale"]): each for each in api.get("/api/v1/rules").get_json()["items"]}
    hits = by_kind["z", "log"]["hits"]
    low, high = proportion_confint(7, 10, method="wilson")
    assert (hits["hits"], hits["n"], hits["unknown"]) == (7, 10, 2)
    assert (hits["rate"], hits["low"], hits["high"]) == pytest.approx((0.7, low, high), rel=1e-9)
    assert by_kind["beta drift", "log"]["hits"] is None
    nothing = {"hits": 0, "n": 0, "rate": None, "low": None, "high": None, "unknown": 0}
    assert none_yet
    assert by_kind["z", "raw"]["hits"] == nothing
    rule_id = by_kind["z", "log"]["id"]
    assert api.get(f"/api/v1/rules/{rule_id}").get_json()["hits"] == hits
    assert api.put(f"/api/v1/rules/{rule_id}", json={"fire": 3}).get_json()["hits"] == hits
    made = api.post("/api/v1/rules", json={"y": P.y, "x": P.x}).get_json()
    assert made["hits"] == nothing


def test_outcomes_of_many_are_one_question(api: FlaskClient, board: Board) -> None:
    for alert_id in logged(board, 40):
        write(board, alert_id, "reverted", 3, 1.0, 1.0, 1.0)
    asked: list[str] = []
    engine = board.desk.database._engine
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    items = api.get("/api/v1/alerts").get_json()["items"]
    assert len(items) == 40
    assert all(each["outcome"] for each in items)
    assert sum(text.startswith("SELECT") for text in asked) == 2
