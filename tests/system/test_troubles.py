"""Processes that stop or die under an open page: it says so soon, and goes on by itself, without a reload."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests

from tests.system.conftest import OpenWindow
from tests.system.open_page import OpenPage
from tests.system.running_board import RunningBoard
from tests.tools.waiting import until

pytestmark = pytest.mark.browser

# Two seconds are promised; a machine that does other things too is given more before it is a failure.
STORE_SLOW_LIMIT_S = 6.0
SECONDS = "/pair/sim:BTCUSDT/sim:ETHUSDT?timeframe=1s&window=60&z_window=30"
SLOW = "document.getElementById('state').innerText.includes('store is slow to answer')"
DOWN = "document.getElementById('state').innerText.includes('store does not answer')"


@pytest.fixture
def seconds_page(board: RunningBoard, open_any: OpenWindow) -> OpenPage:
    """A page of second bars that lives, and may complain of what is done to it."""
    page = open_any(board.url)
    page.go(SECONDS)
    page.mark()
    page.wait_other("kpi-z", "–")
    return page


def goes_on(page: OpenPage) -> None:
    """Wait until bars close on the page, and nothing is said to be wrong."""
    as_of = page.text("kpi-as-of")
    page.wait_other("kpi-as-of", as_of)
    page.wait_other("kpi-as-of", page.text("kpi-as-of"))
    page.wait_text("connection", "Connected")
    page.wait(f"!({DOWN} || {SLOW})", "the complaint to go")


def test_a_store_that_stands_still_is_slow_within_seconds_then_down_and_forgotten_when_it_goes_on(
    board: RunningBoard, seconds_page: OpenPage, record_property: Callable[[str, object], None]
) -> None:
    (store,) = board.pids_of("valkey-server")
    said_before = len(board.lines)
    began = time.monotonic()
    try:
        os.kill(store, signal.SIGSTOP)
        seconds_page.wait(SLOW, "the page to say that the store is slow")
        slow_s = time.monotonic() - began
        assert "Store slow" in seconds_page.text("connection")
        assert seconds_page.text("kpi-z") not in ("", "–")  # as it last came
        seconds_page.wait(DOWN, "the page to say that the store is down")
        down_s = time.monotonic() - began
        assert "Store down" in seconds_page.text("connection")
        until(lambda: health_of(board) == (503, "unreachable"), "health to say it too")
        latest = requests.get(f"{board.url}/api/v1/pairs/sim:BTCUSDT/sim:ETHUSDT/latest", timeout=20)
        assert (latest.status_code, latest.headers["Retry-After"]) in ((503, "2"), (504, "1"))
    finally:
        os.kill(store, signal.SIGCONT)
    record_property("store_slow_said_s", slow_s)
    record_property("store_down_said_s", down_s)
    print(f"a stopped store was slow after {slow_s:.2f} s, down after {down_s:.2f} s")  # noqa: T201  # shown by -rP
    assert slow_s < STORE_SLOW_LIMIT_S
    goes_on(seconds_page)
    assert seconds_page.stayed
    assert not board.said("Traceback", since=said_before)


def health_of(board: RunningBoard) -> tuple[int, str]:
    answer = requests.get(f"{board.url}/api/v1/health", timeout=20)
    return answer.status_code, answer.json()["store"]


def test_a_killed_store_is_started_again_and_the_page_goes_on(
    board: RunningBoard, seconds_page: OpenPage, record_property: Callable[[str, object], None]
) -> None:
    (store,) = board.pids_of("valkey-server")
    watched = board.get("/watchlist")["items"]
    said_before = len(board.lines)
    began = time.monotonic()
    os.kill(store, signal.SIGKILL)
    board.wait_for("store had ended and was started again", since=said_before)
    until(lambda: requests.get(f"{board.url}/api/v1/health", timeout=20).status_code == 200, "health")
    goes_on(seconds_page)
    record_property("store_killed_recovered_s", time.monotonic() - began)
    print(f"a killed store was back on the page after {time.monotonic() - began:.2f} s")  # noqa: T201
    assert seconds_page.stayed
    assert board.get("/watchlist")["items"] == watched
    assert not board.said("Traceback", since=said_before)


def test_killed_web_workers_come_back_under_an_open_page(board: RunningBoard, seconds_page: OpenPage) -> None:
    before = until(lambda: pair if len(pair := board.web_workers()) == 2 else None, "two workers")
    assert before
    for worker in before:
        os.kill(worker, signal.SIGKILL)
    until(lambda: len(board.web_workers() - before) == 2, "two other workers")
    goes_on(seconds_page)
    assert seconds_page.stayed


def test_a_killed_ingestor_comes_back_and_no_trade_is_lost(board: RunningBoard, seconds_page: OpenPage) -> None:
    (ingestor,) = until(lambda: board.pids_of("-m ingest "), "the ingestor")
    since = board.get("/health")["feeds"][0]["venue_time"]
    said_before = len(board.lines)
    os.kill(ingestor, signal.SIGKILL)
    board.wait_for("ingest had ended and was started again", since=said_before)
    goes_on(seconds_page)
    assert seconds_page.stayed
    whole_since(board, since)


def test_a_venue_that_was_away_is_said_and_leaves_no_gap(board: RunningBoard, seconds_page: OpenPage) -> None:
    (exchange,) = board.pids_of("ingest.sim")
    since = board.get("/health")["feeds"][0]["venue_time"]
    os.kill(exchange, signal.SIGSTOP)
    try:
        seconds_page.wait("document.querySelector('#state').innerText.includes('Stale since')", "the page to say so")
        assert "Connected" not in seconds_page.text("connection")
    finally:
        os.kill(exchange, signal.SIGKILL)
    goes_on(seconds_page)
    seconds_page.wait("!document.querySelector('#state').innerText.includes('Stale since')", "it to be alive again")
    assert seconds_page.stayed
    whole_since(board, since)


def test_a_killed_monitor_comes_back(board: RunningBoard) -> None:
    (monitor,) = until(lambda: board.pids_of("engine.monitor"), "the monitor")
    said_before = len(board.lines)
    os.kill(monitor, signal.SIGKILL)
    board.wait_for("monitor had ended and was started again", since=said_before)
    until(lambda: board.get("/health")["monitor"] == "ok", "the monitor's word")


def test_bars_are_those_of_the_exchange(board: RunningBoard) -> None:
    """The oracle is the exchange's own klines, over REST."""

    def traded() -> list[dict[str, Any]]:
        bars = board.get("/bars/sim:ETHUSDT", timeframe="1s", limit=200)["items"]
        whole = [bar for bar in bars if bar["source"] == "trades" and bar["completeness"] == 1]
        return whole if len(whole) > 5 else []

    agrees_with_the_exchange(board, "ETHUSDT", until(traded, "bars made of trades"))


