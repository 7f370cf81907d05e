"""Who is told of alerts: silences, targets, what is news on every page, marks on the pair's chart."""

from __future__ import annotations

import re
from typing import Any

import pytest

from dash_app.actions import act
from dash_app.figures.alert_marks import alert_marks
from dash_app.figures.panels import Frame
from dash_app.views.alerts import DELIVERIES_SHOWN
from dash_app.views.news import MOST
from engine.board import Board
from engine.desk.types import RuleKind
from store.sql.deliveries import append_test, mark_failed, mark_sent
from tests.api.legs import FIRST_MS
from tests.dash_app.conftest import PAIR, Ask
from tests.dash_app.logged import SCRIPT, VIEW, P, log, props_of, rows_of
from tests.tools.waiting import until


def ask_anew(ask: Ask, view: dict[str, str], seen: dict[str, str], section: str) -> dict[str, Any]:
    """What a section brings once the page is made anew, which is at most every 150 ms."""
    answer = None
    while answer is None or section not in answer["sections"]:
        answer = ask(view, seen)
    return answer


def test_a_rule_or_all_of_a_pair_is_silenced_for_a_while_and_the_row_says_so(
    ask: Ask, board: Board, rule_id: int
) -> None:
    other = board.desk.add_rule(P, RuleKind.GAP).id
    order = {"kind": "silence", "id": str(rule_id), "scope": "rule", "minutes": "60", "by": "Ann", "note": SCRIPT}
    assert act(board, order)["ok"]
    (silence,) = board.desk.silences()
    assert (silence.rule_id, silence.until_ms - silence.from_ms) == (rule_id, 3_600_000)
    board.desk.end_silence(silence.id)
    assert act(board, {**order, "scope": "pair"})["ok"]
    newest = board.desk.silences()[0]
    assert (newest.rule_id, newest.pair) == (None, P)
    for minutes in ("0", "-5", "x", "600000000"):
        assert not act(board, {**order, "minutes": minutes})["ok"]
    assert act(board, {"kind": "end-silence", "id": str(newest.id)})["ok"]
    assert board.desk.rule(other).words.enabled


def test_an_address_is_taken_once_and_told_by_nothing(ask: Ask, board: Board) -> None:
    secret = "CANARY6d1"
    order = {
        "kind": "add-target",
        "name": "Desk",
        "url": f"json://user:{secret}@example.com/{secret}",
        "everything": "yes",
    }
    assert act(board, order)["ok"]
    refused = act(board, {**order, "url": f"nosuch://{secret}@example.com"})
    assert not refused["ok"]
    (target,) = board.desk.targets()
    assert act(board, {"kind": "target", "id": str(target.id), "per_minute": "5", "everything": "no"})["ok"]
    assert (board.desk.targets()[0].per_minute, board.desk.targets()[0].everything) == (5, False)
    limit = act(board, {"kind": "target", "id": str(target.id), "per_minute": "9999"})
    assert (limit["ok"], limit["field"]) == (False, "per_minute")
    answer = ask(VIEW)
    assert "Desk" in str(answer)
    assert secret not in str(answer) + str(refused) + str(limit)


def test_a_rule_names_its_targets(ask: Ask, board: Board, rule_id: int) -> None:
    act(board, {"kind": "add-target", "name": "Mail", "url": "json://example.com/", "everything": "no"})
    (target,) = board.desk.targets()
    assert act(board, {"kind": "rule-targets", "id": str(rule_id), "targets": str(target.id)})["ok"]
    assert board.desk.rule_targets() == {rule_id: (target.id,)}
    (row,) = rows_of(ask(VIEW))
    assert f'data-chosen="{target.id}"' in row["targets"]
    assert ">Mail<" in row["targets"]
    assert not act(board, {"kind": "rule-targets", "id": str(rule_id), "targets": "99"})["ok"]
    assert act(board, {"kind": "rule-targets", "id": str(rule_id), "targets": ""})["ok"]
    assert board.desk.rule_targets() == {}


# news, marks


def news_of(answer: dict[str, Any] | None) -> dict[str, Any]:
    assert answer is not None
    news: dict[str, Any] = answer["sections"]["news"]["news"]
    return news


