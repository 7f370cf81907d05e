"""The gap ledger: what is missing of an instrument's trades, id by id, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import orjson
from redis import Redis

from store import keys
from store.client import store_errors
from store.errors import CorruptRecord

GapState = Literal["open", "filled", "lost"]
KEPT = 1_000
"""Gaps of one instrument that are kept, the newest."""


@dataclass(frozen=True, slots=True)
class GapRecord:
    """Trade ids `first` to `last` that were absent when later trades had to go on; `missing` of them still are.

    They lie between trades of the times `after_ms` and `before_ms` (UTC; on account of the bars at the latter).
    `noticed_ms` and `changed_ms` are the venue's clock. "open": they may still come; "filled": all came; "lost": the
    venue cannot be asked for them, or does not have them.
    """

    first: int
    last: int
    missing: int
    after_ms: int
    before_ms: int
    noticed_ms: int
    changed_ms: int
    state: GapState = "open"

    @property
    def ids(self) -> int:
        return self.last - self.first + 1

    def found_one(self, clock_ms: int) -> GapRecord:
        """With one id less to miss."""
        missing = self.missing - 1
        return replace(self, missing=missing, changed_ms=clock_ms, state="open" if missing else "filled")

    def given_up(self, clock_ms: int) -> GapRecord:
        return replace(self, changed_ms=clock_ms, state="lost")


def encode_gap(record: GapRecord) -> bytes:
    return orjson.dumps(asdict(record))


def parse_gap(raw: bytes) -> GapRecord:
    """Raises `CorruptRecord`."""
    try:
        return GapRecord(**orjson.loads(raw))
    except (orjson.JSONDecodeError, TypeError) as error:
        raise CorruptRecord(f"not a gap: {error}") from error


def gap_fields(records: Iterable[GapRecord]) -> list[bytes]:
    """Field and value of each record, as they stand in the hash: the field is its first id."""
    return [part for record in records for part in (str(record.first).encode(), encode_gap(record))]


def read_gaps(client: Redis, instrument: str) -> tuple[GapRecord, ...]:
    """All that are kept, the oldest first. Raises `StoreUnavailable` or `CorruptRecord`."""
    with store_errors():
        raws: Any = client.hvals(keys.gaps(instrument))
    return tuple(sorted(map(parse_gap, raws), key=lambda record: (record.before_ms, record.first)))