def agrees_with_the_exchange(board: RunningBoard, symbol: str, bars: list[dict[str, Any]]) -> None:
    """Bars of seconds against klines."""
    first = int(datetime.fromisoformat(bars[0]["open_time"]).timestamp() * 1000)
    query: dict[str, str | int] = {"symbol": symbol, "interval": "1s", "startTime": first, "limit": 1000}
    klines = requests.get(f"{board.exchange_url}/api/v3/klines", params=query, timeout=20).json()
    theirs = {kline[0]: [float(value) for value in (*kline[1:6], kline[8])] for kline in klines}
    for bar in bars:
        ours = [bar[name] for name in ("open", "high", "low", "close", "volume", "trades")]
        opened = int(datetime.fromisoformat(bar["open_time"]).timestamp() * 1000)
        assert ours == pytest.approx(theirs[opened], rel=1e-9), bar


def whole_since(board: RunningBoard, since: str) -> None:
    """Wait until every second from `since` to now has its complete bar, equal to the exchange's own."""
    start = datetime.fromisoformat(since)
    start -= timedelta(microseconds=start.microsecond)

    def whole() -> list[dict[str, Any]]:
        bars: list[dict[str, Any]] = board.get("/bars/sim:BTCUSDT", timeframe="1s", start=start.isoformat())["items"]
        return bars if len(bars) > 8 and all(bar["completeness"] == 1 for bar in bars) else []

    bars = until(
        whole, lambda: f"complete bars since {start}: {board.get('/bars/sim:BTCUSDT', timeframe='1s', limit=30)}"
    )
    times = [datetime.fromisoformat(bar["open_time"]) for bar in bars]
    assert times == [start + timedelta(seconds=i) for i in range(len(times))]
    agrees_with_the_exchange(board, "BTCUSDT", bars)
