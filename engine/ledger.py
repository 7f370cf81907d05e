"""The gap ledger of an instrument as the pages see it: read together for all that are in use, parsed once a change."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any
from zlib import crc32

from redis import Redis

from store import keys
from store.client import store_errors
from store.gap_ledger import GapRecord, parse_gap

_BEFORE = attrgetter("before_ms")
_MOST_PARSED = 20_000  # records remembered: more than the ledgers of a dozen instruments hold


@dataclass(frozen=True, slots=True)
class Ledger:
    """`gaps` by the time of the trade after them, the oldest first; another `version`, other gaps."""

    gaps: tuple[GapRecord, ...] = ()
    version: str = "0"

    def since(self, start_ms: int) -> tuple[GapRecord, ...]:
        """Those that end at or after a time."""
        return self.gaps[bisect_left(self.gaps, start_ms, key=_BEFORE) :]


NO_GAPS = Ledger()


class LedgerShelf:
    """Ledgers as they were last read. Not for several threads at once."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._parsed: dict[bytes, GapRecord] = {}
        self._ledgers: dict[str, Ledger] = {}

    def load(self, instruments: Sequence[str]) -> list[Ledger]:
        """In their order, in one round trip; the same object where nothing changed.

        Raises `StoreUnavailable` or `CorruptRecord`.
        """
        with store_errors():
            pipeline = self._client.pipeline(transaction=False)
            for name in instruments:
                pipeline.hvals(keys.gaps(name))
            replies: Any = pipeline.execute()
        if len(self._parsed) > _MOST_PARSED:
            self._parsed.clear()
        return [self._ledger(name, raws) for name, raws in zip(instruments, replies, strict=True)]

    def _ledger(self, name: str, raws: Sequence[bytes]) -> Ledger:
        if not raws:
            return NO_GAPS
        version = f"{crc32(b''.join(sorted(raws))):08x}"
        held = self._ledgers.get(name)
        if held is None or held.version != version:
            gaps = sorted(map(self._record, raws), key=lambda gap: (gap.before_ms, gap.first))
            held = self._ledgers[name] = Ledger(tuple(gaps), version)
        return held

    def _record(self, raw: bytes) -> GapRecord:
        found = self._parsed.get(raw)
        if found is None:
            found = self._parsed[raw] = parse_gap(raw)
        return found
