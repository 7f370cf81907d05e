"""Columns of times as milliseconds: ISO 8601 with or without a zone, or Unix times of any unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.uploads.iso_times import parse_alike

MIN_MS, MAX_MS = 0, 4_102_444_800_000  # 1970, 2100
_MIN_UNIX = 10**8  # 1973: below it a number is a date, as 20240718
_UNITS = ((10**11, 1), (10**14, 10**3), (10**17, 10**6), (10**20, 10**9))  # below this so many a second
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_NO_TIME = -1
_MOST_FORMS = 8


@dataclass(frozen=True, slots=True)
class Stamps:
    """Times (n,) in ms: UTC, or local where `naive`. `bad` ones are no times; `zones` counts the offsets written."""

    ms: NDArray[np.int64]
    bad: NDArray[np.bool_]
    naive: NDArray[np.bool_]
    zones: int


class _Read(NamedTuple):
    """Ms and whether without a zone, of some texts, and the offsets that are written in them."""

    ms: NDArray[np.int64]
    naive: NDArray[np.bool_]
    offsets: frozenset[int]


def parse_stamps(texts: Sequence[str]) -> Stamps:
    """Read a column (n,). What is finer than a millisecond is cut off. A Unix time is in the unit of its magnitude."""
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    ms, naive = np.full(len(texts), _NO_TIME), np.zeros(len(texts), np.bool_)
    offsets: set[int] = set()
    forms = np.unique(lengths)
    parts = [np.flatnonzero(lengths == length) for length in forms] if len(forms) <= _MOST_FORMS else []
    for rows in parts or [np.arange(len(texts))]:
        if len(rows):
            read = _parse_part([texts[row] for row in rows.tolist()] if len(rows) < len(texts) else texts)
            ms[rows], naive[rows] = read.ms, read.naive
            offsets |= read.offsets
    return Stamps(ms, (ms < MIN_MS) | (ms >= MAX_MS), naive, len(offsets))


def _parse_part(texts: Sequence[str]) -> _Read:
    """At once where all are written alike, else one by one."""
    length = len(texts[0])
    if 8 < length < 19 and len(texts[-1]) == length and (joined := "".join(texts)).isdecimal() and joined.isascii():
        return _Read(_unix_ms(np.array(list(map(int, texts)), np.int64)), np.zeros(len(texts), np.bool_), frozenset())
    alike = parse_alike(texts)
    if alike is None:
        return _parse_each(texts)
    offsets = frozenset[int]() if alike.offset_ms is None else frozenset({alike.offset_ms})
    return _Read(alike.ms, np.full(len(texts), alike.offset_ms is None), offsets)


def _unix_ms(stamps: NDArray[np.int64]) -> NDArray[np.int64]:
    conditions = [stamps < _MIN_UNIX, *(stamps < below for below, _ in _UNITS)]
    values = [np.full_like(stamps, _NO_TIME), stamps * 1000, stamps, stamps // 1000, stamps // 1_000_000]
    ms: NDArray[np.int64] = np.select(conditions, values, _NO_TIME)
    return ms


def _parse_each(texts: Sequence[str]) -> _Read:
    found: list[int] = []
    naive: list[bool] = []
    offsets: set[int] = set()
    for text in map(str.strip, texts):
        unix = _unix_text_ms(text)
        moment = _moment(text) if unix is None else None
        naive.append(moment is not None and moment.tzinfo is None)
        if moment is None:
            found.append(_NO_TIME if unix is None else unix)
            continue
        offset = moment.utcoffset()
        if offset is not None:
            offsets.add(offset // _MILLISECOND)
        found.append(((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH) // _MILLISECOND)
    return _Read(np.array(found, np.int64), np.array(naive, np.bool_), frozenset(offsets))


def _unix_text_ms(text: str) -> int | None:
    """A Unix time of at least nine digits before its point; None where it is not written as one."""
    number, point, fraction = text.partition(".")
    if not (number.isdecimal() and number.isascii() and 8 < len(number) < 21):
        return None
    if point and not (fraction.isdecimal() and fraction.isascii()):
        return None
    for below, per_second in _UNITS:
        if _MIN_UNIX <= int(number) < below:
            return int(f"{number}{fraction[:3]:0<3}") if per_second == 1 else int(number) * 1000 // per_second
    return _NO_TIME


def _moment(text: str) -> datetime | None:
    written = text.removesuffix(" UTC").removesuffix(" GMT")
    zoned = "+00:00" if len(written) < len(text) else ""
    if written[4:5] in ("/", ".") and written[7:8] == written[4]:
        written = f"{written[:4]}-{written[5:7]}-{written[8:]}"
    try:
        return datetime.fromisoformat(written + zoned)
    except ValueError:
        return None
