"""What a real browser asks for when a page comes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Request

from tests.dash_app.conftest import LIMIT_S

pytestmark = pytest.mark.browser


@pytest.fixture
def ticks_of(url: str, chromium: Browser) -> Iterator[Callable[[str, str], list[dict[str, Any]]]]:
    """Opens a page and waits for something on it; gives the ticks that the browser sent meanwhile."""
    window = chromium.new_context()

    def ticks(address: str, shown: str) -> list[dict[str, Any]]:
        page, sent = window.new_page(), []

        def keep(request: Request) -> None:
            body = request.post_data_json if request.method == "POST" else None
            if body and body["output"] == "answer.data":
                sent.append(body["inputs"][0]["value"])

        page.on("request", keep)
        page.goto(url + address)
        give_up = time.monotonic() + LIMIT_S
        while not page.evaluate(shown) or not any(tick["seen"] for tick in sent):
            assert time.monotonic() < give_up, f"not shown within {LIMIT_S:g} s; sent: {sent}"
            page.wait_for_timeout(50)
        return sent

    yield ticks
    window.close()


def test_a_pair_page_that_has_just_come_asks_once_for_everything_and_then_for_what_is_new(
    ticks_of: Callable[[str, str], list[dict[str, Any]]],
) -> None:
    drawn = "document.querySelectorAll('#figure .js-plotly-plot .trace').length > 3"
    whole = [tick for tick in ticks_of("/pair/sim:YUSDT/sim:XUSDT", drawn) if not tick["seen"]]
    assert len(whole) == 1


def test_a_pair_page_without_legs_asks_which_and_then_once_for_everything(
    ticks_of: Callable[[str, str], list[dict[str, Any]]],
) -> None:
    drawn = "document.querySelectorAll('#figure .js-plotly-plot .trace').length > 3"
    whole = [tick for tick in ticks_of("/pair", drawn) if not tick["seen"]]
    assert [tick["view"]["y"] for tick in whole] == ["", "sim:YUSDT"]


def test_the_monitor_asks_once_for_everything(ticks_of: Callable[[str, str], list[dict[str, Any]]]) -> None:
    shown = "document.querySelector('#badge')?.textContent !== undefined"
    assert len([tick for tick in ticks_of("/", shown) if not tick["seen"]]) == 1
