"""Pages of a running system come up clean and go on by themselves."""

from __future__ import annotations

import pytest

from tests.system.conftest import OpenWindow

pytestmark = pytest.mark.browser

SECONDS = "/pair/sim:BTCUSDT/sim:ETHUSDT?timeframe=1s&window=60&z_window=30"


def test_the_monitor_shows_watched_pairs_and_changes_by_itself(open_page: OpenWindow) -> None:
    monitor = open_page("/")
    monitor.mark()
    monitor.wait("document.querySelectorAll('#watchlist a.sb-pair').length >= 8", "eight watched pairs")
    assert monitor.text("badge") == "SIMULATED"
    monitor.wait_text("connection", "Connected")
    numbers = monitor.look("[...document.querySelectorAll('#watchlist td[data-dash-column=z]')].map(e => e.innerText)")
    assert all(text.strip()[:1] in "+−" for text in numbers)
    prices = "[...document.querySelectorAll('#watchlist td[data-dash-column^=price]')].map(e => e.innerText).join()"
    before = monitor.look(prices)
    monitor.wait_other("clock", monitor.text("clock"))
    monitor.wait_other("feed-as-of", monitor.text("feed-as-of"))
    monitor.wait(f"before => {prices} !== before", "another price", before)
    assert monitor.stayed


def test_the_pair_page_shows_new_prices_between_bars(open_page: OpenWindow) -> None:
    pair = open_page("/pair/sim:BTCUSDT/sim:ETHUSDT")
    pair.mark()
    pair.wait_text("kpi-y-note", "bar open")
    price = pair.wait_other("kpi-y", "–")
    assert 10_000 < float(price.replace(",", "")) < 1_000_000
    later = pair.wait_other("kpi-y", price)
    pair.wait_other("kpi-y", later)
    pair.wait_other("clock", pair.text("clock"))
    assert pair.stayed


def test_a_new_second_appears_in_strip_table_and_chart_without_a_reload(open_page: OpenWindow) -> None:
    pair = open_page(SECONDS)
    pair.mark()
    newest = "document.querySelector('#bars td[data-dash-column=close]')?.innerText"
    drawn = "document.querySelector('#figure .js-plotly-plot')?.data?.[0]?.x?.at(-1)"
    first_bar, first_point = pair.wait(newest, "a bar in the table"), pair.wait(drawn, "a line in the chart")
    as_of = pair.text("kpi-as-of")
    pair.wait(f"before => {newest} > before", "a newer bar in the table", first_bar)
    pair.wait(f"before => {drawn} > before", "a newer point in the chart", first_point)
    pair.wait_other("kpi-as-of", as_of)
    z = pair.wait_other("kpi-z", "–")
    pair.wait_other("kpi-z", z)
    assert pair.stayed


def test_a_row_of_the_monitor_leads_to_its_pair_and_back(open_page: OpenWindow) -> None:
    page = open_page("/")
    link = "document.querySelector('#watchlist a.sb-pair')"
    address = page.wait(f"{link}?.getAttribute('href')", "a watched pair")
    for _ in range(2):
        page.page.click("#watchlist a.sb-pair >> nth=0")
        page.wait("location.pathname.startsWith('/pair/')", "the address")
        page.wait_other("kpi-z", "")
        assert page.look("decodeURIComponent(location.pathname)") == address.partition("?")[0]
        page.page.go_back()
        page.wait("location.pathname === '/'", "the address before")
        address = page.wait(f"{link}?.getAttribute('href')", "the watchlist")
    page.page.click("#nav-alerts")
    page.wait("document.querySelectorAll('#rules td').length > 8", "the rules of watched pairs")


def test_every_asset_comes_from_the_board_itself(open_page: OpenWindow) -> None:
    for path in ("/", SECONDS, "/alerts"):
        page = open_page(path)
        assert len(page.addresses) > 10
        assert [address for address in page.addresses if not address.startswith((f"{page.url}/", "data:"))] == []


def test_the_page_of_the_api_works_without_the_internet(open_page: OpenWindow) -> None:
    page = open_page("/")
    page.page.goto(f"{page.url}/api/v1/docs")
    page.wait("document.body.innerText.includes('/api/v1/pairs/{y}/{x}/latest')", "the calls of the API")


def test_an_address_without_a_page_says_so(open_any: OpenWindow, board: object) -> None:
    page = open_any(board.url)  # type: ignore[attr-defined]
    answer = page.page.goto(f"{page.url}/no/such/page")
    assert answer is not None
    assert answer.status == 404
    page.wait("document.body.innerText.includes('No such page')", "the words")
