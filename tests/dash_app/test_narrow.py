"""What a narrow screen has no room for is read all the same: indicators in words, wide tables by scrolling them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.dash_app.conftest import LIMIT_S

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
INDICATORS = "[...document.querySelectorAll('#indicators dt')].map(e => [e.innerText, e.nextSibling.innerText])"
CELLS = """() => [...document.querySelectorAll('#bars tr')].map((row) => Object.fromEntries(
    [...row.querySelectorAll('td')].map((e) => [e.dataset.dashColumn, e.innerText.trim()])))"""


def wait(page: Page, script: str) -> Any:
    give_up = time.monotonic() + LIMIT_S
    while not (found := page.evaluate(script)):
        assert time.monotonic() < give_up, f"not within {LIMIT_S:g} s: {script}"
        page.wait_for_timeout(50)
    return found


@pytest.fixture
def open_page(url: str, chromium: Browser) -> Iterator[Open]:
    context = chromium.new_context()

    def opened(path: str, width: int) -> Page:
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(url + path)
        return page

    yield opened
    context.close()


def test_the_indicators_of_the_last_candle_and_of_the_one_pointed_at_are_written_out_on_a_phone(
    open_page: Open,
) -> None:
    """Against the rows of the table, which the server writes itself."""
    page = open_page("/market/sim:YUSDT?sma=30", 400)
    wait(page, f"{INDICATORS}.length && document.querySelectorAll('#bars td').length")
    rows = {row["close_time"]: row for row in page.evaluate(CELLS) if row}

    def check() -> str:
        shown = {name.lstrip("━╍┈▒ "): value for name, value in page.evaluate(INDICATORS)}
        row = rows[shown["at the close of"]]
        assert set(shown) == {"SMA 30", "EMA 20", "VWAP", "Bollinger 20", "at the close of"}
        assert shown["SMA 30"] == row["sma"]
        assert shown["EMA 20"] == row["ema"]
        assert shown["VWAP"] == row["vwap"]
        assert shown["Bollinger 20"] == row["bands"]
        return shown["at the close of"]

    assert check() == "06:40:00"
    give_up, inside = time.monotonic() + LIMIT_S, itertools.cycle(range(20, 60, 3))
    while dict(page.evaluate(INDICATORS))["at the close of"] == "06:40:00":
        assert time.monotonic() < give_up
        box = page.locator("#market-figure .nsewdrag >> nth=0").bounding_box()  # again: a late font moves the figure
        assert box is not None
        page.mouse.move(box["x"] + box["width"] - next(inside), box["y"] + 100)
        page.wait_for_timeout(100)
    assert check() < "06:40:00"


def test_a_switched_off_indicator_is_not_written_and_a_wide_screen_has_them_on_the_figure(open_page: Open) -> None:
    page = open_page("/market/sim:YUSDT?sma=off&bollinger=off", 400)
    names = [name for name, _ in wait(page, f"{INDICATORS}.length && {INDICATORS}")]
    assert [name.lstrip("━╍┈▒ ") for name in names] == ["EMA 20", "VWAP", "at the close of"]
    page.set_viewport_size({"width": 1280, "height": 800})
    wait(page, "getComputedStyle(document.getElementById('indicators')).display === 'none'")


@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize(
    ("path", "table", "last"),
    [
        ("/market/sim:YUSDT", ".sb-market-bars", "complete"),
        ("/pair/sim:YUSDT/sim:XUSDT?window=60&z_window=30&tab=data", ".sb-features", "reason"),
    ],
)
def test_a_wide_table_is_scrolled_by_keyboard_to_its_last_column_and_its_first_stays(
    open_page: Open, path: str, table: str, last: str, width: int
) -> None:
    page = open_page(path, width)
    wait(page, f"document.querySelectorAll('{table} td').length > 40")
    place = f"""() => {{
        const box = document.querySelector('{table}'), b = box.getBoundingClientRect();
        const at = (column) => box.querySelector(`td[data-dash-column="${{column}}"]`).getBoundingClientRect();
        const first = box.querySelector('td').getBoundingClientRect(), end = at('{last}');
        return {{ first: first.left - b.left, last: end.right - b.right, wide: box.scrollWidth - box.clientWidth,
                  shown: getComputedStyle(box.querySelector('td[data-dash-column="{last}"]')).display }};
    }}"""
    before = page.evaluate(place)
    assert before["shown"] == "table-cell"
    assert abs(before["first"]) <= 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate(f"document.querySelector('{table}').focus()")
    assert page.evaluate(f"document.activeElement === document.querySelector('{table}')")
    give_up = time.monotonic() + LIMIT_S
    while page.evaluate(place)["last"] > 2:
        assert time.monotonic() < give_up
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(20)
    assert abs(page.evaluate(place)["first"]) <= 1
