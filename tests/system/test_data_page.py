"""The Data page of a running board: a file is brought, seen, accepted, looked at beside a live instrument, deleted."""

from __future__ import annotations

import csv
import hashlib
import json
import math
import random
from pathlib import Path
from typing import Any

import pytest

from tests.system.conftest import OpenWindow
from tests.system.open_page import OpenPage
from tests.system.running_board import RunningBoard
from tests.system.test_layout import check_layout
from tests.tools.waiting import until

pytestmark = pytest.mark.browser

CELLS = """id => [...document.querySelectorAll(`#${id} tr`)].map((row) => Object.fromEntries(
    [...row.querySelectorAll('td')].map((e) => [e.dataset.dashColumn, e.innerText.trim()])))
    .filter((row) => Object.keys(row).length)"""


def rows(page: OpenPage, table: str) -> list[dict[str, str]]:
    return list(page.look(CELLS, table))


def shown(page: OpenPage, identity: str) -> str:
    return f"(e => e && e.checkVisibility() && !e.hidden)(document.getElementById('{identity}'))"


def bars(board: RunningBoard, count: int) -> list[dict[str, Any]]:
    return list(board.get("/bars/sim:BTCUSDT", timeframe="1m", limit=count)["items"])


def file_beside(board: RunningBoard, path: Path) -> list[dict[str, Any]]:
    """Closes that go with those of a live instrument, as a terminal would export them; two lines are no prices."""
    rng, spread, of = random.Random(4), 0.0, bars(board, 400)
    lines = ["Timestamp,Close"]
    for bar in of:
        spread = 0.7 * spread + rng.gauss(0, 4e-4)
        time = bar["open_time"].removesuffix("Z").replace("T", " ")
        lines.append(f"{time},{bar['close'] ** 0.9 * math.exp(spread):.4f}")
    lines[20:20] = ["not a time,5", f"{time},-3"]
    path.write_text("\n".join(lines) + "\n")
    return of


def choose(page: OpenPage, path: Path) -> None:
    page.page.set_input_files("#bring-file input[type=file]", path)


def download(page: OpenPage, link: str) -> Path:
    with page.page.expect_download() as saved:
        page.page.click(link)
    return Path(saved.value.path())


def test_a_file_is_brought_seen_kept_used_in_a_pair_and_deleted(
    open_page: OpenWindow, board: RunningBoard, tmp_path: Path
) -> None:
    file = tmp_path / "desk quotes.csv"
    of = file_beside(board, file)
    page = open_page("/data")
    choose(page, file)
    page.wait(shown(page, "bring-accept"), "the preview")
    assert "400 bars" in page.text("bring-what")
    assert "2 lines left out" in page.text("bring-report")
    left_out = rows(page, "bring-problems")
    assert [row["line"] for row in left_out] == ["21", "22"]
    head = rows(page, "bring-head")
    assert len(head) == 20
    assert float(head[0]["close"]) == pytest.approx(of[0]["close"] ** 0.9, rel=0.01)

    assert page.look("document.getElementById('bring-accept').disabled"), "its zone is not named yet"
    page.page.fill("#bring-zone", "UTC")
    page.page.click("#bring-again")
    page.wait("!document.getElementById('bring-accept').disabled", "leave to accept it")
    page.page.fill("#bring-name", "DESK")
    page.page.click("#bring-accept")
    page.wait_text("bring-state", "Kept: upload:DESK")
    page.wait_text("uploads", "DESK")
    (kept,) = (row for row in rows(page, "uploads") if row["instrument"] == "DESK")
    assert (kept["kind"], kept["rows"], kept["left_out"], kept["file"]) == ("bars", "400", "2", "desk quotes.csv")
    page.wait_text("data-table", "DESK")

    page.go("/pair/upload:DESK/sim:BTCUSDT?timeframe=1m&window=120&z_window=60")
    page.wait("document.querySelectorAll('#bars td').length > 0", "bars of the pair")
    latest = board.get("/pairs/upload:DESK/sim:BTCUSDT/series", timeframe="1m", window=120, z_window=60)["items"]
    known = [row for row in latest if row["z"] is not None]
    assert len(known) > 100
    assert known[-1]["beta"] == pytest.approx(0.9, abs=0.1)
    assert page.text("kpi-y-note") == "last close", "it has no currency"

    page.go("/data")
    page.wait_text("uploads", "DESK")
    page.page.click("[data-delete-upload=DESK]")
    page.page.click("#uploads-keep")
    assert board.get("/uploads")["items"], "it was asked about, and kept"
    page.page.click("[data-delete-upload=DESK]")
    page.page.click("#uploads-delete")
    page.wait_text("bring-state", "Deleted: upload:DESK")
    assert board.get("/uploads")["items"] == []
    page.wait("!document.getElementById('uploads').innerText.includes('DESK')", "the row gone")
    page.wait("!document.getElementById('data-table').innerText.includes('DESK')", "the instrument gone")


