"""One running board for all tests of a worker; a fresh window for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.system.open_page import OpenPage
from tests.system.running_board import RunningBoard

OpenWindow = Callable[..., OpenPage]


@pytest.fixture(scope="package")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBoard]:
    """The whole board on the simulated exchange, ready; at the end nothing of it may be left.

    Its messages may go to 127.0.0.2, where nothing listens.
    """
    running = RunningBoard(tmp_path_factory.mktemp("board"), ALERT_ALLOWED_NETS="127.0.0.2/32")
    try:
        running.wait_ready()
        yield running
        running.stop()
    finally:
        running.close()


@pytest.fixture
def open_any(chromium: Browser) -> Iterator[OpenWindow]:
    """Opens windows on any board, whatever the browser complains of there."""
    opened: list[OpenPage] = []

    def open_window(url: str, **options: int) -> OpenPage:
        opened.append(OpenPage(chromium, url, **options))
        return opened[-1]

    yield open_window
    for page in opened:
        page.close()


@pytest.fixture
def open_page(board: RunningBoard, open_any: OpenWindow) -> Iterator[OpenWindow]:
    """Opens windows on the board; at the end the browser may have complained of nothing."""
    opened: list[OpenPage] = []

    def open_window(path: str, **options: int) -> OpenPage:
        opened.append(open_any(board.url, **options))
        opened[-1].go(path)
        return opened[-1]

    yield open_window
    assert [complaint for page in opened for complaint in page.complaints] == []
