"""Lines of separated values as columns: all at once where nothing is quoted."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Table(NamedTuple):
    """Columns (width, m) of the lines that have so many values, and which lines (n,) those are."""

    columns: Sequence[Sequence[str]]
    good: NDArray[np.bool_]


def read_table(lines: Sequence[str], separator: str, width: int) -> Table:
    """Every line of exactly `width` values; a line that is no CSV has none."""
    if any('"' in line for line in lines):
        return _quoted(lines, separator, width)
    good = np.fromiter((line.count(separator) for line in lines), np.int64, len(lines)) == width - 1
    rows = lines if good.all() else [line for line, fits in zip(lines, good.tolist(), strict=True) if fits]
    values = separator.join(rows).split(separator) if len(rows) else []
    return Table([values[place::width] for place in range(width)], good)


def split_line(line: str, separator: str) -> list[str]:
    """The values of a line, none where it is no CSV."""
    try:
        return next(csv.reader([line], delimiter=separator, strict=True), [])
    except csv.Error:
        return []


def _quoted(lines: Sequence[str], separator: str, width: int) -> Table:
    """Line by line, as a quotation must end where its line does."""
    rows = [split_line(line, separator) for line in lines]
    good = np.fromiter(map(len, rows), np.int64, len(rows)) == width
    kept = [row for row, fits in zip(rows, good.tolist(), strict=True) if fits]
    return Table([[row[place] for row in kept] for place in range(width)], good)
