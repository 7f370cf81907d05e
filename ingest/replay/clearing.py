"""Emptying a venue's part of the store: a replay begins from nothing."""

from __future__ import annotations

from typing import Any

from redis import Redis

from store import keys
from store.client import store_errors
from store.epoch import renew_epoch

_PAGE = 500  # keys a step: the server stays free for others meanwhile


def clear_venue(client: Redis, venue: str) -> None:
    """Delete all that is kept of a venue, and begin a new epoch so that readers drop it too.

    Raises `StoreUnavailable`.
    """
    with store_errors():
        found: list[bytes] = []
        for key in client.scan_iter(match=keys.of_venue(venue), count=_PAGE):
            found.append(key)
            if len(found) == _PAGE:
                client.unlink(*found)
                found.clear()
        client.unlink(keys.feed(venue), *found)
        names: Any = client.hkeys(keys.INSTRUMENTS)
        registered = [name for name in names if name.startswith(f"{venue}:".encode())]
        if registered:
            client.hdel(keys.INSTRUMENTS, *registered)
        renew_epoch(client)
