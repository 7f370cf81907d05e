"""Snapshot rows as all processes of a board share them: computed by whoever is first, read by the rest.

The rows of a pair are a stream whose entry ids are ``<generation>-<bar number>``. Redis refuses an id
that is not higher than the last, so a row is written once. A higher generation says that rows from
its first bar on were computed anew, because bars were revised. Entries are applied in order: a row
of a known bar replaces it, and whatever was held of later bars follows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

import numpy as np
from redis import Redis
from redis.exceptions import ResponseError

from engine.parameters import Method, PairParameters
from engine.snapshots.plain_rows import Rows
from store import keys
from store.client import store_errors
from store.errors import CorruptRecord

_PAGE = 1_000  # entries a command: the server is busy for a millisecond, and what we hold of a reply stays small
_LEASE_MS = 2_000  # longer than computing a day of seconds
_KEPT_S = 15 * 60
_KALMAN_KEPT_S = 2 * 24 * 3600  # a path that is lost can only begin anew
_KEPT_BARS = 3  # at least so long, or the rows of hours would be gone with every bar
FIRST_GENERATION = 1

_Entries = list[tuple[bytes, bytes]]
"""Ids of entries, and the rows in them."""


@dataclass(frozen=True, slots=True)
class RowNews:
    """What a read brought: rows in the stream's order, each array of consecutive bars; `generation` of the last.

    `anew`: what was read before need not join these. `end` is the bar number after the last row
    in the stream, None when it is empty.
    """

    runs: tuple[Rows, ...]
    generation: int
    anew: bool
    end: int | None


class RowStream:
    """One pair's shared rows of `dtype`. Not for several threads at once. Methods raise `StoreUnavailable`."""

    def __init__(self, client: Redis, p: PairParameters, dtype: np.dtype[np.void], *, kept: int) -> None:
        self._client = client
        self._key = keys.rows(p.key)
        self._lease = keys.row_lease(p.key)
        self._dtype = dtype
        self._bar_ms = p.timeframe.ms
        self._kept = kept
        lasting_s = _KALMAN_KEPT_S if p.method is Method.KALMAN else _KEPT_S
        self._kept_s = max(lasting_s, _KEPT_BARS * p.timeframe.ms // 1000)
        self._cursor: bytes | None = None
        self._generation = FIRST_GENERATION
        self._end: int | None = None

    def read(self) -> RowNews:
        """What is new since the last read, or, where the stream no longer joins that, the last `kept` rows."""
        try:
            with store_errors():
                entries = self._follow() if self._cursor is not None else None
                anew = entries is None
                if entries is None:
                    entries = self._newest()
        except CorruptRecord:  # a key of another type: rows can be computed again
            self.discard()
            entries, anew = [], True
        if not self._fits(entries):
            self.discard()  # rows of another version of the board
            entries, anew = [], True
        return self._news(entries, anew=anew)

    def ask(self, pipeline: Any) -> bool:
        """Queue a read of what is new among those of other streams; False before the first `read`."""
        if self._cursor is not None:
            pipeline.xrange(self._key, min=self._cursor, count=_PAGE)
        return self._cursor is not None

    def heard(self, page: Any) -> RowNews | None:
        """What the reply to `ask` says; None where only `read` can tell."""
        if not isinstance(page, list) or not page or page[0][0] != self._cursor or len(page) == _PAGE:
            return None
        entries = _rows_of(page[1:])
        return self._news(entries, anew=False) if self._fits(entries) else None

    def _fits(self, entries: _Entries) -> bool:
        return all(len(raw) == self._dtype.itemsize for _, raw in entries)

    def _news(self, entries: _Entries, *, anew: bool) -> RowNews:
        if anew:
            self._cursor, self._generation, self._end = None, FIRST_GENERATION, None
        if entries:
            self._cursor = entries[-1][0]
            self._generation, number = _parse_id(self._cursor)
            self._end = number + 1
        return RowNews(tuple(self._runs(entries)), self._generation, anew, self._end)

    def claim(self) -> bool:
        """Whether this process is the one to compute what comes next; lapses by itself."""
        with store_errors():
            return bool(self._client.set(self._lease, token_hex(4), nx=True, px=_LEASE_MS))

    def release(self) -> None:
        """Give the claim back."""
        with store_errors():
            self._client.delete(self._lease)

    def rewind(self) -> None:
        """Read all again next time."""
        self._cursor = None

    def publish(self, rows: Rows, generation: int, *, release: bool) -> None:
        """Write rows of consecutive bars, and with them give the claim back if we have it.

        Rows that another process wrote meanwhile stay as they are: the next read brings them.
        """
        with store_errors():
            for start in range(0, len(rows), _PAGE):
                pipeline = self._client.pipeline(transaction=True)
                self.queue(pipeline, rows[start : start + _PAGE], generation)
                if release and start + _PAGE >= len(rows):
                    pipeline.delete(self._lease)
                raise_unless_taken(pipeline.execute(raise_on_error=False))

    def queue(self, pipeline: Any, rows: Rows, generation: int) -> None:
        """Queue the writing of some rows of consecutive bars: `raise_unless_taken` judges the replies."""
        raw, size = rows.tobytes(), self._dtype.itemsize
        first = int(rows["open_time_ms"][0]) // self._bar_ms
        for i in range(len(rows)):
            entry: Any = {keys.FIELD: raw[i * size : (i + 1) * size]}
            pipeline.xadd(self._key, entry, id=f"{generation}-{first + i}", maxlen=self._kept, approximate=True)
        pipeline.expire(self._key, self._kept_s)

    def discard(self) -> None:
        """Delete the rows in the store."""
        with store_errors():
            self._client.delete(self._key)

    def _follow(self) -> _Entries | None:
        """The entries after the cursor; None where the cursor's own entry is gone, and so perhaps others."""
        found: _Entries = []
        start = self._cursor
        while True:
            page: Any = self._client.xrange(self._key, min=start or b"-", count=_PAGE)
            if not page or page[0][0] != start:
                return None
            found += _rows_of(page[1:])
            if len(page) < _PAGE:
                return found
            start = page[-1][0]

    def _newest(self) -> _Entries:
        """The last `kept` entries, oldest first."""
        newest_first: _Entries = []
        before = b"+"
        while len(newest_first) < self._kept:
            count = min(_PAGE, self._kept - len(newest_first))
            page: Any = self._client.xrevrange(self._key, max=before, count=count)
            newest_first += _rows_of(page)
            if len(page) < count:
                break
            before = b"(" + page[-1][0]
        return newest_first[::-1]

    def _runs(self, entries: _Entries) -> Iterator[Rows]:
        if not entries:
            return
        ids = [_parse_id(entry_id) for entry_id, _ in entries]
        start = 0
        for i in range(1, len(entries) + 1):
            if i == len(entries) or ids[i] != (ids[i - 1][0], ids[i - 1][1] + 1):
                joined = b"".join(raw for _, raw in entries[start:i])
                yield np.frombuffer(joined, self._dtype)
                start = i


def _rows_of(page: list[tuple[bytes, dict[bytes, bytes]]]) -> _Entries:
    return [(entry_id, fields[keys.FIELD]) for entry_id, fields in page]


def _parse_id(entry_id: bytes) -> tuple[int, int]:
    generation, _, number = entry_id.partition(b"-")
    return int(generation), int(number)


def raise_unless_taken(replies: list[Any]) -> None:
    """An id that is not higher than the last was written by somebody else; any other refusal is trouble."""
    for reply in replies:
        if isinstance(reply, ResponseError) and "equal or smaller" in str(reply):
            continue
        if isinstance(reply, Exception):
            raise reply