def test_what_is_no_table_of_prices_is_refused_in_words(
    open_any: OpenWindow, board: RunningBoard, tmp_path: Path
) -> None:
    page = open_any(board.url)
    page.go("/data")
    picture = tmp_path / "prices.csv"
    picture.write_bytes(bytes(range(256)) * 40)
    choose(page, picture)
    words = page.wait_other("bring-state", f"Reading {picture.name} …")
    assert words.endswith(".")
    assert not page.look(shown(page, "bring-accept"))
    table = tmp_path / "table.csv"
    table.write_text("time,close\n" + "\n".join(f"2026-11-20 08:{n:02},{100 + n}" for n in range(60)))
    choose(page, table)
    page.wait(shown(page, "bring-again"), "the question for its zone")
    page.page.fill("#bring-zone", "Nowhere/Land")
    page.page.click("#bring-again")
    page.wait_text("bring-state", "Nowhere/Land")
    page.page.fill("#bring-zone", "Asia/Tokyo")
    page.page.click("#bring-again")
    page.wait_text("bring-what", "2026-11-19 23:00:00 UTC")
    large = tmp_path / "large.csv"
    large.write_bytes(b"time,close\n" + b"1,2\n" * 3_000_000)
    choose(page, large)
    page.wait_text("bring-state", "large.csv has 11.4 MB, and at most 10 MB are taken")
    page.wait("document.querySelectorAll('#data-table a').length > 0", "the page goes on")


def test_an_instrument_is_ended_and_followed_again_and_what_is_unknown_refused(
    open_page: OpenWindow, board: RunningBoard
) -> None:
    def followed() -> dict[str, str]:
        return {each["symbol"]: each["state"] for each in board.get("/instruments/followed", venue="sim")["items"]}

    page = open_page("/data")
    button = "document.querySelector('#data-table [data-{}=\"sim:TRXUSDT\"]') !== null"
    page.wait(button.format("unfollow"), "what is followed")
    before = followed()
    page.page.click("#data-table [data-unfollow='sim:TRXUSDT']")
    page.wait(button.format("follow"), "it to be followed again")
    assert set(before) - set(followed()) == {"TRXUSDT"}
    page.page.click("#follow-symbol")
    page.wait("document.querySelectorAll('#follow-symbols option').length > 0", "what there is to choose from")
    listed = set(page.look("[...document.querySelectorAll('#follow-symbols option')].map(e => e.value)"))
    assert listed >= set(before)
    page.page.fill("#follow-symbol", "trxusdt")
    page.page.press("#follow-symbol", "Enter")
    page.wait(button.format("unfollow"), "it in the list")
    until(lambda: followed().get("TRXUSDT") == "following", followed)
    page.page.fill("#follow-symbol", "NOPEUSDT")
    page.page.click("#follow-add")
    page.wait_text("notice", "is not listed there")


def test_a_new_bar_moves_the_statistics_without_a_reload(open_page: OpenWindow) -> None:
    page = open_page("/data?timeframe=1s&span=1h")
    page.mark()
    last = "document.querySelector('#data-table td[data-dash-column=last_bar]')?.innerText"
    before = page.wait(last, "a last bar")
    page.wait(f"was => {last} > was", "a later one", before)
    page.page.click("#data-timeframe label >> text=5m")
    page.wait("location.search === '?timeframe=5m&span=1h'", "the address")
    page.wait_text("data-note", "closed 5m bars")
    page.page.go_back()
    page.wait("location.search === '?timeframe=1s&span=1h'", "the address")
    page.wait_text("data-note", "closed 1s bars")


def has_trades_of_a_minute(board: RunningBoard) -> bool:
    """Whether the last minute was made of trades: those of a board that was just started begin with an open one."""
    return bool(board.get("/bars/sim:BTCUSDT", timeframe="1m", limit=1)["items"][-1]["completeness"] == 1)


@pytest.mark.parametrize(
    ("kind", "column"), [("bars", "close"), ("spread", "z"), ("features", "z"), ("ticks", "price")]
)
def test_what_is_chosen_is_saved_with_its_provenance(
    open_page: OpenWindow, board: RunningBoard, kind: str, column: str
) -> None:
    """The checksum is that of the file as `sha256sum` has it."""
    until(lambda: has_trades_of_a_minute(board), "a minute made of trades", limit_s=120)
    page = open_page("/data")
    page.page.select_option("#take-kind", kind)
    page.page.select_option("#take-span", "1h")
    page.wait("document.getElementById('take-link').search.includes('end=')", "the link")
    saved, about = download(page, "#take-link"), download(page, "#take-about")
    raw, told = saved.read_bytes(), json.loads(about.read_bytes())
    table = list(csv.DictReader(raw.decode().splitlines()))
    assert table
    assert column in table[0]
    assert kind == "ticks" or 50 <= len(table) <= 61
    assert told["rows"] == len(table)
    assert told["sha256"] == hashlib.sha256(raw).hexdigest()


@pytest.mark.parametrize("width", [400, 1280])
def test_nothing_overlaps_and_nothing_scrolls_sideways(open_page: OpenWindow, width: int) -> None:
    page = open_page("/data", width=width)
    page.wait("document.querySelectorAll('#data-table a').length > 0", "the table")
    check_layout(page, width)
    page.page.select_option("#take-kind", "features")
    page.page.select_option("#take-span", "own")
    page.wait(shown(page, "take-to"), "times of one's own")
    check_layout(page, width)


def test_times_of_ones_own_are_read_or_refused(open_page: OpenWindow, board: RunningBoard) -> None:
    page = open_page("/data")
    page.page.select_option("#take-span", "own")
    page.page.fill("#take-from", "yesterday")
    page.page.press("#take-from", "Enter")
    page.wait_text("take-note", "Write times in UTC")
    assert not page.look("document.getElementById('take-link').hasAttribute('href')")
    page.page.fill("#take-from", "2026-11-20 08:30")
    page.page.press("#take-from", "Enter")
    page.wait("document.getElementById('take-link').href.includes('start=2026-11-20T08%3A30%3A00Z')", "the link")
    until(lambda: page.text("take-note") == "", lambda: page.text("take-note"))
