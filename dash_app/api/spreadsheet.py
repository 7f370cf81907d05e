"""Whole tables as CSV and XLSX: raw precision, UTC ISO times, and text that no spreadsheet will run.

CSV has every float to its last bit; XLSX has sixteen significant digits, one more than Excel shows.
"""

from __future__ import annotations

import csv
import io
import math
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from flask import Response

Cell = str | int | float | None
CHUNK_ROWS = 1_000
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def neutral_text(text: str) -> str:
    """Prefix an apostrophe to text that a spreadsheet would take for a formula.

    Leading spaces and controls are looked through, and full-width forms are read as their plain ones.
    """
    visible = unicodedata.normalize("NFKC", text).lstrip()
    if visible[:1] in {"=", "+", "-", "@"} or text[:1] in {"\t", "\r", "\n"}:
        return f"'{text}"
    return text


def _csv_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return neutral_text(cell)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return repr(cell) if math.isfinite(cell) else ""
    return str(cell)


def csv_chunks(
    header: Sequence[str], rows: Iterable[Sequence[Cell]], *, chunk_rows: int = CHUNK_ROWS
) -> Iterator[bytes]:
    """UTF-8 CSV by the thousand rows, so that a long table never stands whole in memory; a wide one by fewer."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([neutral_text(name) for name in header])
    remaining = iter(rows)
    while chunk := list(islice(remaining, chunk_rows)):
        writer.writerows([_csv_cell(cell) for cell in row] for row in chunk)
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue().encode()


def xlsx_bytes(
    sheet: str, header: Sequence[str], rows: Iterable[Sequence[Cell]], about: Iterable[Sequence[Cell]] = ()
) -> bytes:
    """One sheet, written row by row in constant memory; text is stored as text, never as a formula.

    `about` are the rows of a second sheet, ``provenance``, if there are any.
    """
    target = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    import xlsxwriter  # noqa: PLC0415 - two megabytes that only an export needs

    with xlsxwriter.Workbook(target, options) as book:
        page = book.add_worksheet(sheet)
        page.freeze_panes(1, 0)
        page.write_row(0, 0, header, book.add_format({"bold": True}))
        _write_rows(page, 1, rows)
        told = list(about)
        if told:
            second = book.add_worksheet("provenance")
            second.set_column(0, 1, 40)
            _write_rows(second, 0, told)
    return target.getvalue()


def _write_rows(page: Any, first: int, rows: Iterable[Sequence[Cell]]) -> None:
    for number, row in enumerate(rows, start=first):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                page.write_string(number, column, neutral_text(cell))
            elif cell is not None and math.isfinite(cell):
                page.write_number(number, column, cell)


def csv_response(filename: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    return attachment(csv_chunks(header, rows), filename, "text/csv; charset=utf-8")


def xlsx_response(filename: str, sheet: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    return attachment([xlsx_bytes(sheet, header, rows)], filename, XLSX_TYPE)


def attachment(body: Iterable[bytes], filename: str, content_type: str) -> Response:
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in filename)
    headers = {"Content-Disposition": f'attachment; filename="{safe}"'}
    return Response(body, content_type=content_type, headers=headers)
