"""What a real browser asks for when a page comes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Request

from engine.board import Board

pytestmark = pytest.mark.browser
LIMIT_S = 60.0
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def url(board: Board, redis_url: str, tmp_path: Path) -> Iterator[str]:
    """The web process on the board's store and database."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    settings = {
        "HOST": "127.0.0.1",
        "PORT": port,
        "REDIS_URL": redis_url,
        "DATABASE_URL": f"sqlite:///{tmp_path}/pages.sqlite",
    }
    command = (sys.executable, "-m", "gunicorn", "-c", "dash_app/gunicorn_conf.py", "dash_app.wsgi:server")
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings, "WEB_CONCURRENCY": "1"})
    give_up = time.monotonic() + LIMIT_S
    while not _answers(f"http://127.0.0.1:{port}/"):
        assert process.poll() is None
        assert time.monotonic() < give_up
        time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(LIMIT_S)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.ConnectionError:
        return False


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
