"""Which symbols a venue's ingestors are to follow: what analysts chose, else what they were started with."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from redis import Redis

from ingest.shard import Shard
from store.errors import CorruptRecord, StoreError
from store.followed import FIRST_SET, FollowedList, read_followed_list, write_followed_list

CHOSEN_BEFORE = FIRST_SET + 1
"""The version of a list read from SQL: older than whatever is chosen from now on."""

log = logging.getLogger(__name__)


class Roll:
    """The list of one venue, of which each ingestor takes the symbols of its part. Use it from one thread.

    What is known stays when the store does not answer or has lost it. `first` is the whole set to begin with.
    """

    def __init__(self, client: Redis, venue: str, shard: Shard, *, database_url: str | None = None) -> None:
        self._client = client
        self._venue = venue
        self._shard = shard
        self._database_url = database_url
        self._take(FollowedList(FIRST_SET, ()))

    @property
    def chosen(self) -> bool:
        """Whether analysts chose the list."""
        return self._list.chosen

    @property
    def symbols(self) -> tuple[str, ...]:
        """All of the venue, in their order."""
        return self._list.symbols

    @property
    def own(self) -> Mapping[str, int]:
        """Those of our part, with their places in the whole list."""
        return self._own

    def recall(self) -> None:
        """At start: what was chosen, from the store, or from SQL where the store lost it or was never told."""
        self.look()
        if not self.chosen and self._database_url is not None and self._unknown():
            symbols = _chosen_in_sql(self._database_url, self._venue)
            if symbols:
                self._take(FollowedList(CHOSEN_BEFORE, symbols))

    def begin_with(self, symbols: Sequence[str]) -> None:
        """The set that holds until analysts choose."""
        if not self.chosen:
            self._take(FollowedList(FIRST_SET, tuple(symbols)))

    def look(self) -> bool:
        """Read the list again; whether there is another one."""
        try:
            found = read_followed_list(self._client, self._venue)
        except StoreError as error:
            log.debug("%s: the list of followed symbols: %s", self._venue, error)
            return False
        if found is None or not found.chosen or found == self._list or found.version < self._list.version:
            return False
        self._take(found)
        return True

    def publish(self) -> None:
        """Write what we know, unless something newer is there. Raises `StoreUnavailable`."""
        write_followed_list(self._client, self._venue, self._list)

    def _take(self, followed: FollowedList) -> None:
        self._list = followed
        self._own = {
            symbol: place
            for place, symbol in enumerate(followed.symbols)
            if self._shard.holds(f"{self._venue}:{symbol}")
        }

    def _unknown(self) -> bool:
        """A first set in the store says that nobody has chosen, or the monitor would have restored that."""
        try:
            return read_followed_list(self._client, self._venue) is None
        except CorruptRecord:
            return True
        except StoreError:
            return False


def _chosen_in_sql(address: str, venue: str) -> tuple[str, ...]:
    """Loads SQLAlchemy: only where a database is."""
    from store.sql.database import open_database  # noqa: PLC0415  # 20 MB that most starts need not hold
    from store.sql.followed import read_followed  # noqa: PLC0415

    if address.startswith("sqlite:///") and not Path(address.removeprefix("sqlite:///")).exists():
        return ()  # a board that never ran here; to look would make the file
    try:
        database = open_database(address)
        try:
            with database.read() as connection:
                return tuple(record.symbol for record in read_followed(connection) if record.venue == venue)
        finally:
            database.close()
    except StoreError as error:
        log.warning("%s: what was chosen to be followed cannot be read: %s", venue, error)
        return ()
