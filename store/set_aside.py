"""Keys of ours that hold another type than we write: they are set aside under another name, for whoever put them there.

A stream or hash of ours can be built again; a stranger's value under its name would stop that for ever.
"""

from __future__ import annotations

from collections.abc import Iterable

from redis import Redis

from store import keys
from store.client import store_errors
from store.timeframes import KEPT

SUFFIX = ":set-aside"
_SHARED = {keys.EPOCH: "string", keys.INSTRUMENTS: "hash", keys.VENUES: "set"}


def set_strangers_aside(client: Redis, instruments: Iterable[str]) -> dict[str, str]:
    """Rename what is in the way of the shared keys and of those of `instruments`; the former names, with their types.

    Raises `StoreUnavailable`.
    """
    wanted = dict(_SHARED)
    for name in instruments:
        wanted |= {keys.ticks(name): "stream", keys.open_bars(name): "hash", keys.gaps(name): "hash"}
        wanted |= dict.fromkeys((keys.bars(name, timeframe) for timeframe in KEPT), "stream")
    with store_errors(), client.pipeline(transaction=False) as pipe:
        for key in wanted:
            pipe.type(key)
        found = [kind.decode() for kind in pipe.execute()]
    strangers = {
        key: kind for (key, right), kind in zip(wanted.items(), found, strict=True) if kind not in (right, "none")
    }
    with store_errors():
        for key in strangers:
            client.rename(key, aside(key))
    return strangers


def aside(key: str) -> str:
    """The name under which it stays; in a Cluster it is on the same server."""
    return key + SUFFIX if "{" in key else f"{{{key}}}{SUFFIX}"
