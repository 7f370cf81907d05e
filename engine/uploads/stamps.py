"""Columns of times as milliseconds: ISO 8601 with or without a zone, or Unix times of any unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

MIN_MS, MAX_MS = 0, 4_102_444_800_000  # 1970, 2100
_MIN_UNIX = 10**8  # 1973: below it a number is a date, as 20240718
_UNITS = ((10**11, 1), (10**14, 10**3), (10**17, 10**6), (10**20, 10**9))  # below this so many a second
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_NO_TIME = -1


@dataclass(frozen=True, slots=True)
class Stamps:
    """Times (n,) in ms: UTC, or local where `naive`. `bad` ones are no times; `zones` counts the offsets written."""

    ms: NDArray[np.int64]
    bad: NDArray[np.bool_]
    naive: NDArray[np.bool_]
    zones: int


def parse_stamps(texts: Sequence[str]) -> Stamps:
    """Read a column. What is finer than a millisecond is cut off. A Unix time is in the unit of its magnitude."""
    joined = "".join(texts)
    if joined.isdecimal() and joined.isascii() and min(map(len, texts)) > 8 and max(map(len, texts)) < 19:
        ms = _unix_ms(np.array(list(map(int, texts)), np.int64))
        return Stamps(ms, (ms < MIN_MS) | (ms >= MAX_MS), np.zeros(len(ms), np.bool_), 0)
    return _parse_each(texts)


def _unix_ms(stamps: NDArray[np.int64]) -> NDArray[np.int64]:
    conditions = [stamps < _MIN_UNIX, *(stamps < below for below, _ in _UNITS)]
    values = [np.full_like(stamps, _NO_TIME), stamps * 1000, stamps, stamps // 1000, stamps // 1_000_000]
    ms: NDArray[np.int64] = np.select(conditions, values, _NO_TIME)
    return ms


def _parse_each(texts: Sequence[str]) -> Stamps:
    found: list[int] = []
    naive: list[bool] = []
    zones = set()
    for text in texts:
        unix = _unix_text_ms(text)
        moment = _moment(text) if unix is None else None
        naive.append(moment is not None and moment.tzinfo is None)
        if moment is None:
            found.append(_NO_TIME if unix is None else unix)
            continue
        zones.add(moment.utcoffset())
        found.append(((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH) // _MILLISECOND)
    ms = np.array(found, np.int64)
    return Stamps(ms, (ms < MIN_MS) | (ms >= MAX_MS), np.array(naive, np.bool_), len(zones - {None}))


def _unix_text_ms(text: str) -> int | None:
    """A Unix time of at least nine digits before its point; None where it is not written as one."""
    number, point, fraction = text.strip().partition(".")
    if not (number.isdecimal() and number.isascii() and 8 < len(number) < 21):
        return None
    if point and not (fraction.isdecimal() and fraction.isascii()):
        return None
    for below, per_second in _UNITS:
        if _MIN_UNIX <= int(number) < below:
            digits = f"{number}{fraction[:3]:0<3}" if per_second == 1 else number
            return int(digits) if per_second == 1 else int(number) * 1000 // per_second
    return _NO_TIME


def _moment(text: str) -> datetime | None:
    written = text.strip().removesuffix(" UTC").removesuffix(" GMT")
    zoned = "+00:00" if len(written) < len(text.strip()) else ""
    if written[4:5] in ("/", ".") and written[7:8] == written[4]:
        written = f"{written[:4]}-{written[5:7]}-{written[8:]}"
    try:
        return datetime.fromisoformat(written + zoned)
    except ValueError:
        return None
