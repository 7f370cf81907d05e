"""The store's epoch: a random word that changes whenever the store was emptied or refilled."""

from __future__ import annotations

from secrets import token_hex

from redis import Redis

from store import keys


def ensure_epoch(client: Redis) -> bytes:
    """The epoch, set now where the store has none. Called by the ingestor before it writes."""
    client.set(keys.EPOCH, token_hex(8), nx=True)
    return read_epoch(client) or b""


def read_epoch(client: Redis) -> bytes | None:
    """The epoch, None in an empty store."""
    epoch = client.get(keys.EPOCH)
    return epoch.encode() if isinstance(epoch, str) else epoch


def renew_epoch(client: Redis) -> bytes:
    """Begin a new epoch: readers drop what they hold and load again."""
    epoch = token_hex(8).encode()
    client.set(keys.EPOCH, epoch)
    return epoch
