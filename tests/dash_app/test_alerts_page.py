"""The alerts page: rules edited in their rows, the log, its filters and exports, who acknowledged what."""

from __future__ import annotations

import csv
import re
from io import StringIO
from typing import Any

import pytest
from flask.testing import FlaskClient

from dash_app.actions import act
from dash_app.export import ALERTS, alert_rows
from dash_app.log_filter import read_filter
from dash_app.views.alerts import RULES_SHOWN, SHOWN
from engine.board import Board
from engine.desk.types import Alert, RuleKind, RuleWords
from engine.parameters import PairParameters
from engine.rules.kinds import KINDS
from tests.dash_app.conftest import Ask
from tests.dash_app.logged import OTHER, SCRIPT, VIEW, P, log, props_of, rows_of
from tests.tools.waiting import until


def rule_row(ask: Ask, rule_id: int) -> dict[str, str]:
    return next(row for row in rows_of(ask(VIEW)) if row["id"] == str(rule_id))


def field_of(cell: str) -> tuple[str, str]:
    """Value and placeholder of a field; a browser reads them so."""
    found = re.search(r'<input class="sb-cell" .*?value="([^"]*)" placeholder="([^"]*)"', cell)
    assert found, cell
    value, usual = (re.sub(r"&#(\d+);", lambda code: chr(int(code[1])), text) for text in found.groups())
    return value, usual


def change(board: Board, rule_id: int, **fields: str) -> dict[str, Any]:
    return act(board, {"kind": "rule", "id": str(rule_id), **fields})


# rules


def test_a_row_shows_what_was_said_and_what_is_usual(ask: Ask, board: Board, rule_id: int) -> None:
    row = rule_row(ask, rule_id)
    assert [field_of(row[name]) for name in ("fire", "clear", "min_correlation")] == [
        ("", "2"),
        ("", "0.5"),
        ("", "0.7"),
    ]
    board.desk.put_rule(rule_id, RuleWords(3.5, 1.25, pending_bars=4, enabled=False, min_correlation=0.0))
    until(lambda: field_of(rule_row(ask, rule_id)["fire"])[0] == "3.5", "a page as it now is")
    row = rule_row(ask, rule_id)
    names = ("fire", "clear", "pending_bars", "cooldown_bars", "min_correlation")
    assert [field_of(row[name])[0] for name in names] == ["3.5", "1.25", "4", "", "0"]
    assert " checked" not in row["enabled"]
    assert "z of the spread" in re.sub(r"&#(\d+);", lambda code: chr(int(code[1])), row["kind"])


@pytest.mark.parametrize("kind", list(RuleKind))
def test_every_kind_has_its_row_with_its_own_levels(ask: Ask, board: Board, kind: RuleKind) -> None:
    needs = KINDS[kind].fire is None and not KINDS[kind].of_settings
    words = RuleWords(20.0, 10.0) if kind is RuleKind.SPREAD_ABOVE else RuleWords(10.0, 20.0) if needs else RuleWords()
    row = rule_row(ask, board.desk.add_rule(P, kind, words).id)
    if not needs and not KINDS[kind].of_settings:
        assert field_of(row["fire"]) == ("", f"{KINDS[kind].fire:g}")
    assert (row["min_correlation"] != "") == KINDS[kind].gated


