"""What a reader of a stream missed because the stream was trimmed before it came: XREAD passes over that in silence."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import orjson
from redis import Redis

from store import keys
from store.client import store_errors
from store.errors import CorruptRecord

KEPT = 200
"""Of all readers and instruments together, the newest."""


@dataclass(frozen=True, slots=True)
class ReaderGap:
    """`first` to `last`, both included, are absent from what the reader keeps.

    They are trade ids for the archive, and open times of minutes (UTC ms) for the history. `noticed_ms` is UTC.
    """

    reader: Literal["archive", "history"]
    instrument: str
    first: int
    last: int
    noticed_ms: int


def note_reader_gap(client: Redis, gap: ReaderGap) -> None:
    """Write it down for whoever wants to know. Raises `StoreUnavailable`."""
    with store_errors(), client.pipeline(transaction=False) as pipe:
        pipe.rpush(keys.READER_GAPS, orjson.dumps(asdict(gap)))
        pipe.ltrim(keys.READER_GAPS, -KEPT, -1)
        pipe.execute()


def read_reader_gaps(client: Redis) -> tuple[ReaderGap, ...]:
    """All that are kept, the oldest first. Raises `StoreUnavailable` or `CorruptRecord`."""
    with store_errors():
        raws: Any = client.lrange(keys.READER_GAPS, 0, -1)
    return tuple(map(_parse, raws))


def _parse(raw: bytes) -> ReaderGap:
    try:
        return ReaderGap(**orjson.loads(raw))
    except (orjson.JSONDecodeError, TypeError) as error:
        raise CorruptRecord(f"not a reader's gap: {error}") from error
