"""ISO 8601 times that are all written alike, read as columns of digits: a file of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_DAY = "0000-00-00"
_FORMS = {len(form): form for form in (_DAY, f"{_DAY} 00:00", f"{_DAY} 00:00:00")}
_WITH_SECONDS = max(_FORMS)
_ZERO, _NINE = ord("0"), ord("9")
_MILLISECOND = timedelta(milliseconds=1)


class IsoTimes(NamedTuple):
    """Ms (n,) since 1970, local where `offset_ms` is None, and else UTC."""

    ms: NDArray[np.int64]
    offset_ms: int | None


def parse_alike(texts: Sequence[str]) -> IsoTimes | None:
    """Times of one length and one zone; None where they are not, or one is no time: those are for a closer look."""
    length = len(texts[0])
    form = _FORMS.get(min(length, _WITH_SECONDS))
    try:
        cells = np.array(texts, f"S{length}").view(np.uint8).reshape(len(texts), length)
    except (UnicodeEncodeError, ValueError):
        return None
    if form is None or not _has_form(cells[:, : len(form)], form):
        return None
    fraction = _fraction_digits(cells[0, len(form) :])
    end = len(form) + (1 + fraction if fraction else 0)
    if not (cells[:, end:] == cells[0, end:]).all() or not _digits(cells[:, len(form) + 1 : end]).all():
        return None
    offset_ms = _offset_ms(texts[0][end:])
    seconds = _seconds(cells[:, : len(form)])
    if seconds is None or offset_ms is False:
        return None
    thousandths = _number(cells[:, len(form) + 1 : min(end, len(form) + 4)]) * 10 ** max(3 - fraction, 0)
    ms = seconds * 1000 + thousandths
    return IsoTimes(ms if offset_ms is None else ms - offset_ms, offset_ms)


def _has_form(cells: NDArray[np.uint8], form: str) -> bool:
    for place, wanted in enumerate(form):
        column = cells[:, place]
        if wanted == "0":
            fits = _digits(column).all()
        elif wanted == " ":
            fits = ((column == ord(" ")) | (column == ord("T"))).all()
        else:
            fits = (column == ord(wanted)).all()
        if not fits:
            return False
    return True


def _digits(cells: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return (cells >= _ZERO) & (cells <= _NINE)


def _fraction_digits(rest: NDArray[np.uint8]) -> int:
    """Digits behind a point, by the first time's."""
    if not len(rest) or rest[0] != ord("."):
        return 0
    others = np.flatnonzero(~_digits(rest[1:]))
    return int(others[0]) if len(others) else len(rest) - 1


def _offset_ms(suffix: str) -> int | bool | None:
    """What a zone's mark says, None where there is none, False where it is no mark."""
    if not suffix:
        return None
    if suffix in (" UTC", " GMT"):
        return 0
    try:
        moment = datetime.fromisoformat(f"2000-01-01T00:00:00{suffix}")
    except ValueError:
        return False
    offset = moment.utcoffset()
    return False if offset is None or moment.microsecond else offset // _MILLISECOND


def _seconds(cells: NDArray[np.uint8]) -> NDArray[np.int64] | None:
    """Seconds since 1970; None where a date or a time of day does not exist."""
    year, month, day = _number(cells[:, :4]), _number(cells[:, 5:7]), _number(cells[:, 8:10])
    hour, minute, second = (_number(cells[:, place : place + 2]) for place in (11, 14, 17))
    if not (
        ((year >= 1) & (month >= 1) & (month <= 12) & (day >= 1) & (hour < 24) & (minute < 60)) & (second < 60)
    ).all():
        return None
    months = (year - 1970) * 12 + month - 1
    first = months.astype("M8[M]").astype("M8[D]").astype(np.int64)
    following = (months + 1).astype("M8[M]").astype("M8[D]").astype(np.int64)
    if (first + day > following).any():
        return None
    return (first + day - 1) * 86_400 + hour * 3_600 + minute * 60 + second


def _number(digits: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The number that columns of digits are, 0 for no column."""
    value = np.zeros(len(digits), np.int64)
    for column in digits.T:
        value = value * 10 + (column.astype(np.int64) - _ZERO)
    return value
