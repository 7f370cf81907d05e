"""An upload's lines as columns of text: CSV with any usual separator, or NDJSON."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import orjson
from numpy.typing import NDArray

from engine.uploads.columns import NAMES, find_columns, wanted_words
from engine.uploads.errors import UploadRefused
from engine.uploads.problems import LineProblem

MAX_ROWS = 500_000
_HEADER_WITHIN = 40  # lines: what stands above a header is a title, or where the file comes from
_SEPARATORS = ",;\t|"
_NO_VALUES = (None, "")


@dataclass(frozen=True, slots=True)
class Cells:
    """A table: what each column means → its texts (n,), the line of each row, lines that are no rows.

    `found` gives the file's own name of each column.
    """

    columns: Mapping[str, Sequence[str]]
    found: Mapping[str, str]
    lines: NDArray[np.int64]
    broken: tuple[LineProblem, ...]


def read_cells(lines: Sequence[str]) -> Cells:
    """Read a table; raises `UploadRefused` for what is none."""
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    filled = sum(1 for line in lines if line.strip())
    if filled > MAX_ROWS + _HEADER_WITHIN:
        raise UploadRefused(f"the file has {filled:,} rows, and {MAX_ROWS:,} are taken: cut it into parts")
    return _ndjson(lines) if lines[first].lstrip().startswith("{") else _csv(lines)


def _ndjson(lines: Sequence[str]) -> Cells:
    rows: list[dict[str, object]] = []
    numbers: list[int] = []
    broken: list[LineProblem] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            broken.append(LineProblem(number, f"is no JSON: {error.msg}", line[:200]))
            continue
        if isinstance(row, dict):
            rows.append(row)
            numbers.append(number)
        else:
            broken.append(LineProblem(number, "is no JSON object", line[:200]))
    names = list(dict.fromkeys(name for row in rows[:100] for name in row))
    places = find_columns(names) if names else None
    if places is None:
        raise UploadRefused(f"its objects lack names: {_lacking(names)}", numbers[0] if numbers else broken[0].line)
    found = {meaning: names[place] for meaning, place in places.items()}
    columns = {meaning: [_text(row.get(name)) for row in rows] for meaning, name in found.items()}
    return Cells(columns, found, np.array(numbers, np.int64), tuple(broken))


def _text(value: object) -> str:
    """A JSON value as text: numbers as the shortest that reads back as the same."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _csv(lines: Sequence[str]) -> Cells:
    place, separator, header, places = _header(lines)
    body = lines[place + 1 :]
    rows = _rows(body, separator)
    width = len(header)
    numbers = np.arange(place + 2, place + 2 + len(body), dtype=np.int64)
    lengths = np.fromiter(map(len, rows), np.int64, len(rows))
    good = lengths == width
    if not good.all():
        blank = np.fromiter((not line.strip() for line in body), np.bool_, len(body))
        broken = tuple(
            LineProblem(int(numbers[n]), f"has not {width} columns as the header", body[n][:200])
            for n in np.flatnonzero(~good & ~blank).tolist()
        )
        rows = [row for row, kept in zip(rows, good.tolist(), strict=True) if kept]
        numbers = numbers[good]
    else:
        broken = ()
    table = list(zip(*rows, strict=True)) if rows else [()] * width
    return Cells(
        {meaning: table[at] for meaning, at in places.items()},
        {meaning: header[at].strip() for meaning, at in places.items()},
        numbers,
        broken,
    )


def _header(lines: Sequence[str]) -> tuple[int, str, list[str], dict[str, int]]:
    for place, line in enumerate(lines[:_HEADER_WITHIN]):
        for separator in sorted(_SEPARATORS, key=line.count, reverse=True)[:1]:
            header = _split(line, separator)
            places = find_columns(header)
            if places is not None:
                return place, separator, header, places
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    raise UploadRefused(f"is no header of a table of prices: {wanted_words()}", first + 1)


def _rows(body: Sequence[str], separator: str) -> list[list[str]]:
    """One row a line, [] for a blank one, and for one that is no CSV."""
    try:
        rows = list(csv.reader(body, delimiter=separator, strict=True))
        if len(rows) == len(body):
            return rows
    except csv.Error:
        pass
    return [_split(line, separator) for line in body]


def _split(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator, strict=True), [])
    except csv.Error:
        return []


def _lacking(names: Sequence[str]) -> str:
    has = f"it has {', '.join(names[:12])}; " if names else ""
    lacking = "; ".join(f"{name} as {', '.join(NAMES[name][:6])}" for name in ("time", "price", "size"))
    return f"{has[:300]}give {lacking}"