def test_a_field_is_changed_alone_and_holds_from_the_next_bar_on(board: Board, rule_id: int) -> None:
    assert change(board, rule_id, cooldown_bars="30")["ok"]
    done = change(board, rule_id, fire="2.75")
    assert done["ok"]
    rule = board.desk.rule(rule_id)
    assert rule.words == RuleWords(fire=2.75, cooldown_bars=30)
    assert rule.effective_ms > 0
    assert "Holds for bars from" in done["words"]
    assert change(board, rule_id, fire="", enabled="no")["ok"]
    assert board.desk.rule(rule_id).words == RuleWords(cooldown_bars=30, enabled=False)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"clear": "3"}, "clear"),
        ({"fire": "two"}, "fire"),
        ({"fire": "nan"}, "fire"),
        ({"fire": "1e400"}, "fire"),
        ({"fire": "0"}, "fire"),
        ({"pending_bars": "-1"}, "pending_bars"),
        ({"keep_bars": "1.5"}, "keep_bars"),
        ({"cooldown_bars": "100001"}, "cooldown_bars"),
        ({"min_correlation": "1.2"}, "min_correlation"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field_and_changes_nothing(
    board: Board, rule_id: int, fields: dict[str, str], field: str
) -> None:
    done = change(board, rule_id, **fields)
    assert (done["ok"], done["field"]) == (False, field)
    assert done["words"].endswith(".")
    assert board.desk.rule(rule_id).words == RuleWords()


def test_levels_that_are_possible_only_together_are_taken_together(board: Board) -> None:
    rule_id = board.desk.add_rule(P, RuleKind.Z_ABOVE).id
    assert not change(board, rule_id, fire="-1")["ok"]
    assert change(board, rule_id, fire="-1", clear="−2")["ok"], "a true minus is one"
    assert (board.desk.rule(rule_id).words.fire, board.desk.rule(rule_id).words.clear) == (-1.0, -2.0)


def test_a_rule_is_added_for_a_watched_pair_with_the_levels_of_its_kind(board: Board) -> None:
    watched = board.desk.watch(P)
    order = {"kind": "add-rule", "watched": str(watched.id), "rule_kind": "beta drift", "fire": "", "clear": ""}
    assert act(board, order)["ok"]
    assert [(r.kind, r.words) for r in board.desk.rules()][2:] == [(RuleKind.BETA_DRIFT, RuleWords())]
    needs = act(board, {**order, "rule_kind": "spread above"})
    assert (needs["ok"], needs["field"]) == (False, "fire")
    assert not act(board, {**order, "rule_kind": "no such"})["ok"]
    assert not act(board, {**order, "watched": "99"})["ok"]
    assert len(board.desk.rules()) == 3


def test_many_rules_are_shown_in_part_and_those_of_a_pair_alone(ask: Ask, board: Board) -> None:
    for window in range(20, 20 + RULES_SHOWN + 3):
        board.desk.add_rule(PairParameters("sim:YUSDT", "sim:XUSDT", window=window))
    board.desk.add_rule(OTHER)
    answer = ask(VIEW)
    assert len(rows_of(answer)) == RULES_SHOWN
    assert "100 of 104 rules" in props_of(answer)["rules-note"]["children"]
    assert len(rows_of(ask({**VIEW, "pair": f"{OTHER.y} {OTHER.x}"}))) == 1


# log


@pytest.fixture
def logged(board: Board, rule_id: int) -> tuple[Alert, ...]:
    other = board.desk.add_rule(OTHER, RuleKind.BETA_DRIFT).id
    for minute in range(130):
        log(board, rule_id, minute, ("above", "clear")[minute % 2])
        if minute % 5 == 0:
            log(board, other, minute, "above", kind="beta drift", value=31.25, pair=OTHER)
    return board.desk.alerts(limit=1_000)


def expected(alerts: tuple[Alert, ...], view: dict[str, str]) -> list[int]:
    """The definition, one alert after the other."""
    return [
        alert.id
        for alert in alerts
        if view.get("pair", "any") in ("any", f"{alert.parameters.y} {alert.parameters.x}")
        and view.get("kind", "any") in ("any", alert.kind)
        and (view.get("show", "all") == "all" or alert.event != "clear")
        and (view.get("show") != "waiting" or alert.acknowledged_ms is None)
    ]


@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {"show": "fired"},
        {"show": "waiting"},
        {"kind": "beta drift"},
        {"pair": f"{OTHER.y} {OTHER.x}"},
        {"pair": f"{P.y} {P.x}", "show": "waiting", "kind": "z"},
        {"kind": "gap"},
    ],
)
def test_filters_keep_what_they_say_page_by_page_and_in_the_export(
    ask: Ask, board: Board, web: FlaskClient, logged: tuple[Alert, ...], chosen: dict[str, str]
) -> None:
    board.desk.acknowledge(logged[-1].id, "Ann")
    wanted = expected(board.desk.alerts(limit=1_000), chosen)
    shown: list[int] = []
    before = ""
    while True:
        props = props_of(ask({**VIEW, **chosen, "before": before}))
        page = [int(row["id"]) for row in props["log"]["data"]]
        assert len(page) <= SHOWN
        shown += page
        before = props["log-older"]["data-before"]
        assert props["log-older"]["disabled"] == (before == "")
        if not before:
            break
    assert shown == wanted
    text = web.get("/export/alerts.csv", query_string=chosen).get_data(as_text=True)
    assert [int(row["id"]) for row in csv.DictReader(StringIO(text.removeprefix("\ufeff")))] == wanted


