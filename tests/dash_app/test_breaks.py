"""Breaks that tests put a date on, as a person finds them on the chart of a real browser."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from redis import Redis

from dash_app.figures.breaks import break_marks
from dash_app.figures.overview_words import SPREAD
from dash_app.figures.panels import Frame
from dash_app.theme import tokens
from engine.dated_breaks import DatedBreak
from engine.diagnosis import Confidence, Diagnosis, Verdict, save_diagnosis
from engine.findings.finding import Finding, Outcome, Subject
from engine.parameters import PairParameters
from tests.api.legs import BARS, FIRST_MS
from tests.dash_app.conftest import LIMIT_S

ASSETS = Path(__file__).resolve().parents[2] / "dash_app" / "assets"
P = PairParameters("sim:YUSDT", "sim:XUSDT")
CROSSED_MS, SHIFT_MS = FIRST_MS + 300 * 60_000, FIRST_MS + 290 * 60_000
OpenTested = Callable[[Diagnosis, str], Page]
PLOT = "document.querySelector('#figure .js-plotly-plot')"


def diagnosis(crossed_ms: int | None, shift_ms: int) -> Diagnosis:
    """A pair that passes no test, but would with one shift; its residuals left their boundary."""
    findings = (
        Finding("cusum", Subject.PAIR, Outcome.DOUBTFUL, "changed", "p 0.001", {"crossed_ms": crossed_ms}),
        Finding("gregory_hansen", Subject.PAIR, Outcome.PLAIN, "one shift", "p < 0.01",
                {"p_low": 0.0, "p_high": 0.01, "break_at": 9, "break_ms": shift_ms}),
    )  # fmt: skip
    as_of_ms = FIRST_MS + BARS * 60_000
    return Diagnosis(as_of_ms, 1, BARS, Verdict.DOUBTFUL, "", 0.3, Confidence.LOW, (), (), findings, (), as_of_ms)


@pytest.mark.parametrize("narrow", [False, True])
def test_a_mark_says_who_dates_it_when_and_that_it_is_an_estimate(narrow: bool) -> None:
    breaks = (
        DatedBreak(SHIFT_MS, "Gregory–Hansen", "the relation holds without a shift too", doubt=False),
        DatedBreak(CROSSED_MS, "CUSUM", "residuals left their boundary here", doubt=True),
    )
    quiet, loud = break_marks(breaks, 60_000, Frame("dark", narrow=narrow))
    assert (quiet["colour"], loud["colour"]) == (tokens("dark")["text-3"], tokens("dark")["doubtful"])
    assert loud["says"] == "CUSUM, 01 Jan 05:00 UTC: a test's estimate"
    assert quiet["hover"].startswith(
        "Gregory–Hansen, 01 Jan 04:50 UTC: a test's estimate, no certainty<br>The relation"
    )
    assert [mark["name"][-1] for mark in (quiet, loud)] == ["?", "?"]
    seconds = break_marks(breaks[1:], 1_000, Frame("dark", narrow=narrow))
    assert seconds[0]["says"] == "CUSUM, 05:00:00 UTC: a test's estimate"


@pytest.fixture(scope="module")
def placing(chromium: Browser) -> Iterator[Page]:
    window = chromium.new_page()
    window.evaluate("window.spreadboard = { appliers: {} }")
    window.evaluate((ASSETS / "41-breaks.js").read_text(encoding="utf-8"))
    yield window
    window.close()


@pytest.mark.browser
@pytest.mark.parametrize("first", [0, 40, 130, 300, 500, 860, 876])
@pytest.mark.parametrize("second", [0, 60, 128, 310, 505, 790, 876])
def test_names_stand_beside_their_lines_and_cover_neither_title_nor_each_other(
    placing: Page, first: float, second: float
) -> None:
    names = [{"at": first, "wide": 120}, {"at": second, "wide": 90}]
    lefts = placing.evaluate("names => window.spreadboard.breaks.places(names, 876, 118)", names)
    boxes = [(0.0, 118.0)]
    for name, left in zip(names, lefts, strict=True):
        if left is None:
            continue
        assert 0 <= left <= 876 - name["wide"]
        assert left - 13 <= name["at"] <= left + name["wide"] + 13
        boxes.append((left, left + name["wide"]))
    assert all(a[1] <= b[0] or b[1] <= a[0] for a, b in combinations(boxes, 2))
    if min(first, second) > 250 and abs(first - second) > 220:
        assert None not in lefts  # where there is room both have their names


def line_of(page: Page) -> list[dict[str, Any]]:
    """The upright lines that are on the chart, and where its spread panel is; in px of the window."""
    script = f"""() => {{
        const graph = {PLOT}, full = graph?._fullLayout;
        if (!full?.shapes) return [];
        const at = graph.getBoundingClientRect(), panel = full.yaxis3;
        return full.shapes.filter((s) => s.type === 'line' && s.x0 === s.x1).map((s) => ({{
            t: Date.parse(s.x0.replace(' ', 'T') + 'Z'), x: at.left + full.xaxis._offset + full.xaxis.d2p(s.x0),
            y0: s.y0, y1: s.y1,
            top: at.top + panel._offset, bottom: at.top + panel._offset + panel._length,
        }}));
    }}"""
    return list(page.evaluate(script))


@pytest.fixture
def open_tested(url: str, client: Redis, chromium: Browser) -> Iterator[OpenTested]:
    """Opens the pair's page with a diagnosis in the store, and waits for what an expression gives."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})

    def opened(tested: Diagnosis, drawn: str) -> Page:
        save_diagnosis(client, P, tested)
        page = context.new_page()
        page.goto(f"{url}{P.path}")
        wait(page, drawn)
        return page

    yield opened
    context.close()


