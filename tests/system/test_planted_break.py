"""A pair that the simulated exchange takes apart: told on open pages by itself, acknowledged in one browser for all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import requests

from tests.system.conftest import OpenWindow
from tests.system.open_page import OpenPage
from tests.system.running_board import RunningBoard
from tests.tools.waiting import until

pytestmark = pytest.mark.browser

PAIR = "SOLUSDT-AVAXUSDT"  # nothing else of the exchange follows SOL
SIZE = 0.02  # of log price: thirteen deviations of the planted spread
FIRE = 6.0  # of a window of 120 bars a step reaches sqrt(119) = 10.9; the pair as it was stays below 4
COUNT = "Number(document.getElementById('alerts-count').textContent || 0)"
ROW = "[...document.querySelectorAll('#log td[data-dash-column=action]')].some((e) => e.innerText.includes('{}'))"


def truth(board: RunningBoard) -> dict[str, Any]:
    told = requests.get(f"{board.exchange_url}/sim/truth", timeout=20).json()["pairs"]
    return next(pair for pair in told if pair["pair"] == PAIR)


@pytest.fixture
def rule(board: RunningBoard) -> Iterator[dict[str, Any]]:
    """A rule on the pair at its true ratio, on bars of a second; ended after the test."""
    body = {
        "y": "sim:SOLUSDT", "x": "sim:AVAXUSDT", "timeframe": "1s", "window": 120, "z_window": 120,
        "method": "fixed", "beta": truth(board)["beta"], "kind": "z above", "fire": FIRE, "clear": 1.0,
        "min_correlation": 0.0,
    }  # fmt: skip
    made = requests.post(f"{board.url}/api/v1/rules", json=body, timeout=20)
    assert made.status_code == 201, made.text
    yield made.json()
    requests.delete(f"{board.url}/api/v1/rules/{made.json()['id']}", timeout=20)


def alerts_of(board: RunningBoard, rule: dict[str, Any]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = board.get("/alerts", rule=rule["id"])["items"]
    return items


def waiting(board: RunningBoard) -> set[int]:
    return {alert["id"] for alert in board.get("/alerts", limit=1000, unacknowledged="true")["items"]}


def badge_is_right(page: OpenPage, board: RunningBoard) -> bool:
    page.page.wait_for_timeout(20)  # lets the browser work
    return bool(page.look(COUNT) == len(waiting(board)))


def test_a_planted_break_is_told_without_a_reload_and_acknowledged_for_everybody(
    open_page: OpenWindow, board: RunningBoard, rule: dict[str, Any]
) -> None:
    ann, ben = open_page("/"), open_page("/alerts")
    ann.mark()
    ben.mark()
    parameters = {name: rule["pair"][name] for name in ("timeframe", "window", "z_window", "method", "beta")}
    latest = f"/pairs/{rule['pair']['y']}/{rule['pair']['x']}/latest"
    until(lambda: board.get(latest, **parameters)["z"] is not None, "its window, from history")
    assert alerts_of(board, rule) == [], "the pair holds"

    planted = requests.get(f"{board.exchange_url}/sim/breaks", params={"plant": f"{PAIR}={SIZE}/600"}, timeout=20)
    assert planted.status_code == 200, planted.text
    (spell,) = truth(board)["breaks"]
    assert spell["size"] == SIZE

    ann.wait_text("toast-words", "SOL / AVAX 1s: z above")
    ann.wait(f"{COUNT} > 0 && document.title.startsWith('(')", "the badge")
    (alert,) = until(lambda: alerts_of(board, rule), "it in the API's log")
    assert alert["event"] == "above"
    closed_ms = datetime.fromisoformat(alert["bar_close"]).timestamp() * 1000
    assert spell["start_ms"] < closed_ms < spell["end_ms"], "it is the break that was told, and nothing else"
    assert alert["value"] > FIRE

    button = f"[data-acknowledge='{alert['id']}']"
    ben.wait(f'document.querySelector("#log {button}") !== null', "it in the other browser's log")
    until(lambda: badge_is_right(ben, board), "the other browser's badge")
    ann.wait(f'document.querySelector("#unacknowledged {button}") !== null', "it among those that wait")
    ann.page.keyboard.press("Escape")
    ann.page.click(f"#unacknowledged {button}")
    ann.page.fill("#ask-by", "Ann")
    ann.page.fill("#ask-note", "the exchange took it apart")
    ann.page.press("#ask-note", "Enter")
    ben.wait(ROW.format("by Ann the exchange took it apart"), "who acknowledged it, and why")
    assert not ben.look(f'document.querySelector("#log {button}") !== null')
    until(lambda: alert["id"] not in waiting(board), "the API to say so")
    for page in (ann, ben):
        until(lambda page=page: badge_is_right(page, board), "the badge without it")
        assert page.stayed
        assert page.loads == 1
