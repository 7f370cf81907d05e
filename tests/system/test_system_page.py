"""The system page of a real board: who is killed goes grey, who comes is there, who is frozen is said to be silent."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.system.conftest import OpenWindow
from tests.system.open_page import OpenPage
from tests.system.running_board import RunningBoard
from tests.system.test_layout import overlapping
from tests.tools.waiting import until

pytestmark = pytest.mark.browser

# Grey five seconds after its last word; the page looks every second. A busy machine is given more.
STALE_LIMIT_S = 5.0 + 1.0 + 3.0
ROWS = """() => [...document.querySelectorAll('#processes tbody tr')].map((row) => {
    const cell = (name) => row.querySelector(`td[data-dash-column="${name}"]`);
    return cell('process') && {
        name: cell('process').innerText.trim(), since: cell('since').innerText.trim(),
        color: getComputedStyle(cell('memory')).color, memory: Number(cell('memory').innerText),
        clock: !!cell('process').querySelector('.sb-i-clock'),
    };
}).filter(Boolean)"""
STRIP = """() => [...document.querySelectorAll('.sb-system > div')].filter((e) => e.checkVisibility()).map((e) => {
    const b = e.getBoundingClientRect();
    return { name: e.className, left: b.left, right: b.right, top: b.top, bottom: b.bottom };
})"""


def rows(page: OpenPage) -> dict[int, dict[str, Any]]:
    """What the table of processes shows, by process id."""
    return {int(row["name"].rpartition(":")[2]): row for row in page.look(ROWS)}


def shown(page: OpenPage, wanted: Callable[[dict[int, dict[str, Any]]], bool], what: str) -> dict[int, dict[str, Any]]:
    return until(lambda: found if wanted(found := rows(page)) else None, lambda: f"{what}: {rows(page)}") or {}


def open_system(board: RunningBoard, open_any: OpenWindow, **options: int) -> OpenPage:
    page = open_any(board.url, **options)
    page.go("/system")
    page.wait("document.querySelectorAll('#processes td').length > 0", "the processes")
    return page


def test_a_killed_worker_goes_grey_and_another_takes_its_place(board: RunningBoard, open_any: OpenWindow) -> None:
    page = open_system(board, open_any)
    workers = until(lambda: pair if len(pair := board.web_workers()) == 2 else None, "two workers")
    assert workers
    (monitor,) = board.pids_of("engine.monitor")
    before = shown(page, lambda found: found.keys() >= workers | {monitor}, "workers and monitor")
    assert all(not before[pid]["clock"] for pid in workers)
    victim = min(workers)
    page.mark()
    os.kill(victim, signal.SIGKILL)
    after = shown(page, lambda found: found.get(victim, {}).get("clock", False), "the killed one in grey")
    assert after[victim]["since"].startswith("silent since")
    assert after[victim]["color"] != after[monitor]["color"]
    (other,) = until(lambda: board.web_workers() - workers, "another worker")
    new = shown(page, lambda found: other in found and not found[other]["clock"], "the new one")
    assert 20 < new[other]["memory"] < 400
    assert page.stayed


def test_a_frozen_ingestor_is_stale_within_seconds_and_alive_again_when_it_goes_on(
    board: RunningBoard, open_any: OpenWindow, record_property: Callable[[str, object], None]
) -> None:
    page = open_system(board, open_any)
    (ingestor,) = until(lambda: board.pids_of("-m ingest "), "the ingestor")
    shown(page, lambda found: ingestor in found and not found[ingestor]["clock"], "the ingestor, alive")
    page.wait("document.querySelector('#connections .sb-i-good')", "its connection")
    began_s = time.monotonic()
    os.kill(ingestor, signal.SIGSTOP)
    try:
        shown(page, lambda found: found[ingestor]["clock"], "the ingestor, grey")
        took_s = time.monotonic() - began_s
        page.wait_text("state", "No ingestor has spoken since")
        page.wait("document.querySelector('#connections .sb-i-clock')", "its connection, grey")
        page.wait("document.getElementById('system-trades').innerText === '–'", "no rate of what does not come")
    finally:
        os.kill(ingestor, signal.SIGCONT)
    record_property("frozen_ingestor_said_s", took_s)
    print(f"a frozen ingestor was stale after {took_s:.2f} s")  # noqa: T201  # shown by -rP
    assert took_s < STALE_LIMIT_S
    shown(page, lambda found: not found[ingestor]["clock"], "the ingestor, alive again")
    page.wait("!document.getElementById('state').innerText.includes('No ingestor')", "the complaint to go")


def test_a_frozen_store_is_said_and_the_beats_go_on_after_it_without_a_word_in_the_logs(
    board: RunningBoard, open_any: OpenWindow
) -> None:
    page = open_system(board, open_any)
    (store,) = board.pids_of("valkey-server")
    said_before = len(board.lines)
    os.kill(store, signal.SIGSTOP)
    try:
        page.wait_text("state", "store is slow to answer")
        until(lambda: metrics(board) == {"spreadboard_store_up": 0.0}, "metrics to say it")
    finally:
        os.kill(store, signal.SIGCONT)

    def told() -> dict[str, Any]:
        answer = requests.get(f"{board.url}/api/v1/system", timeout=20)
        return dict(answer.json()) if answer.ok else {}

    thawed = until(told, "the first answer after it")["as_of"]
    speak = {"ingest", "monitor", "web"}
    until(
        lambda: {each["kind"] for each in told().get("processes", ()) if each["last_word"] > thawed} == speak,
        "everybody's word after it",
    )
    assert not board.said("heartbeat|Traceback", since=said_before)


def metrics(board: RunningBoard) -> dict[str, float]:
    """Values without labels of what Prometheus' own reader makes of it."""
    text = requests.get(f"{board.url}/metrics", timeout=20).text
    families = text_string_to_metric_families(text)
    return {each.name: each.value for family in families for each in family.samples}


