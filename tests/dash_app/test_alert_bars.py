"""What an alert's bar lacked when it was judged: said in the log, on other pages, in exports and by the API."""

from __future__ import annotations

import csv
import html
import json
from io import StringIO
from typing import Any

from flask.testing import FlaskClient

from engine.board import Board
from tests.dash_app.conftest import Ask
from tests.dash_app.logged import VIEW, log, props_of
from tests.tools.waiting import until

WORDS = "on a bar that lacks 3 trades"


def test_an_alert_on_a_bar_that_lacked_trades_says_so_wherever_it_is_shown(
    ask: Ask, board: Board, web: FlaskClient, rule_id: int
) -> None:
    log(board, rule_id, 1, bar_state="whole", bar_missing=0)
    log(board, rule_id, 2, "clear", bar_state="unknown")
    log(board, rule_id, 3, bar_state="lacking", bar_missing=3)

    def rows() -> list[dict[str, Any]]:
        return list(props_of(ask(VIEW)).get("log", {}).get("data", []))

    until(lambda: len(rows()) == 3, "the log")
    said = [html.unescape(row["what"]) for row in rows()]
    assert [WORDS in what for what in said] == [True, False, False]
    assert [what for what in said if "on a bar" in what] == said[:1], "of what nobody can know the export tells"
    assert WORDS in html.unescape(json.dumps(ask({"page": "monitor"})))

    items = web.get("/api/v1/alerts").get_json()["items"]
    assert [(each["bar_state"], each["bar_missing"]) for each in items] == [
        ("lacking", 3), ("unknown", None), ("whole", 0),
    ]  # fmt: skip
    exported = list(csv.DictReader(StringIO(web.get("/export/alerts.csv").get_data(as_text=True))))
    assert [(each["bar_state"], each["bar_missing"]) for each in exported] == [
        ("lacking", "3"), ("unknown", ""), ("whole", "0"),
    ]  # fmt: skip
