"""What a person does on the pages: watches, sets thresholds, acknowledges; and what comes of it by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from analytics.signal import Position, signal_step
from tests.system.conftest import OpenWindow
from tests.system.open_page import OpenPage
from tests.system.running_board import RunningBoard
from tests.tools.waiting import until

pytestmark = pytest.mark.browser

NAMES: dict[Position, str] = {-1: "short", 0: "flat", 1: "long"}
POSITIONS = {name: position for position, name in NAMES.items()}


@pytest.fixture
def settings_kept(board: RunningBoard) -> Iterator[None]:
    """Puts the desk's settings back as they were."""
    before = board.get("/settings")
    yield
    kept = {name: before[name] for name in ("entry", "exit", "min_correlation")}
    assert requests.put(f"{board.url}/api/v1/settings", json=kept, timeout=20).ok


def set_thresholds(page: OpenPage, entry: str, leave: str) -> str:
    """Fill the form in the rail; what the page says to it."""
    page.wait("document.querySelector('#threshold-entry')?.value", "the thresholds as they stand")
    page.look("document.getElementById('threshold-note').textContent = ''")
    page.page.fill("#threshold-entry", entry)
    page.page.fill("#threshold-exit", leave)
    page.page.click("#threshold-apply")
    return page.wait_other("threshold-note", "")


def said_again(page: OpenPage) -> bool:
    """Whether a notice says what stands beside the form already."""
    return bool(page.look("document.getElementById('notice').classList.contains('sb-on')"))


def watched(page: OpenPage, how: str) -> str:
    """Script that gives the watchlist's row whose parameters are `how`, once it is there."""
    return cell("watchlist", "pair", f"e.innerText.includes('{how}')")


def cell(table: str, column: str, test: str) -> str:
    """Script that gives a table's first cell of a column that passes a test of `e`."""
    return f"[...document.querySelectorAll('#{table} td[data-dash-column={column}]')].find(e => {test})"


def test_a_watched_pair_appears_and_stays_after_a_reload_until_it_is_given_up(
    open_page: OpenWindow, board: RunningBoard
) -> None:
    page = open_page("/")
    page.mark()
    page.wait("document.querySelectorAll('#add-y option').length >= 12", "instruments to choose from")
    page.page.click("#add-open")
    page.page.select_option("#add-y", "sim:DOTUSDT")
    page.page.select_option("#add-x", "sim:ADAUSDT")
    page.page.select_option("#add-timeframe", "5m")
    page.page.fill("#add-window", "37")
    page.page.fill("#add-z-window", "19")
    page.page.click("#add")
    row = watched(page, "37/19")
    page.wait(row, "the new row")
    assert page.stayed
    page.reload()
    page.wait(row, "the row after a reload")
    address = page.look(f"{row}.querySelector('a').getAttribute('href')")
    assert "window=37" in address
    page.go(address)
    page.wait_text("watch", "Watched")
    page.page.click("#watch")
    page.wait("document.querySelector('#watch').innerText.trim() === 'Watch'", "the star to be empty")
    assert 37 not in [entry["pair"]["window"] for entry in board.get("/watchlist")["items"]]


def test_an_impossible_pair_is_refused_where_it_was_entered(open_page: OpenWindow, board: RunningBoard) -> None:
    page = open_page("/")
    page.wait("document.querySelectorAll('#add-y option').length >= 12", "instruments to choose from")
    page.page.click("#add-open")
    page.page.select_option("#add-y", "sim:DOTUSDT")
    page.page.select_option("#add-x", "sim:DOTUSDT")
    page.page.click("#add")
    page.wait_text("add-note", "two different instruments")
    assert not said_again(page)


