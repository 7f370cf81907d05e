"""Which symbols of a venue are followed, as the ingestor reads it each second; SQL keeps what analysts chose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from redis import Redis

from store import keys
from store.client import store_errors
from store.errors import CorruptRecord
from store.instruments import VENUES
from store.lease import next_fence

FIRST_SET = 0
FOLLOWABLE = tuple(venue for venue in VENUES if venue not in ("replay", "upload"))
"""Venues with an ingestor that can be told what to follow."""

# The list with the highest version stays; the first set gives way to all, also to another first set.
_WRITE = """
local held = redis.pcall('GET', KEYS[1])
if type(held) == 'string' then
  local sound, list = pcall(cjson.decode, held)
  sound = sound and type(list) == 'table' and type(list['symbols']) == 'table'
  if sound and (tonumber(list['version']) or 0) > tonumber(ARGV[1]) then return 0 end
end
redis.call('SET', KEYS[1], ARGV[2])
return 1
"""


@dataclass(frozen=True, slots=True)
class FollowedList:
    """Symbols in their order. `version` 0 is an ingestor's first set; higher ones, each newer, were chosen."""

    version: int
    symbols: tuple[str, ...]

    @property
    def chosen(self) -> bool:
        return self.version > FIRST_SET


@dataclass(frozen=True, slots=True)
class VenueSymbol:
    """A symbol that a venue lists; `status` is the venue's word, such as TRADING or CANCEL_ONLY."""

    symbol: str
    base: str
    quote: str
    status: str

    @property
    def trading(self) -> bool:
        return self.status == "TRADING"


def read_followed_list(client: Redis, venue: str) -> FollowedList | None:
    """None where nobody has written one. Raises `StoreUnavailable` or `CorruptRecord`."""
    with store_errors():
        raw: Any = client.get(keys.followed(venue))
    return None if raw is None else parse_followed_list(raw)


def write_followed_list(client: Redis, venue: str, followed: FollowedList) -> bool:
    """Write a list unless a newer one is there; whether it was written. Raises `StoreUnavailable`."""
    raw = orjson.dumps({"version": followed.version, "symbols": followed.symbols})
    with store_errors():
        return bool(client.eval(_WRITE, 1, keys.followed(venue), str(followed.version), raw))


def next_version(client: Redis, venue: str) -> int:
    """A version higher than all before it, also where the store lost them.

    To be drawn before the list is read from SQL: then the highest version has all that was decided before it.
    """
    return next_fence(client, keys.followed_version(venue))


def parse_followed_list(raw: bytes) -> FollowedList:
    """Raises `CorruptRecord`."""
    try:
        fields = orjson.loads(raw)
        return FollowedList(int(fields["version"]), tuple(map(str, fields["symbols"])))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise CorruptRecord(f"not a list of followed symbols: {error!r}") from error


def write_venue_symbols(client: Redis, venue: str, symbols: Iterable[VenueSymbol], written_ms: int) -> None:
    """Make known what a venue lists. Raises `StoreUnavailable`."""
    rows = [(each.symbol, each.base, each.quote, each.status) for each in symbols]
    with store_errors():
        client.set(keys.symbols(venue), orjson.dumps({"written_ms": written_ms, "symbols": rows}))


def read_venue_symbols(client: Redis, venue: str) -> tuple[VenueSymbol, ...]:
    """What a venue lists, in its own order; empty where no ingestor has told. Raises `StoreUnavailable`."""
    with store_errors():
        raw: Any = client.get(keys.symbols(venue))
    if raw is None:
        return ()
    try:
        return tuple(VenueSymbol(*row) for row in orjson.loads(raw)["symbols"])
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise CorruptRecord(f"not the symbols of a venue: {error!r}") from error
