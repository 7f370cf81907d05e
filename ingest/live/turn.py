"""Whose turn it is to write for a venue: of several ingestors one works and the others stand by."""

from __future__ import annotations

import logging
import time
from secrets import token_hex
from threading import Event, Thread

from redis import Redis

from store import keys
from store.errors import StoreError
from store.lease import Lease, next_fence

RENEW_S = 0.5
LOG_EVERY_S = 60.0

log = logging.getLogger(__name__)


class Turn:
    """A venue's lease, kept by a thread of its own however long the rest takes, with the fence that goes with it.

    A holder that cannot reach the store keeps its turn until it hears that another has it: until then the fence alone
    keeps the two apart.
    """

    def __init__(self, client: Redis, venue: str) -> None:
        self._client = client
        self._venue = venue
        self._lease = Lease(client, keys.ingest_lease(venue), token_hex(8))
        self._lost = Event()
        self._ended = Event()
        self._keeper: Thread | None = None
        self.fence = 0

    @property
    def ours(self) -> bool:
        return not self._lost.is_set()

    def wait(self, stop: Event) -> bool:
        """Return True when the turn is ours, with a new fence, and False when `stop` is set before that."""
        self._end_keeper()
        logged_s = -LOG_EVERY_S
        while not stop.is_set():
            try:
                if self._lease.hold(_now_ms()):
                    self.fence = next_fence(self._client, keys.ingest_fence(self._venue))
                    self._begin_keeper()
                    return True
                reason = "another ingestor writes"
            except StoreError as error:
                reason = str(error)
            if time.monotonic() - logged_s >= LOG_EVERY_S:
                logged_s = time.monotonic()
                log.info("%s: stands by: %s", self._venue, reason)
            stop.wait(RENEW_S)
        return False

    def end(self) -> None:
        """Let go, so that another can take over at once."""
        self._end_keeper()
        try:
            self._lease.release()
        except StoreError as error:
            log.debug("the lease ends by itself: %s", error)

    def _begin_keeper(self) -> None:
        self._lost.clear()
        self._ended.clear()
        self._keeper = Thread(target=self._keep, name=f"lease-{self._venue}", daemon=True)
        self._keeper.start()

    def _end_keeper(self) -> None:
        self._ended.set()
        if self._keeper is not None:
            self._keeper.join()
            self._keeper = None

    def _keep(self) -> None:
        while not self._ended.wait(RENEW_S):
            try:
                if not self._lease.hold(_now_ms()):
                    self._lost.set()
                    return
            except StoreError as error:
                log.debug("%s: the lease cannot be renewed: %s", self._venue, error)


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000
