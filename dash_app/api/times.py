"""Times of the API: ISO 8601 with a zone or epoch milliseconds in, ISO 8601 in UTC out."""

from __future__ import annotations

from datetime import UTC, datetime

from engine.errors import ParameterError

_ALLOWED = "give ISO 8601 with a zone, as 2026-11-21T08:00:00Z, or epoch milliseconds"
_MAX_MS = 253_402_300_799_999  # 9999-12-31


def parse_time_ms(name: str, text: str | None) -> int | None:
    """UTC ms of a time in a URL, None for none; a time without a zone is refused, not guessed."""
    if not text:
        return None
    if text.isascii() and text.isdigit():
        if int(text[:20]) > _MAX_MS:
            raise ParameterError(name, text, _ALLOWED)
        return int(text)
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))  # a bare + in a URL arrives as a space
    except ValueError:
        raise ParameterError(name, text, _ALLOWED) from None
    if moment.tzinfo is None:
        raise ParameterError(name, text, _ALLOWED)
    return int(moment.timestamp() * 1000)


def parse_span_ms(start: str | None, end: str | None) -> tuple[int | None, int | None]:
    """UTC ms of the `start` and `end` of a span, None for none; raise `ParameterError`, too where it ends before."""
    start_ms, end_ms = parse_time_ms("start", start), parse_time_ms("end", end)
    if start_ms is not None and end_ms is not None and end_ms < start_ms:
        raise ParameterError("end", end, "an end is not before its start")
    return start_ms, end_ms


def iso_utc(ms: int) -> str:
    """``2026-11-21T08:00:00Z``, with milliseconds only where there are any."""
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    spec = "milliseconds" if ms % 1000 else "seconds"
    return moment.isoformat(timespec=spec).replace("+00:00", "Z")
