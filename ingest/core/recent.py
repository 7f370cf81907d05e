"""The last ticks of one instrument, packed, so that a late tick can be put into its bar in its place."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from operator import itemgetter
from struct import Struct
from typing import NamedTuple

import numpy as np

from ingest.core.events import TickFields
from store.ticks import TICK_DTYPE, parse_ticks

_TICK = Struct("<qddqqB")
_ID = itemgetter(0)
_BLOCK_TICKS = 512
_BLOCK_BYTES = _BLOCK_TICKS * _TICK.size


class _Block(NamedTuple):
    packed: bytes
    oldest_ms: int
    newest_ms: int


class RecentTicks:
    """At least the last `capacity` ticks, in the order they were folded in.

    They are kept in blocks of a fixed number of ticks and forgotten block by block, so that what is
    still known depends on the ticks alone and not on the batches that they came in.
    """

    __slots__ = ("_blocks", "_tail", "known_from_ms")

    def __init__(self, *, capacity: int, known_from_ms: int = 0) -> None:
        """`known_from_ms`: all ticks at or after this time are here."""
        self._blocks: deque[_Block] = deque(maxlen=max(1, -(-capacity // _BLOCK_TICKS)))
        self._tail = bytearray()
        self.known_from_ms = known_from_ms

    def append(self, packed: bytes) -> None:
        """Add ticks as `store.ticks.encode_ticks` packs them."""
        tail = self._tail
        tail += packed
        if len(tail) < _BLOCK_BYTES:
            return
        whole = len(tail) - len(tail) % _BLOCK_BYTES
        for start in range(0, whole, _BLOCK_BYTES):
            self._push(bytes(tail[start : start + _BLOCK_BYTES]))
        del tail[:whole]

    def between(self, start_ms: int, end_ms: int) -> list[TickFields]:
        """Ticks of the times [start_ms, end_ms), in trade-id order; those without ids in the order they came."""
        parts = [b.packed for b in self._blocks if b.newest_ms >= start_ms and b.oldest_ms < end_ms]
        parts.append(bytes(self._tail))
        found: Iterable[TickFields] = _TICK.iter_unpack(b"".join(parts))
        return sorted((tick for tick in found if start_ms <= tick[3] < end_ms), key=_ID)

    def _push(self, packed: bytes) -> None:
        times = np.frombuffer(packed, dtype=TICK_DTYPE)["time_ms"]
        if len(self._blocks) == self._blocks.maxlen:
            self.known_from_ms = max(self.known_from_ms, self._blocks[0].newest_ms + 1)
        self._blocks.append(_Block(packed, int(times.min()), int(times.max())))


def remember(packed: bytes, *, capacity: int, known_from_ms: int) -> RecentTicks:
    """Recent ticks as read back from the store, where some may stand twice."""
    ticks = parse_ticks(packed)
    _, first_seen = np.unique(ticks["trade_id"], return_index=True)
    recent = RecentTicks(capacity=capacity, known_from_ms=known_from_ms)
    recent.append(ticks[np.sort(first_seen)].tobytes())
    return recent
