"""The store as the ingestor meets it: reached at start, with so much room, and checked for still being the same."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

from redis import Redis

from ingest.errors import Stopped, StoreUnreachable
from ingest.live.symbols import Wait
from ingest.replay.clearing import clear_instruments
from store import keys
from store.catalogue import InstrumentInfo
from store.client import connect_writer, store_errors
from store.epoch import ensure_epoch, read_epoch
from store.errors import StoreUnavailable
from store.retention import Caps, stream_budget_mb, stream_caps
from store.set_aside import aside, set_strangers_aside

START_LIMIT_S = 3.0
RETRY_S = 0.2

log = logging.getLogger(__name__)


def open_store(url: str, wait: Wait) -> Redis:
    """A client of a store that answers; raises `StoreUnreachable` when none does for some seconds,
    or `Stopped`."""
    deadline_s = time.monotonic() + START_LIMIT_S
    while True:
        try:
            client = connect_writer(url)
            with store_errors():
                client.ping()
        except (StoreUnavailable, ValueError) as error:
            if time.monotonic() > deadline_s:
                raise StoreUnreachable(without_secrets(url), error) from error
            if wait(RETRY_S):
                raise Stopped from error
        else:
            return client


def without_secrets(url: str) -> str:
    """An address fit for logs: no user, no password, no query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def is_known(client: Redis, infos: Sequence[InstrumentInfo]) -> bool:
    """Whether the store still has an epoch, and any of these instruments registered: an emptied one has none of them.

    The epoch alone does not tell: another feed may have renewed it. Raises `StoreUnavailable` or `CorruptRecord`.
    """
    with store_errors():
        registered = not infos or any(client.hmget(keys.INSTRUMENTS, [info.id for info in infos]))
        return registered and read_epoch(client) is not None


def clear_the_way(client: Redis, infos: Sequence[InstrumentInfo]) -> None:
    """Make sure that no key of ours holds what is not ours. Raises `StoreUnavailable`."""
    for key, kind in set_strangers_aside(client, [info.id for info in infos]).items():
        log.warning("%s was a %s that is not ours: it is set aside as %s", key, kind, aside(key))


def move_in(client: Redis, venue: str, infos: Sequence[InstrumentInfo]) -> None:
    """Make sure of an epoch, and that nothing stands under the keys of these instruments that lacks its past.

    What an ingestor wrote into a store between its emptying and the moment that it noticed is such.
    Raises `StoreUnavailable`.
    """
    names = [info.id for info in infos]
    if names and not is_known(client, infos):
        clear_instruments(client, venue, names)
    with store_errors():
        ensure_epoch(client)


def caps_for(client: Redis, retention_mb: int | None, instruments: int) -> Caps:
    """How much of each stream to keep. Raises `StoreUnavailable`."""
    return stream_caps(stream_budget_mb(client, retention_mb), instruments)