@pytest.mark.parametrize("page", ["monitor", "pair", "market", "alerts", "data", "system"])
def test_every_page_is_told_of_what_fired(ask: Ask, board: Board, rule_id: int, page: str) -> None:
    view = PAIR if page == "pair" else {"page": page}
    first = ask(view)
    assert first is not None
    assert news_of(first) == {"last": 0, "items": [], "most": MOST}
    log(board, rule_id, 3)
    (alert,) = board.desk.alerts()
    news = news_of(ask_anew(ask, view, first["seen"], "news"))
    assert news["last"] == alert.id
    assert [(item["id"], item["pair"], item["what"]) for item in news["items"]] == [
        (alert.id, "Y / X 1m", "z +2.50 crossed +2")
    ]


def test_what_cleared_was_silenced_or_is_acknowledged_is_no_news(ask: Ask, board: Board, rule_id: int) -> None:
    log(board, rule_id, 1)
    log(board, rule_id, 2, "clear")
    log(board, rule_id, 4, silenced=True)
    log(board, rule_id, 3)  # written last, though of an earlier bar
    newest = board.desk.newest_alerts(5)
    assert [(alert.at_ms - FIRST_MS) // 60_000 - 1 for alert in newest] == [3, 4, 1]
    board.desk.acknowledge(newest[2].id, "Ann")
    news = news_of(ask({"page": "monitor"}))
    assert news["last"] == newest[0].id
    assert [item["id"] for item in news["items"]] == [newest[0].id]


def test_alerts_stand_on_the_panel_of_what_was_judged_at_their_close(ask: Ask, board: Board, rule_id: int) -> None:
    log(board, rule_id, 5)
    log(board, rule_id, 6, "clear")
    log(board, rule_id, 7, "above", kind="beta drift", value=40.0)
    log(board, rule_id, 8, "above", kind="volatility spike", value=3.0)
    log(board, rule_id, 9, "above", kind="gap", value=100.0)
    answer = ask(PAIR)
    assert answer is not None
    marks = answer["sections"]["alerts"]["alerts"]
    assert [(m["t"], m["panel"]) for m in reversed(marks)] == [
        (FIRST_MS + 60_000 * (minute + 1), panel)
        for minute, panel in ((5, "yaxis4"), (7, "yaxis5"), (8, "yaxis3"), (9, "yaxis"))
    ]
    assert "alert: z +2.50 crossed +2" in [mark["says"] for mark in marks]
    assert alert_marks([], Frame("dark", False)) == []
    assert ask(PAIR, answer["seen"]) is None
    log(board, rule_id, 10)
    again = ask_anew(ask, PAIR, answer["seen"], "alerts")
    assert len(again["sections"]["alerts"]["alerts"]) == 5


def test_a_dead_target_is_seen_however_much_is_newer(ask: Ask, board: Board) -> None:
    target = board.desk.add_target("Desk", "json://example.com/hook")
    with board.desk.database.write() as connection:
        for number in range(DELIVERIES_SHOWN + 5):
            append_test(connection, target.id, f"m{number}", FIRST_MS)
        mark_failed(connection, "m0", state="failed", due_ms=FIRST_MS, error="connection refused")
    board.desk.changed()

    def last() -> str:
        (row,) = props_of(ask(VIEW))["targets"]["data"]
        return re.sub(r"&#(\d+);", lambda code: chr(int(code[1])), row["last"])

    until(lambda: "55 wait" in last(), "what waits")
    assert "refused since 01 Jan 00:00" in last()
    assert "connection refused" in last()
    deliveries = props_of(ask(VIEW))["deliveries"]["data"]
    assert (len(deliveries), deliveries[0]["error"]) == (DELIVERIES_SHOWN, "connection refused")
    with board.desk.database.write() as connection:
        for number in range(DELIVERIES_SHOWN + 5):
            mark_sent(connection, f"m{number}", FIRST_MS + 61_000)
    board.desk.changed()
    until(lambda: "sent 01 Jan 00:01" in last(), "what was sent")
    assert "wait" not in last()