@pytest.mark.usefixtures("settings_kept")
def test_thresholds_changed_on_the_page_hold_from_the_next_bar_on(open_page: OpenWindow, board: RunningBoard) -> None:
    """The oracle is the definition: one step of `analytics.signal` a bar."""
    query = {"timeframe": "1s", "window": "60", "z_window": "30"}
    page = open_page("/pair/sim:BTCUSDT/sim:ETHUSDT?timeframe=1s&window=60&z_window=30")
    page.mark()

    def series() -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = board.get("/pairs/sim:BTCUSDT/sim:ETHUSDT/series", **query, limit=400)["items"]
        return items

    refused = set_thresholds(page, "two", "0.2")
    assert refused == "The parameter entry cannot be two: give a number of standard deviations, such as 2.0."
    assert not said_again(page)
    before = series()
    said = set_thresholds(page, "0.7", "0.2")
    effective = board.get("/settings")["effective"]
    assert said == f"Holds for bars from {effective[11:19]} UTC on."
    assert not said_again(page)
    page.wait(
        "[...document.querySelectorAll('#figure .annotation-text')].some(e => /0\\.7/.test(e.textContent))",
        "the new level in the chart",
    )
    after = until(lambda: [rows for rows in [series()] if sum(r["time"] >= effective for r in rows) > 3], "new bars")[0]
    old = {row["time"]: row for row in before}
    kept = [row for row in after if row["time"] in old and row["time"] < effective]
    assert len(kept) > 100
    assert all(row == old[row["time"]] for row in kept)
    first = next(i for i, row in enumerate(after) if row["time"] >= effective)
    position = POSITIONS[after[first - 1]["signal"]]
    for row in after[first:]:
        position = signal_step(position, row["z"], entry=0.7, exit=0.2)
        assert row["signal"] == NAMES[position], row
    assert page.stayed


@pytest.mark.usefixtures("settings_kept")
def test_an_alert_fires_and_appears_on_open_pages_by_itself(open_page: OpenWindow, board: RunningBoard) -> None:
    assert requests.put(f"{board.url}/api/v1/settings", json={"min_correlation": 0}, timeout=20).ok
    query = {"timeframe": "1s", "window": "40", "z_window": "12"}
    pair = open_page("/pair/sim:BTCUSDT/sim:ETHUSDT?timeframe=1s&window=40&z_window=12")
    log = open_page("/alerts")
    pair.mark()
    log.mark()
    pair.wait("document.querySelector('#watch').innerText.trim() === 'Watch'", "the star")
    pair.page.click("#watch")
    pair.wait_text("watch", "Watched")
    set_thresholds(pair, "0.5", "0.1")
    log.wait(cell("log", "pair", "e.innerText.includes('40/12')"), "the alert in the log")
    pair.wait("document.querySelectorAll('#signals .sb-line').length > 0", "it on the pair's page")
    pair.wait("Number(document.getElementById('alerts-count').textContent) > 0", "it beside the bell")
    log.page.click("#log button[data-acknowledge] >> nth=0")
    log.page.click("#ask-do")
    log.wait_text("ask-refused", "give your name")
    log.page.fill("#ask-by", "Ann of the desk")
    log.page.click("#ask-do")
    whole = {"limit": 1000, "fired": "true"}
    until(
        lambda: any(alert["acknowledged_by"] == "Ann of the desk" for alert in board.get("/alerts", **whole)["items"]),
        "the acknowledged alert",
    )
    log.wait(cell("log", "action", "/\\d\\d:\\d\\d/.test(e.innerText)"), "it in the log")
    pair.page.click("#watch")
    pair.wait("document.querySelector('#watch').innerText.trim() === 'Watch'", "the star to be empty")
    assert pair.stayed
    assert log.stayed
    alerts = fired(board)
    assert len({(alert["bar_close"], alert["event"]) for alert in alerts}) == len(alerts), "an alert was written twice"
    rows = {row["time"]: row for row in board.get("/pairs/sim:BTCUSDT/sim:ETHUSDT/series", **query)["items"]}
    side = 0  # of what fired last: z may pass through to the other side within a bar
    for alert in reversed(alerts):
        z = alert["z"]
        assert z == rows[alert["bar_close"]]["z"]
        if alert["event"] == "clear":
            assert side * z <= alert["clear"]
        else:
            side = 1 if alert["event"] == "above" else -1
            assert side * z >= alert["fire"]


def fired(board: RunningBoard) -> list[dict[str, Any]]:
    found = board.get("/alerts", y="sim:BTCUSDT", x="sim:ETHUSDT", kind="z", limit=1000)["items"]
    return [alert for alert in found if alert["pair"]["z_window"] == 12]
