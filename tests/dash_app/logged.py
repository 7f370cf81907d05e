"""Alerts in the log of a test's board, as its monitor would have written them."""

from __future__ import annotations

from typing import Any

from engine.board import Board
from engine.parameters import PairParameters
from store.sql.alerts import AlertRecord, append_alert
from store.sql.pairs import PairRecord
from tests.api.legs import FIRST_MS

P = PairParameters("sim:YUSDT", "sim:XUSDT")
OTHER = PairParameters("sim:XUSDT", "sim:YUSDT")
VIEW = {"page": "alerts", "pair": "any", "kind": "any", "show": "all", "before": ""}
SCRIPT = "<script>alert(1)</script>"


def props_of(answer: dict[str, Any] | None) -> dict[str, Any]:
    assert answer is not None
    return {k: v for section in answer["sections"].values() for k, v in section.get("props", {}).items()}


def rows_of(answer: dict[str, Any] | None) -> list[dict[str, str]]:
    """The rows of the rules."""
    assert answer is not None
    rows: list[dict[str, str]] = answer["sections"]["rules"]["rules"]["rows"]
    return rows


def log(board: Board, rule_id: int, minute: int, event: str = "above", **more: Any) -> None:
    """An alert of the bar that opens `minute` minutes after the first one."""
    pair = more.pop("pair", P)
    record = PairRecord(pair.key, pair.y, pair.x, pair.query)
    bar = FIRST_MS + minute * 60_000
    fields = {"kind": "z", "value": 2.5, **more}
    numbers = (fields.pop("value"), 2.5, 0.1, 0.9, 0.8, 2.0, 0.5, bar + 60_400)
    alert = AlertRecord(rule_id, record, fields.pop("kind"), event, bar, bar + 60_000, *numbers, **fields)
    with board.desk.database.write() as connection:
        append_alert(connection, alert)
    board.desk.changed()
