"""Emptying a venue's part of the store, or that of some instruments: a replay begins from nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
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
        registered: Any = client.hkeys(keys.INSTRUMENTS)
        _unlink(client, venue, lambda _: True)
        client.unlink(keys.feed(venue))
        _forget(client, [name for name in registered if name.startswith(f"{venue}:".encode())])


def clear_instruments(client: Redis, venue: str, names: Sequence[str]) -> None:
    """Delete all that is kept of some instruments of a venue, and of pairs with one; else as `clear_venue`."""
    any_of = b"|".join(re.escape(name.encode()) for name in names)
    ours = re.compile(b"(?:" + any_of + rb")(?![A-Za-z0-9])")
    with store_errors():
        _unlink(client, venue, lambda key: ours.search(key) is not None)
        _forget(client, [name.encode() for name in names])


def _unlink(client: Redis, venue: str, wanted: Callable[[bytes], bool]) -> None:
    found: list[bytes] = []
    for key in client.scan_iter(match=keys.of_venue(venue), count=_PAGE):
        if wanted(key):
            found.append(key)
        if len(found) == _PAGE:
            client.unlink(*found)
            found.clear()
    if found:
        client.unlink(*found)


def _forget(client: Redis, names: Sequence[bytes]) -> None:
    if names:
        client.hdel(keys.INSTRUMENTS, *names)
    renew_epoch(client)
