"""Follows the tick streams of a store and writes what it reads into an archive.

What was read waits in memory, a bounded number of ticks, and becomes files every few minutes. Only
then does the cursor move, so that a crash reads the same entries again, into files of the same
names. While the archive cannot be written nothing more is read: the store keeps it meanwhile.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from redis import Redis

from store import keys
from store.archive.archive import Archive, archived
from store.archive.cursor import TickCursor, read_cursor, write_cursor
from store.client import store_errors
from store.epoch import read_epoch
from store.errors import StoreError
from store.instruments import parse_instrument
from store.reader_gaps import ReaderGap, note_reader_gap
from store.ticks import TICK_DTYPE, parse_ticks

FLUSH_EVERY_S = 300.0
MOST_PENDING = 300_000  # ticks of all instruments together: 12 MB
ENTRIES_AT_ONCE = 2_400  # of all streams together, of 4 kB at most

_LOG = logging.getLogger(__name__)


@dataclass
class _Stream:
    """One instrument: where it is archived up to, where it is read up to, and what lies between."""

    written: TickCursor
    read: TickCursor
    part: str = ""
    pending: list[bytes] = field(default_factory=list)


class Follower:
    """Use it from one thread. `now_s` is a monotonic clock."""

    def __init__(
        self, client: Redis, archive: Archive, now_s: Callable[[], float], *, most_pending: int = MOST_PENDING
    ) -> None:
        self._client = client
        self._archive = archive
        self._now_s = now_s
        self._most_pending = most_pending
        self._streams: dict[str, _Stream] = {}
        self._epoch: str | None = None
        self._flushed_s = now_s()
        self._pending = 0

    @property
    def due(self) -> bool:
        """Whether it is time to write files."""
        waited = self._now_s() - self._flushed_s >= FLUSH_EVERY_S
        return self._pending >= self._most_pending or (waited and self._pending > 0)

    @property
    def pending(self) -> int:
        """Ticks that are read and not written yet."""
        return self._pending

    def look(self) -> None:
        """Take up instruments that are new, and a store that was emptied. Raises `StoreUnavailable`."""
        with store_errors():
            raw, registered = read_epoch(self._client), self._client.hkeys(keys.INSTRUMENTS)
        epoch = None if raw is None else raw.decode()
        if epoch != self._epoch:
            self.flush()
            self._streams.clear()
            self._epoch = epoch
        if epoch is None:
            return
        names: Any = registered
        for name in (one.decode() for one in names):
            if name not in self._streams and archived(parse_instrument(name)):
                known = read_cursor(self._archive.files, name) or TickCursor(epoch)
                if known.epoch != epoch:
                    known = TickCursor(epoch, last_id=known.last_id)
                self._streams[name] = _Stream(known, known)

    def read(self) -> int:
        """Read what is new; how many ticks. Raises `StoreUnavailable`."""
        if not self._streams:
            return 0
        names = {keys.ticks(name).encode(): name for name in self._streams}
        places: dict[Any, Any] = {key: self._streams[name].read.entry_id for key, name in names.items()}
        count = max(1, ENTRIES_AT_ONCE // len(places))
        with store_errors():
            answer: Any = self._client.xread(places, count=count)
        return sum(self._take(names[key], entries) for key, entries in answer or ())

    def flush(self) -> None:
        """Write files of all that waits. Raises `ArchiveUnavailable`: what is not written yet waits on."""
        for name, stream in self._streams.items():
            if not stream.pending:
                continue
            ticks = parse_ticks(b"".join(stream.pending))
            self._archive.write(name, ticks, stream.part)
            write_cursor(self._archive.files, name, stream.read)
            stream.written, stream.pending = stream.read, []
            self._pending -= len(ticks)
        self._flushed_s = self._now_s()

    def _take(self, name: str, entries: list[Any]) -> int:
        stream = self._streams[name]
        packed = [fields[keys.FIELD] for _, fields in entries]
        first_ids = parse_ticks(packed[0])["trade_id"]
        if 0 <= stream.read.last_id < int(first_ids[0]) - 1:
            self._look_back(name, stream.read, int(first_ids[0]))
        if not stream.pending:
            stream.part = f"from-{entries[0][0].decode()}-{stream.read.epoch[:8]}"
        stream.pending += packed
        count = sum(map(len, packed)) // TICK_DTYPE.itemsize
        highest = max(int(parse_ticks(one)["trade_id"].max()) for one in packed)
        last_id = max(stream.read.last_id, highest)
        stream.read = replace(stream.read, entry_id=entries[-1][0].decode(), last_id=last_id)
        self._pending += count
        return count

    def _look_back(self, name: str, place: TickCursor, next_id: int) -> None:
        """Ids are missing from the stream. As long as it reaches back to our place they never were in it: that is a gap
        of the feed, which may be filled yet, and stands in its ledger."""
        with store_errors():
            if self._client.xrange(keys.ticks(name), max=place.entry_id, count=1):
                return
        first, last = place.last_id + 1, next_id - 1
        _LOG.warning("%s: the archive has no ids %d to %d: the store does not hold them", name, first, last)
        gap = ReaderGap("archive", name, first, last, time.time_ns() // 1_000_000)
        try:
            note_reader_gap(self._client, gap)
        except StoreError as error:
            _LOG.debug("the gap cannot be written down: %s", error)
