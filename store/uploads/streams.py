"""The streams of an uploaded instrument: put in place at once, taken away whole.

What is built stands under names of its own until it is complete; then it takes its place in one
transaction, so that nobody reads half an upload. The instrument becomes known after that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from secrets import token_hex
from typing import Any, NamedTuple

from redis import Redis

from store import keys
from store.catalogue import InstrumentInfo, encode_info
from store.client import store_errors
from store.epoch import ensure_epoch
from store.gap_ledger import GapRecord, gap_fields
from store.grid import Bars
from store.retention import Caps
from store.ticks import TICK_DTYPE
from store.timeframes import Timeframe

VENUE = "upload"
_TICKS_PER_ENTRY = 96  # fits into one node (4 kB) of the server's stream
_AT_ONCE = 250  # entries a round trip: a megabyte of ticks
_BUILT_FOR_S = 600  # what a writer that died left behind goes away by itself
_PAGE = 500


class UploadStreams(NamedTuple):
    """What is to stand in the streams, oldest first; only the newest that the caps allow is written.

    `gaps` is the ledger.
    """

    ticks: Any
    seconds: Bars
    minutes: Bars
    gaps: tuple[GapRecord, ...] = ()


def put_streams(client: Redis, info: InstrumentInfo, upload_id: int, streams: UploadStreams, caps: Caps) -> None:
    """Make an upload known with its streams, in the place of any other of this name. Raises `StoreUnavailable`."""
    name = info.id
    entries = {
        keys.ticks(name): _tick_entries(streams.ticks, caps.ticks),
        keys.bars(name, Timeframe.S1): _bar_entries(streams.seconds, caps.bars_1s),
        keys.bars(name, Timeframe.M1): _bar_entries(streams.minutes, caps.bars_1m),
    }
    mark = token_hex(8)
    with store_errors():
        ensure_epoch(client)
        built = {key: _build(client, f"{key}:{mark}", of_key) for key, of_key in entries.items()}
        _forget_pairs(client, name)
        pipe = client.pipeline(transaction=True)
        for key in (keys.open_bars(name), keys.gaps(name)):
            pipe.unlink(key)
        if streams.gaps:
            pipe.hset(keys.gaps(name), items=gap_fields(streams.gaps))
        for key, there in built.items():
            if there:
                pipe.rename(f"{key}:{mark}", key)
                pipe.persist(key)
            else:
                pipe.unlink(key)
        pipe.execute()
        client.hset(keys.INSTRUMENTS, name, encode_info(info))
        client.hset(keys.UPLOADS, name, str(upload_id))


def drop_streams(client: Redis, name: str) -> None:
    """Take an uploaded instrument away with all that was computed of it. Raises `StoreUnavailable`."""
    with store_errors():
        client.hdel(keys.INSTRUMENTS, name)
        bars = [keys.bars(name, timeframe) for timeframe in (Timeframe.S1, Timeframe.M1)]
        client.unlink(keys.ticks(name), keys.open_bars(name), keys.gaps(name), *bars)
        _forget_pairs(client, name)
        client.hdel(keys.UPLOADS, name)


def read_marks(client: Redis) -> dict[str, int]:
    """The uploads that stand in the store: instrument → id of its row in SQL. Raises `StoreUnavailable`."""
    with store_errors():
        marks: Any = client.hgetall(keys.UPLOADS)
    return {name.decode(): int(upload_id) for name, upload_id in marks.items()}


def _build(client: Redis, key: str, entries: Iterable[bytes]) -> bool:
    """Whether anything was to be written."""
    there, pipe = False, client.pipeline(transaction=False)
    for number, entry in enumerate(entries, start=1):
        pipe.xadd(key, {keys.FIELD: entry})
        if number == 1:
            pipe.expire(key, _BUILT_FOR_S)
            there = True
        if number % _AT_ONCE == 0:
            pipe.execute()
    pipe.execute()
    return there


def _tick_entries(ticks: Any, most: int) -> Iterator[bytes]:
    packed = ticks[-most * _TICKS_PER_ENTRY :].tobytes()
    step = _TICKS_PER_ENTRY * TICK_DTYPE.itemsize
    return (packed[start : start + step] for start in range(0, len(packed), step))


def _bar_entries(bars: Bars, most: int) -> Iterator[bytes]:
    return (bar.tobytes() for bar in bars[-most:])


def _forget_pairs(client: Redis, name: str) -> None:
    """Delete what was computed of pairs with this instrument as a leg: it is of other bars."""
    found: list[bytes] = []
    for key in client.scan_iter(match=keys.of_venue(VENUE), count=_PAGE):
        legs = key.partition(b"{")[2].partition(b"}")[0].split(b"|")[:2]
        if len(legs) == 2 and name.encode() in legs:
            found.append(key)
    if found:
        client.unlink(*found)
