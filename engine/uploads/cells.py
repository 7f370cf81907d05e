"""An upload's lines as columns of text: CSV with any usual separator, or NDJSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import orjson
from numpy.typing import NDArray

from engine.uploads.columns import NAMES, find_columns, wanted_words
from engine.uploads.errors import UploadRefused
from engine.uploads.problems import LineProblem
from engine.uploads.separated import read_table, split_line

MAX_ROWS = 500_000
_HEADER_WITHIN = 40  # lines: what stands above a header is a title, or where the file comes from
_SEPARATORS = ",;\t|"


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
    if len(lines) > MAX_ROWS + _HEADER_WITHIN:
        raise UploadRefused(f"the file has {len(lines):,} lines, and {MAX_ROWS:,} are taken: cut it into parts")
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
    table = read_table(body, separator, len(header))
    numbers = np.arange(place + 2, place + 2 + len(body), dtype=np.int64)
    what = f"has not {len(header)} values as the header"
    broken = tuple(
        LineProblem(int(numbers[row]), what, body[row][:200])
        for row in np.flatnonzero(~table.good).tolist()
        if body[row].strip()
    )
    return Cells(
        {meaning: table.columns[at] for meaning, at in places.items()},
        {meaning: header[at].strip() for meaning, at in places.items()},
        numbers[table.good],
        broken,
    )


def _header(lines: Sequence[str]) -> tuple[int, str, list[str], dict[str, int]]:
    for place, line in enumerate(lines[:_HEADER_WITHIN]):
        separator = max(_SEPARATORS, key=line.count)
        header = split_line(line, separator)
        places = find_columns(header)
        if places is not None:
            return place, separator, header, places
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    raise UploadRefused(f"is no header of a table of prices: {wanted_words()}", first + 1)


def _lacking(names: Sequence[str]) -> str:
    has = f"it has {', '.join(names[:12])}; " if names else ""
    lacking = "; ".join(f"{name} as {', '.join(NAMES[name][:6])}" for name in ("time", "price", "size"))
    return f"{has[:300]}give {lacking}"
