"""Times as recordings write them: ISO 8601 with a zone, or Unix times of any unit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from ingest.replay.dirt import Fault, LineFault

MIN_UNIX_S = 1e8  # 1973
_UNITS = ((1e11, 1), (1e14, 10**3), (1e17, 10**6), (1e20, 10**9))  # a Unix time below this has so many a second
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_time_ms(text: str, zone: tzinfo | None = None) -> int:
    """UTC ms of an ISO 8601 time with its zone, or of a Unix time in s, ms, µs or ns; raises `LineFault`.

    A time that names no zone is of `zone`; without one it is refused: taken for UTC it would be hours off wherever
    it was not, and nothing in the recording would show it.
    """
    try:
        number = float(text)
    except ValueError:
        return _iso_ms(text, zone)
    for below, per_second in _UNITS:
        if MIN_UNIX_S <= number < below:
            return int(text) * 1000 // per_second if text.isdecimal() else int(number * 1000 / per_second)
    raise LineFault(Fault.TIME, f"time {text[:80]!r} is not within reach")


def _iso_ms(text: str, zone: tzinfo | None) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise LineFault(Fault.TIME, f"time {text[:80]!r} is not ISO 8601") from None
    if moment.tzinfo is None:
        moment = _in_zone(text, moment, zone)
    since = moment - _EPOCH
    if not MIN_UNIX_S <= since.total_seconds() < _UNITS[0][0]:
        raise LineFault(Fault.TIME, f"time {text[:80]!r} is not within reach")
    return since // timedelta(milliseconds=1)


def _in_zone(text: str, moment: datetime, zone: tzinfo | None) -> datetime:
    """Of the hour that clocks show twice in autumn, the first; the one that they leave out in spring is none."""
    if zone is None:
        what = "write Z at its end if it is UTC, else its offset, as +02:00; or name the zone of all by FILE_ZONE"
        raise LineFault(Fault.ZONE, f"time {text[:80]!r} has no zone: {what}")
    placed = moment.replace(tzinfo=zone)
    if placed.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != moment:
        raise LineFault(Fault.TIME, f"time {text[:80]!r} is left out by the clocks of {zone}")
    return placed
