"""Local times as UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from re import fullmatch
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from engine.uploads.errors import UploadRefused

_SLOT_MS = 900_000  # offsets of today's zones change at whole quarters of an hour
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  (local times have no zone: that is what they are)


class Placed(NamedTuple):
    """UTC ms (n,), and which local times there were none of, or two of: those are no times."""

    utc_ms: NDArray[np.int64]
    skipped: NDArray[np.bool_]
    twice: NDArray[np.bool_]


def parse_zone(name: str) -> tzinfo:
    """A zone by its name (``Europe/Berlin``), or an offset (``+02:00``); raises `UploadRefused`."""
    offset = fullmatch(r"([+-])(\d{2}):?(\d{2})", name)
    if name.upper() in ("UTC", "Z"):
        return UTC
    if offset and int(offset[2]) < 15 and int(offset[3]) < 60:
        span = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return timezone(-span if offset[1] == "-" else span)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise UploadRefused(
            f"there is no time zone {name[:60]!r}: write UTC, a name as Europe/Berlin, or an offset as +02:00"
        ) from None


def place_in_utc(local_ms: NDArray[np.int64], zone: tzinfo) -> Placed:
    """Local times, given as ms as if they were UTC, of a zone."""
    slots, places = np.unique(local_ms // _SLOT_MS, return_inverse=True)
    earlier, later = np.zeros(len(slots), np.int64), np.zeros(len(slots), np.int64)
    for number, slot in enumerate(slots.tolist()):
        local = _EPOCH + timedelta(milliseconds=slot * _SLOT_MS)
        earlier[number] = _offset_ms(local.replace(tzinfo=zone))
        later[number] = _offset_ms(local.replace(tzinfo=zone, fold=1))
    return Placed(
        utc_ms=local_ms - earlier[places],
        skipped=(earlier < later)[places],  # PEP 495: within a gap fold 0 has the offset from before it
        twice=(earlier > later)[places],
    )


def _offset_ms(moment: datetime) -> int:
    return (moment.utcoffset() or timedelta()) // timedelta(milliseconds=1)
