"""From which bar on a change holds: by the clock of the feed, so that a replay of the same ticks agrees."""

from __future__ import annotations

from redis import Redis

from store import keys
from store.client import store_errors
from store.errors import StoreError
from store.feed import parse_feed

FRESH_MS = 10_000  # feeds write every second; one that did not for so long is over
_SECOND_MS = 1_000


def next_bar_ms(client: Redis, venue: str | None, now_ms: int) -> int:
    """The open time (UTC ms) of the first bar that opens after now, by the clock of the venue.

    With no venue named: by the furthest clock of the feeds that are alive. Where no feed says its
    time, `now_ms` stands in.
    """
    try:
        with store_errors():
            clocks = _clocks(client, venue)
    except StoreError:
        clocks = []
    now = max(clocks, default=now_ms)
    return (now // _SECOND_MS + 1) * _SECOND_MS


def _clocks(client: Redis, venue: str | None) -> list[int]:
    venues = [venue] if venue else sorted(_text(name) for name in client.smembers(keys.VENUES))
    raws = client.mget([keys.feed(name) for name in venues]) if venues else []
    states = [parse_feed(raw) for raw in raws if isinstance(raw, bytes)]
    newest = max((state.written_ms for state in states), default=0)
    return [state.venue_time_ms for state in states if state.venue_time_ms and state.written_ms > newest - FRESH_MS]


def _text(raw: bytes | str) -> str:
    return raw if isinstance(raw, str) else raw.decode()