def wait(page: Page, script: str, argument: Any = None) -> None:
    """Until an expression gives something true. (The page's policy forbids the driver's own way.)"""
    give_up = time.monotonic() + LIMIT_S
    while not page.evaluate(script, argument):
        assert time.monotonic() < give_up, f"not within {LIMIT_S:g} s: {script}"
        page.wait_for_timeout(50)


UPRIGHT = f"{PLOT}?._fullLayout?.shapes?.some(s => s.type === 'line' && s.x0 === s.x1)"
SAID = "document.getElementById('readout').innerText"


@pytest.mark.browser
def test_breaks_are_lines_on_the_spread_panel_with_their_names_above_it(open_tested: OpenTested) -> None:
    page = open_tested(diagnosis(CROSSED_MS, SHIFT_MS), UPRIGHT)
    lines = {line["t"]: line for line in line_of(page)}
    assert set(lines) == {CROSSED_MS, SHIFT_MS}
    assert all((line["y0"], line["y1"]) == SPREAD for line in lines.values())
    words = page.evaluate("""() => [...document.querySelectorAll('#figure .annotation text')].map((e) => {
        const b = e.getBoundingClientRect(); return [e.textContent, b.left, b.right, b.top, b.bottom]; })""")
    for name, at in (("CUSUM: break?", CROSSED_MS), ("Gregory–Hansen: shift?", SHIFT_MS)):
        _, left, right, _, bottom = next(each for each in words if each[0] == name)
        assert left - 15 <= lines[at]["x"] <= right + 15
        assert bottom <= lines[at]["top"] + 3  # above the panel, so on no trace


@pytest.mark.browser
def test_pointing_at_a_break_tells_what_it_is(open_tested: OpenTested) -> None:
    page = open_tested(diagnosis(CROSSED_MS, SHIFT_MS), UPRIGHT)
    line = next(each for each in line_of(page) if each["t"] == CROSSED_MS)
    words, middle = "CUSUM, 01 Jan 05:00 UTC: a test's estimate", (line["top"] + line["bottom"]) / 2
    give_up = time.monotonic() + LIMIT_S
    while words not in page.evaluate(SAID):
        page.mouse.move(line["x"] + 30, middle)
        page.mouse.move(line["x"], middle)
        page.wait_for_timeout(100)
        assert time.monotonic() < give_up, page.evaluate(SAID)
    page.mouse.move(line["x"] - 200, middle)
    wait(page, f"words => !{SAID}.includes(words)", words)
    page.mouse.move(line["x"], line["top"] - 300)
    name = page.locator("#figure .annotation", has_text="CUSUM: break?").bounding_box()
    assert name is not None
    page.mouse.move(name["x"] + 20, name["y"] + 6)
    wait(page, "document.querySelector('#figure .hoverlayer')?.textContent.includes('no certainty')")


@pytest.mark.browser
def test_a_break_outside_the_bars_shown_has_no_mark(open_tested: OpenTested) -> None:
    page = open_tested(diagnosis(None, FIRST_MS - 3_600_000), f"{PLOT}?.data?.find(t => t.uid === 'spread')?.x?.length")
    assert line_of(page) == []
