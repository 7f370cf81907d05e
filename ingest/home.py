"""The store as the ingestor meets it: reached at start, with so much room, and checked for still being the same."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from redis import Redis

from ingest.errors import Stopped, StoreUnreachable
from ingest.symbols import Wait
from store.client import connect_writer, store_errors
from store.epoch import ensure_epoch, read_epoch
from store.errors import StoreUnavailable
from store.retention import Caps, stream_budget_mb, stream_caps

START_LIMIT_S = 3.0
RETRY_S = 0.2


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


def current_epoch(client: Redis) -> bytes | None:
    """The epoch that the store has now, None when it was emptied. Raises `StoreUnavailable`."""
    with store_errors():
        return read_epoch(client)


def own_epoch(client: Redis) -> bytes:
    """The epoch to write in, begun now where the store is empty. Raises `StoreUnavailable`."""
    with store_errors():
        return ensure_epoch(client)


def caps_for(client: Redis, retention_mb: int | None, instruments: int) -> Caps:
    """How much of each stream to keep. Raises `StoreUnavailable`."""
    return stream_caps(stream_budget_mb(client, retention_mb), instruments)
