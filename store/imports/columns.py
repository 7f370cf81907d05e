"""Lines of a CSV file as columns of numbers, and of what is wrong, the line and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from store.imports.errors import BrokenImport
from store.imports.zipped import Block

T = TypeVar("T")

_LONGEST_FIELD = 32
_MS, _US, _BEYOND = 10**11, 10**14, 10**17  # a Unix time from the first on is in ms, from the second on in µs

Columns = Sequence[NDArray[np.bytes_]]


def parse_block(path: Path, block: Block, widths: Sequence[int], parse: Callable[[Columns], T]) -> T:
    """`parse` of all lines at once.

    `widths` are the numbers of columns that are possible. Raises `BrokenImport` with the first line
    that is wrong: when the block as a whole is, lines are looked at one by one.
    """
    try:
        return _parsed(block.lines, widths, parse)
    except ValueError:
        width = block.lines[0].count(b",") + 1
        for place, line in enumerate(block.lines):
            try:
                _parsed([line], [width] if width in widths else widths, parse)
            except ValueError as error:
                raise BrokenImport(path, block.first_line + place, str(error)) from error
        raise


def _parsed(lines: Sequence[bytes], widths: Sequence[int], parse: Callable[[Columns], T]) -> T:
    rows = [line.strip(b"\r \t").split(b",") for line in lines]
    width = len(rows[0])
    if width not in widths or any(len(row) != width for row in rows):
        raise ValueError(f"has {width} columns, and not {' or '.join(map(str, widths))}")
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    if max(column.dtype.itemsize for column in columns) > _LONGEST_FIELD:
        raise ValueError(f"has a field of more than {_LONGEST_FIELD} characters")
    return parse(columns)


def positive(name: str, column: NDArray[np.bytes_], *, zero: bool = False) -> NDArray[np.float64]:
    """Decimal numbers above 0, or from 0 on; raises `ValueError`."""
    try:
        values = column.astype(np.float64)
    except ValueError:
        raise ValueError(f"{name} {_shown(column)} is no number") from None
    if not (np.isfinite(values) & (values >= 0 if zero else values > 0)).all():
        raise ValueError(f"{name} {_shown(column)} is not a number {'from' if zero else 'above'} 0")
    return values


def whole(name: str, column: NDArray[np.bytes_]) -> NDArray[np.int64]:
    """Whole numbers from 0 on; raises `ValueError`."""
    try:
        values = column.astype(np.int64)
    except (ValueError, OverflowError):
        raise ValueError(f"{name} {_shown(column)} is no whole number") from None
    if (values < 0).any():
        raise ValueError(f"{name} {_shown(column)} is below 0")
    return values


def times_ms(column: NDArray[np.bytes_]) -> NDArray[np.int64]:
    """Unix times in ms or µs, by their magnitude, in ms; raises `ValueError`."""
    stamps = whole("time", column)
    if ((stamps < _MS) | (stamps >= _BEYOND)).any():
        raise ValueError(f"time {_shown(column)} is neither in ms nor in µs")
    return np.where(stamps >= _US, stamps // 1000, stamps)


def flags(name: str, column: NDArray[np.bytes_]) -> NDArray[np.bool_]:
    """``True`` and ``False`` in any case; raises `ValueError`."""
    words = np.char.lower(column)
    if not ((words == b"true") | (words == b"false")).all():
        raise ValueError(f"{name} {_shown(column)} is neither true nor false")
    said: NDArray[np.bool_] = words == b"true"
    return said


def is_microseconds(column: NDArray[np.bytes_]) -> bool:
    """Whether the first time of a column is in µs."""
    return int(column[0]) >= _US


def _shown(column: NDArray[np.bytes_]) -> str:
    """The value, where the column is of one line."""
    return repr(column[0][:40].decode("utf-8", "replace"))
