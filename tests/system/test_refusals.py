"""Bad input in an address is refused in place and in words; the server says no more of it than that."""

from __future__ import annotations

import pytest
import requests

from tests.system.conftest import OpenWindow
from tests.system.running_board import RunningBoard

pytestmark = pytest.mark.browser

PAIR = "sim:BTCUSDT/sim:ETHUSDT"
REFUSED = {
    f"{PAIR}?window=0": "window",
    f"{PAIR}?window=-1": "window",
    f"{PAIR}?window=NaN": "window",
    f"{PAIR}?z_window=1000000000": "z_window",
    f"{PAIR}?timeframe=7m": "timeframe",
    f"{PAIR}?method=guess": "method",
    f"{PAIR}?method=fixed&beta=inf": "beta",
    "sim:BTCUSDT/sim:BTCUSDT": "two different instruments",
    "sim:BTCUSDT/sim:NOSUCH": "sim:NOSUCH",
    "nowhere/sim:ETHUSDT": "nowhere",
}


# What of the page below its head can be seen.
BELOW = """[...document.querySelectorAll('.sb-kpis, .sb-columns, #watch, .sb-export summary, #figure, .sb-card')]
    .filter((e) => e.checkVisibility({ visibilityProperty: true })).map((e) => e.className || e.id)"""
DRAWN = """(() => {
    const plot = document.querySelector('#figure .main-svg'), box = document.getElementById('figure-box');
    return plot && box.clientWidth > 0 && Math.abs(plot.clientWidth - box.clientWidth) < 2;
})()"""


def test_what_an_address_has_too_much_of_is_said_and_the_page_shows_the_rest(open_page: OpenWindow) -> None:
    page = open_page("/alerts")
    page.go(f"/pair/{PAIR}?window=60&window=90&beta=0.5")
    page.wait_other("kpi-z", "–")
    note = page.text("address-note")
    assert "window more than once (60, 90)" in note
    assert "beta = 0.5" in note
    assert page.look("new URLSearchParams(location.search).getAll('window').join()") == "60"
    page.page.fill("#window", "70")
    page.page.press("#window", "Enter")
    page.wait("location.search.includes('window=70')", "the address to be another")
    page.wait("!document.getElementById('address-note').checkVisibility()", "the note to go")
    page.go("/market/sim:BTCUSDT?sma=20&sma=30")
    page.wait(
        "document.getElementById('address-note')?.innerText.includes('sma more than once')", "the note of the market"
    )


def test_what_is_impossible_is_said_in_place_and_the_page_goes_on_from_there(
    open_page: OpenWindow, board: RunningBoard
) -> None:
    said_before = len(board.lines)
    page = open_page("/alerts")
    refusal = "words => document.getElementById('state')?.innerText.toLowerCase().includes(words)"
    for address, words in REFUSED.items():
        page.go(f"/pair/{address}")
        page.wait(refusal, f"a refusal that names {words}", words.lower())
        assert page.look(BELOW) == [], "something empty is shown below a refusal"
    page.go(f"/pair/{PAIR}?window=0")
    page.wait(refusal, "the refusal", "window")
    page.page.fill("#window", "60")
    page.page.press("#window", "Enter")
    page.wait_other("kpi-z", "–")
    page.wait("!document.getElementById('state').innerText.includes('window')", "the refusal to go")
    page.wait(DRAWN, "the chart in its full width")
    page.page.fill("#window", "-3")
    page.page.press("#window", "Enter")
    page.wait(refusal, "the refusal of a page that showed something", "window cannot be -3")
    assert page.look(BELOW) == []
    page.page.click("#state a >> text=120")
    page.wait("location.search.includes('window=120')", "the address of what is possible")
    page.wait_other("kpi-z", "–")
    page.wait(DRAWN, "the chart again")
    assert not board.said("Traceback|Error", since=said_before)


@pytest.mark.parametrize("address", REFUSED)
def test_the_api_refuses_the_same_with_the_parameter_named(board: RunningBoard, address: str) -> None:
    path, _, query = address.partition("?")
    answer = requests.get(f"{board.url}/api/v1/pairs/{path}/latest?{query}", timeout=20)
    assert answer.status_code in (400, 404)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert REFUSED[address] in answer.json()["detail"]


def test_a_strange_tick_is_answered_and_logged_calmly(board: RunningBoard) -> None:
    """What no browser of ours sends to the callback behind every page."""
    said_before = len(board.lines)
    output = {"output": "answer.data", "outputs": {"id": "answer", "property": "data"}, "changedPropIds": ["tick.data"]}
    ticks: tuple[object, ...] = (
        None,
        7,
        "text",
        [],
        {"page": "pair", "view": {"y": ["a"], "x": {}}},
        {"page": {}, "seen": 3, "id": None},
    )
    for tick in ticks:
        body = {**output, "inputs": [{"id": "tick", "property": "data", "value": tick}]}
        answer = requests.post(f"{board.url}/_dash-update-component", json=body, timeout=20)
        assert answer.status_code in (200, 204), (tick, answer.text[:200])
    assert not board.said("Traceback|Error", since=said_before)
