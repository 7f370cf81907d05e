"""In-process mirrors of bar streams: a refresh costs what changed, not what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from redis import Redis

from store import keys
from store.bars import parse_bars
from store.client import store_errors
from store.derive import derive_bars
from store.grid import BarGrid, Bars
from store.timeframes import Timeframe

_PAGE = 1_000  # entries a read: the server is busy for a millisecond, and what we hold of a reply stays small


_Reply = list[tuple[bytes, dict[bytes, bytes]]]
"""Entries of a bar stream as redis-py returns them: id and fields."""


class _News(NamedTuple):
    """What a refresh read: bars in the order of the stream, to add or to begin anew with."""

    bars: Bars
    cursor: bytes | None
    epoch: bytes | None
    anew: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What a refresh did. `first_ms` is the open time of the earliest slot that changed, None where
    nothing did; on `reset` the buffer was loaded anew and nothing of before holds."""

    first_ms: int | None
    reset: bool


class RollingBuffer:
    """The last `capacity` closed bars of one instrument, from its stream or derived from its minutes.

    Slots without a bar are there too, with NaN prices (`store.grid.absent_bars`). Not safe for use
    by several threads at once.
    """

    def __init__(self, client: Redis, instrument: str, timeframe: Timeframe, *, capacity: int) -> None:
        self.client = client
        self.instrument = instrument
        self.timeframe = timeframe
        self.key = keys.bars(instrument, timeframe.kept_as)
        ratio = timeframe.ms // timeframe.kept_as.ms
        self._kept = BarGrid(timeframe.kept_as, (capacity + 1) * ratio if ratio > 1 else capacity)
        self._shown = BarGrid(timeframe, capacity) if ratio > 1 else self._kept
        self._cursor: bytes | None = None
        self._epoch: bytes | None = None

    @property
    def bars(self) -> Bars:
        """Read-only `PACKED_BAR` slots on the regular grid, oldest first; the next refresh writes through."""
        return self._shown.bars

    @property
    def first_ms(self) -> int | None:
        """Open time of the oldest slot, None when empty."""
        return self._shown.first * self.timeframe.ms if len(self) else None

    @property
    def last_ms(self) -> int | None:
        """Open time of the newest slot, None when empty."""
        return (self._shown.end - 1) * self.timeframe.ms if len(self) else None

    def __len__(self) -> int:
        return self._shown.end - self._shown.first

    def refresh(self) -> Change:
        """Read what is new; raise `store.errors.StoreUnavailable` and keep what is held if that fails."""
        return refresh_all([self])[0]

    def _ask(self, pipeline: Any) -> None:
        """Queue the read of what is new, the last entry known included: if it is gone, so may others be."""
        if self._cursor is None:
            pipeline.xrevrange(self.key, count=self._page)
        else:
            pipeline.xrange(self.key, min=self._cursor, count=_PAGE)

    def _read(self, reply: _Reply, epoch: bytes | None) -> _News:
        """All that the store has for this buffer; nothing is changed yet, so it may fail."""
        if self._cursor is None:
            return self._read_back(reply, epoch)
        follows = bool(reply) and reply[0][0] == self._cursor and len(reply) < _PAGE
        if epoch != self._epoch or not follows:
            newest_first: Any = self.client.xrevrange(self.key, count=self._page)
            return self._read_back(newest_first, epoch)
        return _News(_parse(reply[1:]), reply[-1][0], epoch, anew=False)

    def _read_back(self, newest_first: _Reply, epoch: bytes | None) -> _News:
        """Read backwards until there are bars for the whole grid, or the stream begins."""
        reply, cursor = newest_first, newest_first[0][0] if newest_first else None
        bars = _parse(reply[::-1])
        while len(reply) == self._page and not self._filled_by(bars):
            older: Any = self.client.xrevrange(self.key, max=b"(" + reply[-1][0], count=self._page)
            reply, bars = older, np.concatenate([_parse(older[::-1]), bars])
        return _News(bars, cursor, epoch, anew=True)

    @property
    def _page(self) -> int:
        return min(self._kept.capacity, _PAGE)

    def _filled_by(self, bars: Bars) -> bool:
        times = np.unique(bars["open_time_s"]).astype(np.int64)
        span_s = self._kept.capacity * self._kept.timeframe.ms // 1000
        return int((times > times[-1] - span_s).sum()) >= self._kept.capacity

    def _apply(self, news: _News) -> Change:
        reset = news.anew and (len(self) > 0 or len(news.bars) > 0)
        if news.anew:
            self._kept.clear()
            self._shown.clear()
        self._cursor, self._epoch = news.cursor, news.epoch
        first = self._kept.put(news.bars)
        if first is not None and self._shown is not self._kept:
            first = self._derive(first)
        return Change(None if first is None else first * self.timeframe.ms, reset)

    def _derive(self, first_minute: int) -> int | None:
        ratio = self.timeframe.ms // self._kept.timeframe.ms
        start = max(first_minute // ratio * ratio - self._kept.first, 0)
        return self._shown.put(derive_bars(self._kept.bars[start:], self.timeframe))


def refresh_all(buffers: Sequence[RollingBuffer]) -> list[Change]:
    """Refresh buffers of one client in one round trip; what each of them found, in their order.

    Raises `store.errors.StoreUnavailable`; the buffers then keep what they hold.
    """
    if not buffers:
        return []
    with store_errors():
        pipeline = buffers[0].client.pipeline(transaction=False)
        pipeline.get(keys.EPOCH)
        for buffer in buffers:
            buffer._ask(pipeline)
        epoch, *replies = pipeline.execute()
        news = [buffer._read(reply, epoch) for buffer, reply in zip(buffers, replies, strict=True)]
    return [buffer._apply(new) for buffer, new in zip(buffers, news, strict=True)]


def _parse(reply: _Reply) -> Bars:
    return parse_bars([fields[keys.FIELD] for _, fields in reply])
