"""Parameters: page ↔ address ↔ numbers, both ways."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.system.conftest import OpenWindow
from tests.system.open_page import OpenPage
from tests.system.running_board import RunningBoard
from tests.tools.waiting import until

pytestmark = pytest.mark.browser

PAIR = "/pair/sim:LTCUSDT/sim:BCHUSDT"


def query(page: OpenPage) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(urlsplit(page.page.url).query).items()}


def parameters(page: OpenPage) -> dict[str, str]:
    """The address's query without what only the page knows: how much is drawn, and which tab."""
    return {name: value for name, value in query(page).items() if name not in ("show", "tab")}


def controls(page: OpenPage) -> dict[str, Any]:
    """What the page's controls show."""
    script = """() => {
        const value = (id) => document.getElementById(id)?.value;
        const chosen = (id) => document.querySelector(`#${id} input:checked`)?.value;
        return { y: value('leg-y'), x: value('leg-x'), timeframe: chosen('timeframe'), method: value('method'),
                 window: value('window'), z_window: value('z-window'), scale: chosen('scale'), field: chosen('field'),
                 show: value('show'), tab: document.querySelector('[role=tab].sb-on')?.dataset.tab };
    }"""
    return dict(page.look(script))


def number(text: str) -> float:
    return float(text.replace(",", "").replace("−", "-"))


def shows_what_the_api_says(page: OpenPage, board: RunningBoard) -> dict[str, Any]:
    """Wait until strip and API stand at the same bar with the same numbers; the API's answer."""
    y, x = urlsplit(page.page.url).path.split("/")[2:4]
    seen: list[object] = []

    def agrees() -> dict[str, Any] | None:
        page.page.wait_for_timeout(50)  # lets the page work while this process looks
        latest: dict[str, Any] = board.get(f"/pairs/{y}/{x}/latest", **parameters(page))
        shown = {name: page.text(f"kpi-{name}") for name in ("as-of", "z", "beta", "correlation")}
        seen[:] = [shown, latest]
        if latest["z"] is None or latest["as_of"][11:19] != shown.pop("as-of") or "–" in shown.values():
            return None
        digits = {"z": 2, "beta": 3, "correlation": 3}
        return latest if all(abs(number(shown[n]) - latest[n]) < 0.51 * 0.1 ** digits[n] for n in shown) else None

    found = until(agrees, lambda: f"{page.page.url} to agree with the API: {seen}")
    assert found
    return found


def test_changing_a_parameter_changes_address_and_numbers(open_page: OpenWindow, board: RunningBoard) -> None:
    page = open_page(PAIR)
    page.mark()
    first = shows_what_the_api_says(page, board)
    page.page.fill("#window", "90")
    page.page.press("#window", "Enter")
    page.wait("location.search.includes('window=90')", "the window in the address")
    narrower = shows_what_the_api_says(page, board)
    assert narrower["parameters"]["window"] == 90
    assert narrower["beta"] != first["beta"]
    page.page.select_option("#method", "kalman")
    page.wait("location.search.includes('method=kalman')", "the method in the address")
    kalman = shows_what_the_api_says(page, board)
    assert kalman["beta"] != narrower["beta"]
    page.page.click("#timeframe >> text=5m")
    page.wait("location.search.includes('timeframe=5m')", "the timeframe in the address")
    coarser = shows_what_the_api_says(page, board)
    assert coarser["parameters"]["timeframe"] == "5m"
    assert page.stayed


def test_a_reloaded_address_gives_the_same_state(open_page: OpenWindow, board: RunningBoard) -> None:
    page = open_page(f"{PAIR}?timeframe=1m")
    page.page.fill("#z-window", "45")
    page.page.press("#z-window", "Enter")
    page.page.select_option("#method", "tls")
    page.page.click("#scale >> text=raw")
    page.page.select_option("#show", "long")
    page.page.click("#tab-hedge")
    page.wait(
        "['z_window=45', 'method=tls', 'scale=raw', 'show=long', 'tab=hedge'].every(p => location.search.includes(p))",
        "all in the address",
    )
    before, address = controls(page), page.page.url
    shows_what_the_api_says(page, board)
    page.reload()
    shows_what_the_api_says(page, board)
    assert page.page.url == address
    assert controls(page) == before
    assert before["tab"] == "hedge"
    colleague = open_page(address.removeprefix(board.url))
    shows_what_the_api_says(colleague, board)
    assert controls(colleague) == before


def type_window(page: OpenPage, window: str) -> None:
    page.page.fill("#window", window)
    page.page.press("#window", "Enter")
    page.wait("w => location.search.includes('window=' + w)", "the address", window)


def has_window(page: OpenPage, window: str) -> None:
    page.wait("w => document.getElementById('window')?.value === w", f"a window of {window}", window)
    assert query(page)["window"] == window


def test_the_back_button_undoes_a_change_and_forward_redoes_it(open_page: OpenWindow, board: RunningBoard) -> None:
    page = open_page(f"{PAIR}?window=100")
    shows_what_the_api_says(page, board)
    for window in ("80", "60"):
        type_window(page, window)
    for step, window in ((page.page.go_back, "80"), (page.page.go_back, "100"), (page.page.go_forward, "80")):
        step()
        has_window(page, window)


def test_a_slow_browser_goes_back_and_forward_as_it_is_told(open_page: OpenWindow, board: RunningBoard) -> None:
    """The controls of a page that was left come late, and must not overwrite the newer address."""
    page = open_page(f"{PAIR}?window=100")
    shows_what_the_api_says(page, board)
    page.page.context.new_cdp_session(page.page).send("Emulation.setCPUThrottlingRate", {"rate": 6})
    for window in ("80", "60"):
        type_window(page, window)
    for step, window in ((page.page.go_back, "80"), (page.page.go_back, "100"), (page.page.go_forward, "80")):
        step()
        has_window(page, window)


def test_back_undoes_a_change_that_was_made_after_going_back(open_page: OpenWindow, board: RunningBoard) -> None:
    """It leads to the address that the server made the page for: to nothing new, as the server sees it."""
    page = open_page(f"{PAIR}?window=100")
    shows_what_the_api_says(page, board)
    for window in ("80", "60"):
        type_window(page, window)
    page.page.go_back()
    has_window(page, "80")
    type_window(page, "50")
    page.page.go_back()
    has_window(page, "80")
    page.page.go_forward()
    has_window(page, "50")


def test_own_ratio_and_swapped_legs(open_page: OpenWindow, board: RunningBoard) -> None:
    page = open_page(PAIR)
    page.page.select_option("#method", "fixed")
    page.page.fill("#beta", "0.75")
    page.page.press("#beta", "Enter")
    page.wait("location.search.includes('beta=0.75')", "the ratio in the address")
    assert shows_what_the_api_says(page, board)["beta"] == 0.75
    page.page.click("#swap")
    page.wait("location.pathname.startsWith('/pair/sim:BCHUSDT/sim:LTCUSDT')", "the legs swapped in the address")
    shows_what_the_api_says(page, board)
    assert controls(page)["y"] == "sim:BCHUSDT"
