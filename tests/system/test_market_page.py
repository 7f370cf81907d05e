"""The Market page of a running board: it comes up clean, goes on by itself, and remembers what was chosen."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.system.conftest import OpenWindow
from tests.system.running_board import RunningBoard
from tests.system.test_exports import save

pytestmark = pytest.mark.browser

SECONDS = "/market/sim:ETHUSDT?timeframe=1s"
PLOT = "document.querySelector('#market-figure .js-plotly-plot')"
DRAWN = f"{PLOT}?.data?.find(t => t.uid === 'candles')?.x?.at(-1)"


def drawn(uid: str) -> str:
    """Whether a line has a value somewhere."""
    return f"{PLOT}?.data?.find(t => t.uid === '{uid}')?.y?.some(v => v !== null)"


def test_a_new_second_appears_in_strip_table_and_chart_without_a_reload(open_page: OpenWindow) -> None:
    market = open_page(SECONDS)
    market.mark()
    newest = "document.querySelector('#bars td[data-dash-column=close_time]')?.innerText"
    first_bar, first_candle = market.wait(newest, "a bar in the table"), market.wait(DRAWN, "a candle")
    market.wait(f"before => {newest} > before", "a newer bar in the table", first_bar)
    market.wait(f"before => {DRAWN} > before", "a newer candle", first_candle)
    price = market.wait_other("kpi-price", "–")
    market.wait_other("kpi-price", price)
    market.wait_other("kpi-as-of", market.text("kpi-as-of"))
    for uid in ("sma", "ema", "vwap", "upper", "lower", "rate", "volume"):
        market.wait(drawn(uid), f"the line {uid}")
    assert "bought less sold" in market.words()
    assert market.text("kpi-flow")[-1] == "%", "the exchange's trades tell their side"
    assert market.stayed


def test_an_indicator_switched_off_and_a_span_chosen_survive_a_reload(open_page: OpenWindow) -> None:
    market = open_page("/market/sim:BTCUSDT")
    market.wait(drawn("sma"), "the average")
    market.page.uncheck("#sma-on")
    market.wait("location.search.includes('sma=off')", "the address")
    market.wait(f"!({drawn('sma')})", "the average gone")
    market.page.fill("#ema", "35")
    market.page.press("#ema", "Enter")
    market.wait("location.search.includes('ema=35')", "the address")
    title = f"{PLOT}?.layout?.annotations?.map(a => a.text).join(' ')"
    market.wait(f"{title}.includes('EMA 35')", "the new span in the title")
    market.reload()
    market.wait(f"({title} ?? '').includes('EMA 35')", "the span after a reload")
    assert not market.page.is_checked("#sma-on")
    assert market.look(f"!({drawn('sma')})")
    assert "SMA" not in market.look(title)


def test_the_bars_are_saved_whole_and_as_the_api_has_them(open_page: OpenWindow, board: RunningBoard) -> None:
    market = open_page("/market/sim:BTCUSDT?timeframe=5m")
    market.wait("document.querySelector('#export-csv')?.href.includes('timeframe=5m')", "the links of this view")
    file = save(market, "#bars-box", "CSV")
    assert file.suggested_filename == "sim-BTCUSDT-5m.csv"
    with Path(file.path()).open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    items = {item["open_time"]: item for item in board.get("/bars/sim:BTCUSDT", timeframe="5m", limit=100_000)["items"]}
    assert len(rows) > 100
    for row in rows:
        item = items[row["open_time"]]
        for name in ("open", "high", "low", "close", "volume", "buy_volume"):
            assert json.loads(row[name] or "null") == item[name]


def test_other_pages_lead_here_and_an_unknown_instrument_leads_on(open_page: OpenWindow) -> None:
    page = open_page("/pair/sim:BTCUSDT/sim:ETHUSDT")
    page.page.click("#kpi-x-label a")
    page.wait("location.pathname === '/market/sim:ETHUSDT'", "the address")
    page.wait(DRAWN, "its candles")
    page.page.click("#nav-monitor")
    page.page.click("#feed-list a >> nth=0")
    page.wait("location.pathname.startsWith('/market/')", "the address")
    page.go("/market/sim:NOPEUSDT")
    page.wait_text("state", "There is no instrument sim:NOPEUSDT here")
    page.page.click("#state a >> text=SOLUSDT")
    page.wait("location.pathname === '/market/sim:SOLUSDT'", "the address")
    page.wait(DRAWN, "its candles")


@pytest.mark.parametrize("width", [400, 1280])
def test_nothing_is_cut_off_at_the_side(open_page: OpenWindow, width: int) -> None:
    market = open_page("/market/sim:BTCUSDT", width=width)
    market.wait(DRAWN, "a candle")
    assert market.look("document.documentElement.scrollWidth <= window.innerWidth")
