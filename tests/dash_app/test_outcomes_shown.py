"""What followed alerts on the alerts page: in words in the log and the rules, as numbers in the exports."""

from __future__ import annotations

import csv
import re
from io import BytesIO, StringIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from analytics.outcomes import hit_rate
from dash_app.outcome_words import hits_words, outcome_words
from engine.board import Board
from engine.desk.outcomes import AlertOutcome, RuleHits
from engine.desk.types import RuleKind
from store.sql.outcomes import OutcomeRecord, append_outcome
from tests.dash_app.conftest import Ask
from tests.dash_app.logged import VIEW, log, props_of, rows_of


def plain(cell: str) -> str:
    """As a browser shows it."""
    return re.sub(r"&#(\d+);", lambda code: chr(int(code[1])), re.sub(r"<[^>]*>", "", cell)).replace("\u00a0", " ")


def write(board: Board, minute: int, ending: str, *numbers: Any) -> None:
    bar = {alert.open_time_ms // 60_000: alert.id for alert in board.desk.alerts(limit=1_000)}
    first = min(bar)
    with board.desk.database.write() as connection:
        append_outcome(connection, OutcomeRecord(bar[first + minute], ending, *numbers, 9))
    board.desk.changed()


@pytest.fixture
def followed(board: Board, rule_id: int) -> None:
    """Of the rule's alerts, a minute apart: back, not back, gone, under way; and one that has no outcome."""
    for minute in range(4):
        log(board, rule_id, minute)
    log(board, board.desk.add_rule(board.desk.rule(rule_id).parameters, RuleKind.GAP).id, 4, kind="gap")
    write(board, 0, "reverted", 14, 6.125, 2.0, 6.0)
    write(board, 1, "not reverted", 120, 0.0, 9.04, -1.5)
    write(board, 2, "unknown", 0, None, None, None)


@pytest.mark.usefixtures("followed")
def test_the_log_says_what_followed(ask: Ask) -> None:
    rows = props_of(ask(VIEW))["log"]["data"]
    assert [row["followed"] for row in rows] == [
        "",
        "under way",
        "not known",
        "not within 120 bars, +0.0 / −9.0 bp",
        "back after 14 bars, +6.1 / −2.0 bp",
    ]
    assert plain(rows[-1]["what"]).endswith("back after 14 bars, +6.1 / −2.0 bp"), "for a phone, in the cell before"


@pytest.mark.usefixtures("followed")
def test_exports_keep_numbers_as_numbers(web: FlaskClient) -> None:
    text = web.get("/export/alerts.csv").get_data(as_text=True).removeprefix("\ufeff")
    names = ("outcome", "outcome_bars", "favourable", "adverse", "move", "move_unit")
    rows = [tuple(row[name] for name in names) for row in csv.DictReader(StringIO(text))]
    assert rows == [
        ("", "", "", "", "", ""),
        ("under way", "", "", "", "", ""),
        ("unknown", "", "", "", "", "bp"),
        ("not reverted", "120", "0.0", "9.04", "-1.5", "bp"),
        ("reverted", "14", "6.125", "2.0", "6.0", "bp"),
    ]
    sheet = load_workbook(BytesIO(web.get("/export/alerts.xlsx").get_data())).worksheets[0]
    heads, *_, last = sheet.iter_rows(values_only=True)
    assert dict(zip(heads, last, strict=True))["favourable"] == 6.125


@pytest.mark.usefixtures("followed")
def test_a_rule_says_how_often_z_came_back_and_others_say_nothing(ask: Ask, rule_id: int) -> None:
    rows = {row["id"]: row for row in rows_of(ask(VIEW))}
    assert plain(rows[str(rule_id)]["hits"]) == "too few: 1 of 2"
    assert "1 not known" in plain(re.sub(r'.*title="([^"]*)".*', r"\1", rows[str(rule_id)]["hits"]))
    assert [row["hits"] for key, row in rows.items() if key != str(rule_id)] == [""]
    assert "data-rehearse" in rows[str(rule_id)]["action"]


@pytest.mark.parametrize(
    ("hits", "n", "words"),
    [(31, 50, "62 % (48–74), 31 of 50"), (9, 9, "too few: 9 of 9"), (10, 10, "100 % (72–100), 10 of 10"),
     (0, 0, "none yet")],
)  # fmt: skip
def test_few_alerts_give_their_count_and_no_share(hits: int, n: int, words: str) -> None:
    """statsmodels' `proportion_confint(…, method="wilson")`: 0.4815 to 0.7414, and 0.7225 to 1."""
    assert hits_words(RuleHits(hit_rate(hits, n), 3)) == words


def test_moves_in_price_have_their_digits_and_unknown_ones_are_left_out() -> None:
    assert outcome_words(AlertOutcome("reverted", 1, 0.01234, 0.5, 0.01, "price")) == (
        "back after 1 bar, +0.0123 / −0.5000 in price"
    )
    assert outcome_words(AlertOutcome("not reverted", 60, None, None, None, "bp")) == "not within 60 bars"


@pytest.mark.usefixtures("followed")
def test_the_form_knows_where_each_watched_pair_is(ask: Ask, board: Board, rule_id: int) -> None:
    watched = board.desk.watch(board.desk.rule(rule_id).parameters)
    answer = ask(VIEW)
    assert answer is not None
    part = answer["sections"]["rules"]["rules"]
    assert part["paths"] == {str(watched.id): watched.parameters.path}
    assert {kind["kind"]: kind["min_correlation"] for kind in part["kinds"]}["z"] == "0.7"
    assert {kind["kind"]: kind["min_correlation"] for kind in part["kinds"]}["gap"] == ""
