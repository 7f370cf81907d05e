"""Exports are safe for spreadsheets: text that would run is neutralised, numbers stay numbers."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest

from dash_app.api.spreadsheet import csv_chunks, xlsx_bytes

FORMULAS = ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1+1", "\n@x"]


@pytest.mark.parametrize("text", FORMULAS)
def test_text_that_a_spreadsheet_would_run_is_prefixed(text: str) -> None:
    [[cell]] = list(csv.reader(io.StringIO(b"".join(csv_chunks(["h"], [[text]])).decode(), newline="")))[1:]
    assert cell == "'" + text


def test_numbers_and_plain_text_stay_as_they_are() -> None:
    text = b"".join(
        csv_chunks(["a", "b", "c", "d"], [[-1.5, 0.1 + 0.2, None, "BTC/ETH 1m"], [float("nan"), 3, "", "x"]])
    )
    assert text.decode().splitlines() == ["a,b,c,d", "-1.5,0.30000000000000004,,BTC/ETH 1m", ",3,,x"]


def test_a_workbook_has_text_as_text_and_numbers_to_sixteen_digits() -> None:
    book = xlsx_bytes("rows", ["name", "value"], [[text.strip() or "x", 0.1 + 0.2] for text in FORMULAS])
    sheet = openpyxl.load_workbook(io.BytesIO(book)).active
    assert sheet is not None
    for name, value in sheet.iter_rows(min_row=2, values_only=True):
        assert str(name).startswith("'")
        assert value == pytest.approx(0.1 + 0.2, rel=1e-15)
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_a_long_table_comes_in_pieces() -> None:
    pieces = list(csv_chunks(["n"], ([number] for number in range(2_500))))
    assert len(pieces) == 4
    assert b"".join(pieces).decode().splitlines()[-1] == "2499"
