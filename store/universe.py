"""The universe of a venue: a price a minute of every symbol that it trades, whether followed or not.

An entry of the stream is one minute: which of the symbols known so far had a price in it, and those. The symbols stand
in a list of their own that only grows, so an entry need not name them: its place in the list is a symbol's number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from struct import Struct, error
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from redis import Redis

from store import keys
from store.client import store_errors
from store.errors import CorruptRecord

MINUTE_MS = 60_000
SECONDS = 60
MOST_MINUTES, FEWEST_MINUTES = 10_080, 60
MOST_SYMBOLS = 10_000
_ENTRY_OVERHEAD = 100  # bytes of an entry in the stream besides its own
_HEAD = Struct("<IQH")


class UniverseMinute(NamedTuple):
    """One minute, or a part of one: parts of the same minute add up, the later one's prices before the earlier one's.

    `prices` holds, by symbol, the last price that the venue told in the minute and its turnover of 24 h at that time.
    Bit s of `heard` is set where second s was listened to: a symbol without a price had none only if all are.
    """

    open_time_ms: int
    heard: int
    prices: Mapping[str, tuple[float, float]]


class PackedMinutes(NamedTuple):
    """Entries as they were read, oldest first, the id of the first of them, and the symbols that they count through."""

    symbols: tuple[str, ...]
    entries: tuple[bytes, ...]
    oldest_id: str | None


class Unpacked(NamedTuple):
    """One entry: places of its symbols, with their prices and turnovers."""

    open_time_ms: int
    heard: int
    places: NDArray[np.intp]
    closes: NDArray[np.float64]
    turnovers: NDArray[np.float32]


def encode_minute(minute: UniverseMinute, places: Mapping[str, int]) -> bytes:
    """Pack one minute; `places` gives each known symbol's number, from 0 without a hole."""
    order = sorted(minute.prices, key=places.__getitem__)
    present = np.zeros(len(places), dtype=np.bool_)
    present[[places[symbol] for symbol in order]] = True
    closes = np.array([minute.prices[symbol][0] for symbol in order], dtype="<f8")
    turnovers = np.array([minute.prices[symbol][1] for symbol in order], dtype="<f4")
    head = _HEAD.pack(minute.open_time_ms // 1000, minute.heard, len(places))
    return head + np.packbits(present).tobytes() + closes.tobytes() + turnovers.tobytes()


def parse_minute(packed: bytes) -> Unpacked:
    """Raises `CorruptRecord`."""
    try:
        open_s, heard, known = _HEAD.unpack_from(packed)
        at = _HEAD.size + (known + 7) // 8
        present = np.unpackbits(np.frombuffer(packed[_HEAD.size : at], dtype=np.uint8), count=known)
        places = np.flatnonzero(present)
        end = at + 8 * len(places)
        closes = np.frombuffer(packed[at:end], dtype="<f8")
        turnovers = np.frombuffer(packed[end:], dtype="<f4")
    except (error, ValueError) as problem:
        raise CorruptRecord(f"not a minute of a universe: {problem}") from problem
    if not len(places) == len(closes) == len(turnovers):
        raise CorruptRecord(f"a minute of a universe names {len(places)} symbols and has {len(closes)} prices")
    return Unpacked(open_s * 1000, heard, places, closes, turnovers)


def minutes_kept(universe_bytes: int, entry: bytes) -> int:
    """How many minutes of entries as long as this one there is room for."""
    room = universe_bytes // (len(entry) + _ENTRY_OVERHEAD)
    return min(max(room, FEWEST_MINUTES), MOST_MINUTES)


def read_symbols(client: Redis, venue: str) -> tuple[str, ...]:
    """The symbols known so far, in the order of their numbers; raises `StoreUnavailable`."""
    with store_errors():
        return _texts(client.lrange(keys.universe_symbols(venue), 0, -1))


def read_minutes(client: Redis, venue: str, count: int, *, before: str | None = None) -> PackedMinutes:
    """The newest `count` entries, of those before one if its id is given; raises `StoreUnavailable`."""
    newest = "+" if before is None else f"({before}"
    with store_errors(), client.pipeline(transaction=True) as pipe:
        pipe.xrevrange(keys.universe(venue), max=newest, count=count)
        pipe.lrange(keys.universe_symbols(venue), 0, -1)
        entries, symbols = pipe.execute()
    packed = (fields[keys.FIELD] for _, fields in reversed(entries) if keys.FIELD in fields)
    oldest_id = entries[-1][0].decode() if entries else None
    return PackedMinutes(_texts(symbols), tuple(packed), oldest_id)


def _texts(raws: Any) -> tuple[str, ...]:
    names: Sequence[bytes] = raws
    return tuple(name.decode() for name in names)
