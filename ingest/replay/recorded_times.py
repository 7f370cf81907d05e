"""Times as recordings write them: ISO 8601 with a zone, or Unix times of any unit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

MIN_UNIX_S = 1e8  # 1973
_UNITS = ((1e11, 1), (1e14, 10**3), (1e17, 10**6), (1e20, 10**9))  # a Unix time below this has so many a second
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_time_ms(text: str) -> int:
    """UTC ms of an ISO 8601 time with its zone, or of a Unix time in s, ms, µs or ns; raises `ValueError`.

    A time without a zone is refused: taken for UTC it would be hours off wherever it was not, and nothing
    in the recording would show it.
    """
    try:
        number = float(text)
    except ValueError:
        return _iso_ms(text)
    for below, per_second in _UNITS:
        if MIN_UNIX_S <= number < below:
            return int(text) * 1000 // per_second if text.isdecimal() else int(number * 1000 / per_second)
    raise ValueError(f"time {text[:80]!r} is not within reach")


def _iso_ms(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"time {text[:80]!r} is not ISO 8601") from None
    if moment.tzinfo is None:
        raise ValueError(f"time {text[:80]!r} has no zone: write Z at its end if it is UTC, else its offset, as +02:00")
    return (moment - _EPOCH) // timedelta(milliseconds=1)
