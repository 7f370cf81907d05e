"""The life of a pair on its page: notes and decisions, written in one browser and seen in another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.system.conftest import OpenWindow
from tests.system.open_page import OpenPage
from tests.system.running_board import RunningBoard

pytestmark = pytest.mark.browser

SCRIPT = "<script>window.hit = 1</script> <img src=x onerror='window.hit = 1'>"
ENTRIES = "[...document.querySelectorAll('#timeline li')].map(e => e.innerText.replace(/\\s+/g, ' '))"


def pair_of(board: RunningBoard, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        each["pair"] for each in board.get("/watchlist")["items"] if each["pair"]["y"] == f"sim:{name}"
    )
    return found


@pytest.fixture
def unmoved_pair(board: RunningBoard) -> Iterator[dict[str, Any]]:
    """A watched pair of hourly bars: a fresh board has too few of them for a signal, so that only people move it."""
    asked = {
        "y": "sim:LTCUSDT",
        "x": "sim:XRPUSDT",
        "timeframe": "1h",
        "window": 120,
        "z_window": 60,
        "stage": "candidate",
    }
    answer = requests.post(f"{board.url}/api/v1/watchlist", json=asked, timeout=20)
    answer.raise_for_status()
    watched = answer.json()
    yield watched["pair"]
    assert requests.delete(f"{board.url}/api/v1/watchlist/{watched['id']}", timeout=20).ok


def write_note(page: OpenPage, who: str, note: str) -> None:
    page.page.fill("#note-by", who)
    page.page.fill("#note-text", note)
    page.page.click("#note-add")


def has_entry(words: str) -> str:
    return f"{ENTRIES}.some(e => e.includes({words!r}))"


def test_a_note_written_in_one_browser_is_seen_in_another_and_taken_away_by_its_author(
    open_page: OpenWindow, board: RunningBoard
) -> None:
    path = pair_of(board, "SOLUSDT")["page"]
    ann, bob = open_page(path), open_page(path)
    for page in (ann, bob):
        page.mark()
    write_note(ann, "Ann", f"wide since the listing {SCRIPT}")
    bob.wait(has_entry("wide since the listing"), "Ann's note in Bob's browser")
    bob.wait(has_entry("<script>window.hit = 1</script>"), "its markup as text")
    ann.wait("document.querySelector('[data-delete-note]')", "a button for one's own note")
    assert bob.look("document.querySelector('[data-delete-note]')") is None
    assert [page.look("window.hit") for page in (ann, bob)] == [None, None]
    write_note(bob, "Bob", "seen")
    ann.wait(has_entry("seen"), "Bob's note in Ann's browser")
    ann.wait("document.querySelector('#note-text').value === ''", "the field to be empty again")
    ann.page.click("[data-delete-note]")
    ann.page.click("[data-keep-note]")
    assert ann.look(has_entry("wide since the listing"))
    ann.page.click("[data-delete-note]")
    ann.page.click("[data-delete-surely]")
    bob.wait(f"!{has_entry('wide since the listing')}", "the note to be gone in Bob's browser")
    assert bob.look(has_entry("seen"))
    assert all(page.stayed for page in (ann, bob))


def test_a_decision_is_asked_for_with_name_and_reason_and_is_shown_everywhere(
    open_page: OpenWindow, unmoved_pair: dict[str, Any]
) -> None:
    ann, monitor = open_page(unmoved_pair["page"]), open_page("/")
    ann.wait("document.querySelector('#stage').innerText === 'Candidate'", "the stage of a pair nobody decided about")
    ann.page.click("[data-decide=watched]")
    ann.page.fill("#ask-by", "Ann")
    ann.page.click("#ask-do")
    ann.wait("document.querySelector('#ask-refused').innerText.includes('write a few words')", "the refusal")
    ann.page.fill("#ask-note", "cointegrated for a month")
    ann.page.click("#ask-do")
    ann.wait("document.querySelector('#stage').innerText === 'Watched'", "the new stage")
    ann.wait(has_entry("Watched cointegrated for a month Ann"), "the decision on the timeline")
    cells = "[...document.querySelectorAll('#watchlist td')].map(e => e.innerText)"
    row = f"{cells}.find(words => ['LTC', 'XRP', '1h'].every(part => words.includes(part)))"
    monitor.wait(f"{row}?.includes('Watched')", "the stage in the watchlist")
    ann.page.reload()
    ann.wait(has_entry("Watched cointegrated for a month Ann"), "the decision after a reload")


def test_a_note_is_marked_on_the_chart_and_neutral_in_the_export(open_page: OpenWindow, board: RunningBoard) -> None:
    pair = pair_of(board, "LINKUSDT")
    page = open_page(pair["page"])
    page.wait(has_entry("Candidate"), "the timeline")
    marks = "document.querySelector('#figure .js-plotly-plot')?.layout?.shapes?.filter(s => s.name === 'alert').length"
    page.wait(f"{marks} !== undefined", "the figure")
    before = page.look(marks)
    write_note(page, "Ann", "=1+1")
    page.wait(f"{marks} === {before} + 1", "a mark for the note")
    query = {name: pair[name] for name in ("y", "x", "timeframe", "window", "z_window")}
    text = requests.get(f"{board.url}/export/timeline.csv", params=query, timeout=20).text
    assert ",'=1+1,Ann," in text
    assert ",candidate,one of the pairs that a fresh board opens with,," in text


@pytest.mark.parametrize("width", [400, 1280])
def test_the_timeline_fits_the_page(open_page: OpenWindow, board: RunningBoard, width: int) -> None:
    page = open_page(pair_of(board, "TRXUSDT")["page"], width=width)
    page.wait(has_entry("Candidate"), "the timeline")
    write_note(page, "Ann", "l" * 400)
    page.wait(has_entry("lll"), "a word that is too long")
    assert page.look("document.documentElement.scrollWidth") <= width
