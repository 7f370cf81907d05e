"""An ingestor's care for its store: how much of the streams it keeps there, and what it says of trouble with it."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from redis import Redis

from ingest.live.home import caps_for
from store.errors import StoreError, StoreUnavailable
from store.feed import FeedState
from store.retention import Caps
from store.room import FULL, SPARE, make_room, read_room, scaled

LOOK_EVERY_S = 5.0
GROW_EVERY_S = 30.0
GROWTH = 1.25
REMEMBERED_S = 600.0  # how long trouble is spoken of

log = logging.getLogger(__name__)


class StoreCare:
    """Use it from one thread. It is kept over new beginnings, so that nothing that it counts is forgotten.

    While the store is full the newest of the streams is kept. What was given up comes back only as new bars come: the
    venue is not asked again.
    """

    def __init__(self, client: Redis, retention_mb: int | None) -> None:
        self._client = client
        self._retention_mb = retention_mb
        self._names: Sequence[str] = ()
        self._sharing = 0
        self._share = 1.0
        self._look_at_s = self._grow_at_s = 0.0
        self._full_until_s = self._dropped_until_s = 0.0
        self._dropped_before = self._dropped = 0
        self._trimmed = 0
        self._failures = 0

    def hold(self, names: Sequence[str], sharing: int) -> Caps:
        """Care for these instruments, of `sharing` that divide the memory; what to keep of each.

        Raises `StoreUnavailable`.
        """
        self._names, self._sharing = names, sharing
        return scaled(self._usual(), self._share)

    def make_room(self) -> Caps:
        """The store is full: give up the oldest; what to keep from now on. Raises `StoreUnavailable`."""
        usual, now_s = self._usual(), time.monotonic()
        trimmed = make_room(self._client, self._names, usual, self._share)
        self._share = trimmed.share
        self._trimmed += trimmed.entries
        self._grow_at_s = now_s + GROW_EVERY_S
        if now_s >= self._full_until_s:
            log.warning("the store is full: %d of the oldest entries of streams were given up", trimmed.entries)
        self._full_until_s = now_s + REMEMBERED_S
        return scaled(usual, self._share)

    def look(self) -> Caps | None:
        """Every few seconds: make room before it is too late, keep more again when there is room; None: as before."""
        now_s = time.monotonic()
        if now_s < self._look_at_s:
            return None
        self._look_at_s = now_s + LOOK_EVERY_S
        try:
            room = read_room(self._client)
            if room.above(FULL):
                return self.make_room()
            if self._share < 1.0 and not room.above(SPARE) and now_s >= self._grow_at_s:
                self._grow_at_s = now_s + GROW_EVERY_S
                self._share = min(1.0, self._share * GROWTH)
                return scaled(self._usual(), self._share)
        except StoreError as error:
            log.debug("the room in the store is not known: %s", error)
        return None

    def failed(self, _error: StoreUnavailable) -> None:
        """An attempt to write failed."""
        self._failures += 1

    def note_dropped(self, frames: int) -> None:
        """How many frames the queue of now has dropped so far; a new queue begins at 0."""
        if frames < self._dropped:
            self._dropped_before += self._dropped
            self._dropped = 0
        if frames > self._dropped:
            self._dropped = frames
            self._dropped_until_s = time.monotonic() + REMEMBERED_S

    def said(self, feed: FeedState) -> FeedState:
        """The state of a feed, with what is to be said of its store."""
        return replace(feed, alarm=self._alarm(), **self.counts)

    @property
    def counts(self) -> dict[str, Any]:
        """As `FeedState` has them."""
        return {
            "dropped_frames": self._dropped_before + self._dropped,
            "store_failures": self._failures,
            "trimmed_entries": self._trimmed,
        }

    def _usual(self) -> Caps:
        return caps_for(self._client, self._retention_mb, self._sharing)

    def _alarm(self) -> str:
        now_s, words = time.monotonic(), []
        if self._share < 1.0 or now_s < self._full_until_s:
            words.append(
                f"the store is full: the newest {self._share:.0%} of the usual past is kept, "
                f"{self._trimmed:,} entries were given up"
            )
        if now_s < self._dropped_until_s:
            count = self._dropped_before + self._dropped
            words.append(f"{count:,} frames were dropped while the store was away: their trades are asked for again")
        return "; ".join(words)
