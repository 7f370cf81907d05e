"""What every part of the desk stands on: the database, the clock, and answers kept until something changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from redis import Redis
from sqlalchemy import Connection

from engine.delivery.addresses import Network
from engine.desk.cache import DurableCache
from engine.desk.changes import check_effective_ms
from engine.desk.event_time import next_bar_ms
from store.sql.database import Database

T = TypeVar("T")


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class DeskBase:
    """Reads answer from memory until durable state changes anywhere (`engine.desk.cache`); safe for threads.

    Every method may raise `store.errors.StoreUnavailable` or `store.sql.errors.SchemaOutdated`.
    `clock_ms` gives UTC milliseconds, `alert_allowed_nets` are networks that messages may go to beside public ones,
    `public_url` the board's address in links.
    """

    def __init__(
        self,
        database: Database,
        client: Redis,
        *,
        clock_ms: Callable[[], int] = now_ms,
        alert_allowed_nets: Sequence[Network] = (),
        public_url: str = "",
    ) -> None:
        self.database = database
        self._alert_allowed_nets = alert_allowed_nets
        self._public_url = public_url
        self._client = client
        self._clock_ms = clock_ms
        self._cache = DurableCache(client, time.monotonic)

    @property
    def client(self) -> Redis:
        """The store that is told of changes."""
        return self._client

    def version(self) -> int:
        """A number that moves whenever anything here changed: equal number, nothing to show anew."""
        return self._cache.version()

    def changed(self) -> None:
        """For whoever writes durable state past the desk: readers everywhere drop what they hold."""
        self._cache.changed()

    def _cached(self, key: object, load: Callable[[Connection], T]) -> T:
        def read() -> T:
            with self.database.read() as connection:
                return load(connection)

        return self._cache.get(key, read)

    def _effective_ms(self, venue: str | None, given: int | None) -> int:
        """The open time of the first bar that a change judges: the given one, else the next of the venue."""
        return next_bar_ms(self._client, venue, self._clock_ms()) if given is None else check_effective_ms(given)
