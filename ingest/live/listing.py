"""What a venue lists, told to the store at start and each hour, for whoever chooses what to follow."""

from __future__ import annotations

import logging
import time
from threading import Event, Thread

from redis import Redis

from ingest.errors import IngestError
from ingest.live.rest import RestClient
from store.errors import StoreError
from store.followed import VenueSymbol, write_venue_symbols

EVERY_S = 3600.0
RETRY_S = 30.0

log = logging.getLogger(__name__)


class Listing:
    """Asks the venue on a thread of its own, so that nobody waits for it."""

    def __init__(self, client: Redis, venue: str, rest: RestClient, *, every_s: float = EVERY_S) -> None:
        self._client = client
        self._venue = venue
        self._rest = rest
        self._every_s = every_s
        self._stop = Event()
        self._wanted = Event()
        self._thread = Thread(target=self._run, name=f"listing-{venue}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def again(self) -> None:
        """Tell it anew soon: the store may have lost it."""
        self._wanted.set()

    def stop(self) -> None:
        """End soon; a call under way is not waited for."""
        self._stop.set()
        self._wanted.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wanted.clear()
            self._wanted.wait(self._every_s if self._tell() else RETRY_S)

    def _tell(self) -> bool:
        try:
            facts = self._rest.all_symbols()
            listed = [VenueSymbol(each.symbol, each.base, each.quote, each.status) for each in facts.values()]
            write_venue_symbols(self._client, self._venue, listed, time.time_ns() // 1_000_000)
        except (IngestError, StoreError) as error:
            log.debug("%s: what it lists is not known: %s", self._venue, error)
            return False
        return True
