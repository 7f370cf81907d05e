"""A rule is rehearsed on the Alerts page before it is saved; what followed alerts comes into the log by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.system.conftest import OpenWindow
from tests.system.open_page import OpenPage
from tests.system.running_board import RunningBoard
from tests.system.test_layout import check_layout
from tests.tools.waiting import until

pytestmark = pytest.mark.browser

LEGS = {"y": "sim:BTCUSDT", "x": "sim:ETHUSDT"}
SECONDS = {**LEGS, "timeframe": "1s", "window": 60, "z_window": 30}
FACTS = "[...document.querySelectorAll('#rehearsal .sb-rehearsal-facts > div')].map((e) => e.innerText)"
ROWS = "[...document.querySelectorAll('#rehearsal tbody tr')].map((r) => [...r.children].map((e) => e.innerText))"
HEIGHT = "document.getElementById('rehearsal').getBoundingClientRect().height"
PAIRS = "document.querySelectorAll('#rule-pair option').length > 0"


@pytest.fixture
def rule(board: RunningBoard) -> Iterator[int]:
    """A rule on bars of a minute, ended after the test."""
    yield from _kept(board, {**LEGS, "kind": "z", "fire": 1.5, "clear": 0.5, "min_correlation": 0.0})


@pytest.fixture
def firing(board: RunningBoard) -> Iterator[int]:
    """A rule that fires and clears every few seconds, ended after the test."""
    yield from _kept(board, {**SECONDS, "kind": "z", "fire": 0.2, "clear": 0.1, "min_correlation": 0.0})


def _kept(board: RunningBoard, body: dict[str, Any]) -> Iterator[int]:
    made = requests.post(f"{board.url}/api/v1/rules", json=body, timeout=20)
    assert made.status_code == 201, made.text
    yield int(made.json()["id"])
    requests.delete(f"{board.url}/api/v1/rules/{made.json()['id']}", timeout=20)


def rehearsed(page: OpenPage, found: dict[str, Any]) -> bool:
    """Whether the page shows what the API found; the next bar may have come in between."""
    facts, fired = page.look(FACTS), found["fired"]
    shown = min(12, fired)
    return bool(facts) and f"{fired:,} time{'s' * (fired != 1)}" in facts[0] and len(page.look(ROWS)) == shown


def test_a_new_rule_is_rehearsed_and_nothing_is_saved(open_page: OpenWindow, board: RunningBoard) -> None:
    page = open_page("/alerts")
    page.wait(PAIRS, "the watched pairs")
    before = board.get("/rules")["items"]
    page.page.click("#rule-open")
    page.page.fill("#rule-fire", "1.25")
    page.page.fill("#rule-correlation", "0")
    page.page.press("#rule-correlation", "Enter")
    page.wait(f"{FACTS}.length === 3", "what was found")
    watched = next(
        each
        for each in board.get("/watchlist")["items"]
        if str(each["id"]) == page.look("document.getElementById('rule-pair').value")
    )
    names = ("y", "x", "timeframe", "window", "z_window", "method")
    body = {name: watched["pair"][name] for name in names} | {"fire": 1.25, "min_correlation": 0}
    found = requests.post(f"{board.url}/api/v1/rules/rehearsal", json=body, timeout=20).json()
    assert found["fired"] > 0
    assert rehearsed(page, found)
    assert "95 % interval" in page.look(FACTS)[1]
    assert board.get("/rules")["items"] == before
    page.page.fill("#rule-fire", "a lot")
    page.page.click("#rule-rehearse")
    page.wait_text("rehearsal", "The parameter fire cannot be a lot: give a number.")


def test_a_kind_whose_values_are_not_kept_cannot_be_rehearsed_and_the_button_says_why(open_page: OpenWindow) -> None:
    page = open_page("/alerts")
    page.wait(PAIRS, "the watched pairs")
    page.page.click("#rule-open")
    for kind, reason in (("stationarity risk", "slow tests"), ("no data", "the clock")):
        page.page.select_option("#rule-kind", kind)
        page.wait(f"document.getElementById('rule-rehearse').title.includes('{reason}')", "why not")
        assert page.look("document.getElementById('rule-rehearse').disabled")
    page.page.select_option("#rule-kind", "z")
    page.wait("!document.getElementById('rule-rehearse').disabled", "the button")


def test_a_refusal_leaves_no_room_and_goes_with_the_next_rehearsal(open_page: OpenWindow) -> None:
    page = open_page("/alerts")
    page.wait(PAIRS, "the watched pairs")
    page.page.click("#rule-open")
    page.page.fill("#rule-fire", "a lot")
    page.page.click("#rule-add")
    page.wait("document.querySelector('#rule-add-note.sb-refused:not(:empty)')", "the refusal")
    page.page.click("#rule-rehearse")
    page.wait_text("rehearsal", "The parameter fire cannot be a lot: give a number.")
    assert page.look(HEIGHT) < 60
    page.page.fill("#rule-fire", "2")
    page.page.click("#rule-rehearse")
    page.wait(f"{FACTS}.length === 3", "what was found")
    assert page.look("document.getElementById('rule-add-note').innerText") == ""


def test_a_rule_that_stands_is_tried_with_other_words_and_then_saved(
    open_page: OpenWindow, board: RunningBoard, rule: int
) -> None:
    page = open_page("/alerts")
    button = f"#rules [data-rehearse='{rule}']"
    page.wait(f'document.querySelector("{button}") !== null', "its row")
    page.page.focus(button)
    page.page.keyboard.press("Enter")
    page.wait(f"{FACTS}.length === 3", "what was found")
    page.wait("document.getElementById('rule-fire').value === '1.5'", "its own words in the form")
    assert page.look("document.activeElement.id") == "rule-rehearse"
    assert "BTC / ETH" in page.look("document.getElementById('rule-of').innerText")
    first = page.look(FACTS)[0]
    page.page.fill("#rule-fire", "3")
    page.page.click("#rule-rehearse")
    page.wait(f"was => {FACTS}[0] && {FACTS}[0] !== was", "what three deviations give", first)
    assert rules(board)[rule]["fire"] == 1.5, "nothing is saved"
    page.page.click("#rule-add")
    until(lambda: rules(board)[rule]["fire"] == 3.0, "the level to be taken")
    assert rules(board)[rule]["clear"] == 0.5
    page.wait_text("rule-add-note", "Holds for bars from")
    page.page.focus("#rule-fire")
    page.page.keyboard.press("Escape")
    assert not page.page.is_visible("#rule-box")
    assert page.look("document.activeElement.dataset.rehearse") == str(rule), "the focus is where it was"


def rules(board: RunningBoard) -> dict[int, dict[str, Any]]:
    return {each["id"]: each for each in board.get("/rules")["items"]}


@pytest.mark.parametrize("width", [400, 1280])
def test_what_is_found_moves_nothing_and_fits(open_page: OpenWindow, rule: int, width: int) -> None:
    page = open_page("/alerts", width=width)
    button = f"#rules [data-rehearse='{rule}']"
    page.wait(f'document.querySelector("{button}") !== null', "its row")
    page.page.route("**/api/v1/rules/rehearsal", lambda route: (page.page.wait_for_timeout(400), route.continue_()))
    page.page.click(button)
    page.wait(f"{HEIGHT} > 0", "room for what is to come")
    before = page.look(HEIGHT)
    page.wait(f"{FACTS}.length === 3", "what was found")
    assert page.look(HEIGHT) == before
    check_layout(page, width)
    assert page.look("(e => e.scrollWidth <= e.clientWidth)(document.getElementById('rehearsal'))")


def test_what_followed_comes_into_the_log_and_is_counted(
    open_page: OpenWindow, board: RunningBoard, firing: int
) -> None:
    page = open_page("/alerts")
    page.mark()
    cells = "[...document.querySelectorAll('#log td[data-dash-column=followed]')].map((e) => e.innerText)"
    page.wait(f"{cells}.some((words) => words.startsWith('back after '))", "an outcome")
    over = [each for each in board.get("/alerts", limit=100)["items"] if each["outcome"]]
    assert {each["event"] for each in over} <= {"above", "below"}
    until(lambda: rules(board)[firing]["hits"]["n"] >= 1, "one of this rule to be counted")
    page.wait("document.querySelectorAll('#rules td[data-dash-column=hits]').length > 0", "the rules")
    said = "[...document.querySelectorAll('#rules td[data-dash-column=hits]')].map((e) => e.innerText).join(' ')"
    page.wait(f"/ of /.test({said}.replaceAll('\\u00a0', ' '))", "the count")
    assert page.stayed