def test_what_is_none_of_the_choices_is_left_out() -> None:
    assert not read_filter({"pair": "x", "kind": SCRIPT, "show": "odd", "before": "1e3"}).chosen


def test_a_row_says_what_was_judged(ask: Ask, board: Board, logged: tuple[Alert, ...]) -> None:
    rows = props_of(ask({**VIEW, "kind": "beta drift"}))["log"]["data"]
    assert (rows[0]["kind"], rows[0]["value"], rows[0]["logged"]) == ("beta drift", "31.25 %", "0.4 s")
    assert rows[0]["time"] == "01 Jan 02:06", "the close of the bar"


def test_the_first_to_acknowledge_stands_with_name_and_note_and_all_of_it_is_inert(
    ask: Ask, board: Board, rule_id: int
) -> None:
    log(board, rule_id, 1)
    (alert,) = board.desk.alerts()
    order = {"kind": "acknowledge", "id": str(alert.id), "by": f" Ann {SCRIPT}", "note": "checked: [x](javascript:y)"}
    assert act(board, order)["words"] == "Acknowledged."
    late = act(board, {**order, "by": "Ben", "note": ""})
    assert late["ok"]
    assert "before by Ann" in late["words"]
    seen = board.desk.alert(alert.id)
    assert (seen.acknowledged_by, seen.note) == (f"Ann {SCRIPT}", "checked: [x](javascript:y)")
    (row,) = props_of(ask(VIEW))["log"]["data"]
    assert "Ann" in row["action"]
    assert "<script" not in row["action"]
    assert "](" not in row["action"], "no Markdown either"
    (exported,) = alert_rows(board)
    assert exported[ALERTS.index("note") : ALERTS.index("outcome")] == ["checked: [x](javascript:y)", rule_id, "no"]


def test_several_are_acknowledged_at_once(board: Board, logged: tuple[Alert, ...]) -> None:
    waiting = [alert.id for alert in logged if alert.waits]
    done = act(board, {"kind": "acknowledge", "id": ",".join(map(str, waiting)), "by": "Ann"})
    assert done["words"] == f"{len(waiting)} acknowledged."
    assert board.desk.unacknowledged() == 0
    assert not act(board, {"kind": "acknowledge", "id": ""})["ok"]
    assert not act(board, {"kind": "acknowledge", "id": "1,x"})["ok"]


@pytest.mark.parametrize("event", ["above", "below", "clear"])
@pytest.mark.parametrize("kind", list(RuleKind))
def test_only_what_tells_of_a_side_of_the_spread_has_the_mark_of_a_side(
    ask: Ask, board: Board, rule_id: int, kind: RuleKind, event: str
) -> None:
    log(board, rule_id, 0, event, kind=kind.value)
    (row,) = props_of(ask(VIEW))["log"]["data"]
    of_spread = kind.value.split()[0] in ("z", "spread")
    side = {"above": "short", "below": "long", "clear": "ring"}[event]
    mark = side if of_spread or event == "clear" else "bell"
    assert re.findall(r"sb-i-([a-z]+)", row["what"]) == [mark]
