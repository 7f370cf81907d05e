"""The alerts page's answer: log and rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dash_app import ids
from dash_app.sections import Section, props_section
from dash_app.views.log import log_rows, rule_rows
from dash_app.views.pair_state import state_props
from dash_app.words import clock
from engine.board import Board

SHOWN = 200


def alerts_sections(board: Board, now_ms: int) -> Iterator[Section]:
    """Sections of the page. Raises `StoreUnavailable`."""
    yield props_section("state", "alerts", state_props([]))
    version = str(board.desk.version())

    def log() -> dict[str, Any]:
        infos = {view.id: view.info for view in board.reader.instruments()}
        alerts, settings = board.desk.alerts(limit=SHOWN), board.desk.settings()
        rules = board.desk.rules()
        waiting = board.desk.unacknowledged()
        shown = f"newest first, {len(alerts)} shown · {waiting} not acknowledged · as of {clock(now_ms)} UTC"
        none = "None yet: an alert is written when z of a watched pair crosses a level at a closed bar."
        count = f"{len(rules)} rule{'s' * (len(rules) != 1)}"
        levels = f"{count} · without own levels: fire ±{settings.entry:g}, clear ±{settings.exit:g}"
        return {
            "props": {
                ids.LOG: {"data": log_rows(alerts, infos, now_ms)},
                ids.LOG_NOTE: {"children": shown if alerts else none},
                ids.RULES: {"data": rule_rows(rules, infos, now_ms, settings)},
                ids.RULES_NOTE: {
                    "children": f"{levels} · no alert while |correlation| is under {settings.min_correlation:g}"
                },
            }
        }

    yield Section("log", version, f"log|{version}|{now_ms // 60_000}", log)
