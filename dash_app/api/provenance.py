"""Where an exported table comes from: enough to make it again, and to see whether it is still the same."""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import version
from typing import Any

import orjson

from dash_app.api.exported import Exported
from dash_app.api.spreadsheet import Cell, csv_chunks
from dash_app.api.times import iso_utc
from engine.board import Board
from engine.version import VERSION

SHA_OF = "the rows as CSV, as the .csv of this table has them: UTF-8, header first, lines that end in CR LF"
_LIBRARIES = ("numpy", "xlsxwriter", "pyarrow")


def provenance(board: Board, table: Exported) -> dict[str, Any]:
    """What is to be known of a table; reads all its rows once."""
    first, last = table.first_ms, table.last_ms
    return {
        "kind": table.kind,
        "instruments": list(table.instruments),
        "parameters": dict(table.parameters),
        "first": None if first is None else iso_utc(first),
        "last": None if last is None else iso_utc(last),
        "rows": table.count,
        "columns": list(table.columns),
        "absent_bars": _absent(table),
        "gaps": [_gaps(board, name, first, last) for name in table.instruments],
        "uploads": _uploads(board, table),
        "made": iso_utc(board.clock_ms()),
        "versions": {
            "spreadboard": VERSION,
            "python": platform.python_version(),
            **{name: version(name) for name in _LIBRARIES},
        },
        "sha256": sha256_of(table),
        "sha256_of": SHA_OF,
    }


def sha256_of(table: Exported) -> str:
    digest = hashlib.sha256()
    for chunk in csv_chunks(table.columns, table.rows()):
        digest.update(chunk)
    return digest.hexdigest()


def provenance_rows(told: dict[str, Any]) -> list[list[Cell]]:
    """For a sheet: a name and a value each, what is itself a table as JSON."""
    return [
        [name, value if isinstance(value, int | str) else orjson.dumps(value).decode()] for name, value in told.items()
    ]


def _absent(table: Exported) -> int | None:
    """Bars that lack between the first and the last row; None where rows are on no grid."""
    if table.bar_ms is None:
        return None
    if table.first_ms is None or table.last_ms is None:
        return 0
    return (table.last_ms - table.first_ms) // table.bar_ms + 1 - table.count


def _gaps(board: Board, instrument: str, first_ms: int | None, last_ms: int | None) -> dict[str, Any]:
    """Of the ledger: those that lie within the rows, at least in part."""
    found = [
        gap
        for gap in board.reader.gaps(instrument)
        if first_ms is not None and last_ms is not None and gap.before_ms >= first_ms and gap.after_ms <= last_ms
    ]
    states = {state: sum(gap.state == state for gap in found) for state in ("open", "lost", "filled")}
    return {"instrument": instrument, "missing_trades": sum(gap.missing for gap in found), **states}


def _uploads(board: Board, table: Exported) -> list[dict[str, Any]]:
    """The files that instruments were uploaded as."""
    names = [name for name in table.instruments if name.startswith("upload:")]
    found = {upload.instrument: upload for upload in board.uploads.all()} if names else {}
    return [
        {"instrument": name, "file_name": found[name].file_name, "sha256": found[name].sha256, "zone": found[name].zone}
        for name in names
        if name in found
    ]
