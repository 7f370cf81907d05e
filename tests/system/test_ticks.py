"""What a real browser sends at each tick is what the server answers without asking Dash again."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Request

from dash_app.repeated import asked_tick
from tests.system.conftest import OpenWindow

pytestmark = pytest.mark.browser


def _environ(request: Request) -> dict[str, Any]:
    body = request.post_data_buffer or b""
    address = urlsplit(request.url)
    return {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": address.path,
        "QUERY_STRING": address.query,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
    }


@pytest.mark.parametrize("path", ["/", "/alerts", "/pair/sim:BTCUSDT/sim:ETHUSDT", "/market/sim:BTCUSDT"])
def test_every_tick_of_a_browser_is_a_plain_one(open_page: OpenWindow, path: str) -> None:
    page = open_page(path)
    ticks: list[Request] = []
    page.page.on("request", lambda request: ticks.append(request) if "tick.data" in (request.post_data or "") else None)
    page.wait_other("clock", page.text("clock"))
    page.wait_other("clock", page.text("clock"))
    assert ticks
    asked = [asked_tick(_environ(request)) for request in ticks]
    assert None not in asked
    assert {each[0]["page"] for each in asked if each} == {path.split("/")[1] or "monitor"}
