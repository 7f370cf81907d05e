"""What the page's Export menu saves is what the API says, whole and to the last digit."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Download

from tests.system.conftest import OpenWindow
from tests.system.open_page import OpenPage
from tests.system.running_board import RunningBoard
from tests.tools.waiting import until

pytestmark = pytest.mark.browser

Y, X = "sim:SOLUSDT", "sim:AVAXUSDT"
QUERY = {"timeframe": "1m", "window": "100", "z_window": "50", "method": "kalman", "scale": "log", "field": "close"}
ADDRESS = f"/pair/{Y}/{X}?" + "&".join(f"{name}={value}" for name, value in QUERY.items())


def save(page: OpenPage, menu: str, link: str) -> Download:
    """Open the Export menu of the table that has it, and choose a link."""
    page.page.click(f"{menu} details.sb-export > summary")
    with page.page.expect_download() as saved:
        page.page.click(f"{menu} details.sb-export >> text={link}")
    return saved.value


def saved_with_series(page: OpenPage, board: RunningBoard, link: str) -> tuple[Download, list[dict[str, Any]]]:
    """A saved file and the API's series at the same closed bar."""
    page.wait("document.querySelector('#export-csv')?.href.includes('window=100')", "the links of this view")

    def both() -> tuple[Download, list[dict[str, Any]]] | None:
        before = board.get(f"/pairs/{Y}/{X}/series", **QUERY)
        file = save(page, "#bars-box", link)
        same = board.get(f"/pairs/{Y}/{X}/latest", **QUERY)["as_of"] == before["as_of"]
        return (file, before["items"]) if same else None

    return until(both, "no bar to close while a file is saved") or (None, [])  # type: ignore[return-value]


def check(rows: list[dict[str, Any]], items: list[dict[str, Any]], same: Callable[[Any, Any], bool]) -> None:
    assert len(rows) == len(items) > 500
    for row, item in zip(rows, items, strict=True):
        assert all(same(row[name], value) for name, value in item.items()), (row, item)
    times = [datetime.fromisoformat(row["time"]) for row in rows]
    assert all(row["time"].endswith("Z") for row in rows)
    assert times == sorted(set(times))


def test_the_bars_as_csv(open_page: OpenWindow, board: RunningBoard) -> None:
    file, items = saved_with_series(open_page(ADDRESS), board, "CSV")
    assert file.suggested_filename == "sim-SOLUSDT-sim-AVAXUSDT-1m-kalman-100-50.csv"
    with Path(file.path()).open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))

    def same(cell: str, value: Any) -> bool:
        if value is None:
            return cell == ""
        return float(cell) == value if isinstance(value, (int, float)) else cell == value

    check(rows, items, same)


def test_the_bars_as_a_spreadsheet(open_page: OpenWindow, board: RunningBoard, tmp_path: Path) -> None:
    file, items = saved_with_series(open_page(ADDRESS), board, "Excel")
    file.save_as(tmp_path / "bars.xlsx")
    with (tmp_path / "bars.xlsx").open("rb") as saved:
        head, *cells = load_workbook(saved).active.iter_rows(values_only=True)

    def same(cell: Any, value: Any) -> bool:
        number = isinstance(value, (int, float))
        return bool(abs(cell - value) <= 1e-15 * abs(value)) if number else cell == value

    check([dict(zip(head, row, strict=True)) for row in cells], items, same)


def test_the_watchlist_as_csv(open_page: OpenWindow, board: RunningBoard) -> None:
    page = open_page("/")
    file = save(page, ".sb-toolbar-watch", "CSV")
    with Path(file.path()).open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    watched = [entry["pair"] for entry in board.get("/watchlist")["items"]]
    assert {(row["y"], row["x"], row["window"]) for row in rows} == {
        (p["y"], p["x"], str(p["window"])) for p in watched
    }
    for row in rows:
        if row["timeframe"] == "1m":
            assert datetime.fromisoformat(row["as_of"]).tzinfo is not None
            assert float(row["beta_low"]) < float(row["beta"]) < float(row["beta_high"])
