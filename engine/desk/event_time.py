"""From which bar on a change holds: by the clock of the feed, so that a replay of the same ticks agrees."""

from __future__ import annotations

from redis import Redis

from store import keys
from store.client import store_errors
from store.errors import StoreError
from store.feed import FeedState, parse_feed
from store.feed_parts import venue_of

FRESH_MS = 10_000  # feeds write every second; one that did not for so long is over
MARGIN_S = 2
_SECOND_MS = 1_000


def next_bar_ms(client: Redis, venue: str | None, now_ms: int) -> int:
    """From which close time on (UTC ms) bars cannot be there yet, by the clock of the venue.

    A change that holds from then on takes effect with the next bar to close, and finds none that was
    already judged. Feeds tell their clock once a second, so it lies `MARGIN_S` of the feed's own
    seconds ahead of what they told. With no venue named: by the furthest clock of the feeds that are
    alive. Where no feed says its time, `now_ms` stands in.
    """
    try:
        with store_errors():
            clocks = _clocks(client, venue)
    except StoreError:
        clocks = []
    soonest = max(clocks, default=now_ms + MARGIN_S * _SECOND_MS)
    return (soonest // _SECOND_MS + 1) * _SECOND_MS


def venue_now_ms(client: Redis, venue: str, now_ms: int) -> int:
    """What the clock of a venue shows (UTC ms), as its feed told it last; `now_ms` where no feed of it is alive."""
    try:
        with store_errors():
            alive = _alive(client, venue)
    except StoreError:
        alive = []
    return max((state.venue_time_ms for state in alive), default=now_ms)


def _clocks(client: Redis, venue: str | None) -> list[int]:
    return [
        state.venue_time_ms + round(MARGIN_S * _SECOND_MS * max(1.0, state.speed)) for state in _alive(client, venue)
    ]


def _alive(client: Redis, venue: str | None) -> list[FeedState]:
    parts = sorted(_text(name) for name in client.smembers(keys.VENUES))
    names = [name for name in parts if venue is None or venue_of(name) == venue]
    raws = client.mget([keys.feed(name) for name in names]) if names else []
    states = [parse_feed(raw) for raw in raws if isinstance(raw, bytes)]
    newest = max((state.written_ms for state in states), default=0)
    return [state for state in states if state.venue_time_ms and state.written_ms > newest - FRESH_MS]


def _text(raw: bytes | str) -> str:
    return raw if isinstance(raw, str) else raw.decode()