def test_the_board_tells_of_its_times_and_of_its_ingestor_s_connection(board: RunningBoard) -> None:
    def told() -> dict[str, Any]:
        """Of the living, by kind; of two workers the one that answered more."""
        states = [each for each in board.get("/system")["processes"] if not each["stale"]]
        return {each["kind"]: each for each in sorted(states, key=lambda each: each["counts"].get("answers", 0))}

    def complete() -> bool:
        found = told()
        return (
            found.keys() >= {"ingest", "monitor", "web"}
            and bool(found["ingest"]["latencies"].get("lag"))
            and bool(found["monitor"]["latencies"]["round"]["n"])
            and bool(found["web"]["latencies"]["API"]["n"])
        )

    until(complete, told)
    found = told()
    assert found["monitor"]["counts"]["pairs"] >= 1
    assert 0 < found["ingest"]["latencies"]["publish"]["p50"] <= found["ingest"]["latencies"]["publish"]["p99"]
    (connection,) = found["ingest"]["connections"]
    assert connection["connected"]
    assert connection["streams"] >= 24  # trades and quotes of a dozen
    assert board.get("/system")["database"]["size_bytes"] > 10_000


@pytest.mark.parametrize("width", [400, 1280])
def test_the_page_holds_together(open_page: OpenWindow, width: int) -> None:
    page = open_page("/system", width=width)
    page.wait("document.querySelectorAll('#processes td').length > 0", "the processes")
    assert page.look("document.documentElement.scrollWidth") <= width, "it scrolls sideways"
    boxes = page.look(STRIP)
    assert len(boxes) > 8
    assert overlapping(boxes) == []
    assert all(box["left"] >= -1 and box["right"] <= width + 1 for box in boxes)
    cut = """() => [...document.querySelectorAll('.sb-system *, .sb-processes .dash-cell-value')]
        .filter((e) => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1
            && getComputedStyle(e).display !== 'inline').map((e) => e.innerText)"""
    assert page.look(cut) == []
