"""What a venue's refusal means, of a REST call or of a connection. Pure; time is an argument."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import orjson

from ingest.errors import Banned, IngestError, RateLimited, RegionRefused, VenueRefused, VenueUnavailable

DEFAULT_RETRY_S = {429: 60.0, 418: 120.0, 403: 60.0}
RESTRICTED, BANNED = 451, 418
TOO_MUCH_WEIGHT, WRONG_CLOCK, TOO_MANY_CONNECTIONS = -1003, -1021, -1034
_LIMITS_S = {TOO_MUCH_WEIGHT: 60.0, TOO_MANY_CONNECTIONS: 300.0}
"""Codes of limits, whatever the status they come with, and how long each limit looks back."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is not what was asked for. `what` names the call, `retry_after` is the header's text."""

    host: str
    what: str
    status: int
    retry_after: str | None
    body: bytes


def refused(refusal: Refusal, now_s: float) -> IngestError:
    """The error to raise: whether to try again, and when. `now_s` is UTC in seconds since the Unix epoch."""
    status = refusal.status
    said = f"{refusal.host} answered HTTP {status} to {refusal.what}"
    code, message = _error_body(refusal.body)
    if status == RESTRICTED:
        return RegionRefused(refusal.host)
    default_s = _LIMITS_S.get(code, DEFAULT_RETRY_S.get(status))
    if default_s is not None:
        seconds = retry_after_s(refusal.retry_after, now_s, default_s)
        return Banned(said, seconds) if status == BANNED else RateLimited(said, seconds)
    if status >= 500:
        return VenueUnavailable(said)
    if code == WRONG_CLOCK:
        message += " (this machine's clock differs from the venue's: set it)"
    return VenueRefused(status, code, message)


def retry_after_s(header: str | None, now_s: float, default_s: float) -> float:
    """Seconds that a ``Retry-After`` header asks for, given as seconds or as an HTTP date."""
    if header is None:
        return default_s
    if header.strip().isdecimal():
        return float(header)
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - now_s)
    except ValueError:
        return default_s


def _error_body(body: bytes) -> tuple[int, str]:
    try:
        answer = orjson.loads(body)
        return int(answer.get("code", 0)), str(answer.get("msg", answer.get("message", "")))[:200]
    except (orjson.JSONDecodeError, AttributeError, TypeError, ValueError):
        return 0, body[:80].decode("utf-8", "replace")
