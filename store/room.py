"""Room in a store whose memory is bounded: how full it is, and what is given up of streams when it is full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from redis import Redis

from store import keys
from store.client import store_errors
from store.retention import Caps, stream_caps
from store.timeframes import Timeframe

FULL = 0.95  # of the limit: more is not left to chance
ENOUGH = 0.9  # what others write needs room as well
SPARE = 0.75
_STEP = 0.8
_SMALLEST_SHARE = 0.01
_LEAST = stream_caps(0.0, 1)


@dataclass(frozen=True, slots=True)
class Room:
    """Memory of the fullest server, in bytes; `limit` 0 is none."""

    used: int
    limit: int

    def above(self, share: float) -> bool:
        """Whether more than this share of the limit is in use."""
        return self.limit > 0 and self.used > share * self.limit


@dataclass(frozen=True, slots=True)
class Trimmed:
    """What was done: the share of the usual caps that is kept from now on, and how many entries went."""

    share: float
    entries: int


def read_room(client: Redis) -> Room:
    """How full the store is. Raises `StoreUnavailable`."""
    with store_errors():
        memory: Any = client.info("memory")
    return Room(int(memory.get("used_memory", 0)), int(memory.get("maxmemory", 0)))


def scaled(caps: Caps, share: float) -> Caps:
    """A share of caps, not less than a board can work with."""
    if share >= 1.0:
        return caps
    return replace(
        caps,
        ticks=max(_LEAST.ticks, int(caps.ticks * share)),
        bars_1s=max(_LEAST.bars_1s, int(caps.bars_1s * share)),
        bars_1m=max(_LEAST.bars_1m, int(caps.bars_1m * share)),
    )


def make_room(client: Redis, instruments: Sequence[str], caps: Caps, share: float) -> Trimmed:
    """Trim the streams of some instruments, the newest kept, until the store is less than `ENOUGH` full.

    It begins where there is something to gain: at the share of `caps` that the fullest stream holds now. Trimming is
    what a full server still accepts. Raises `StoreUnavailable`.
    """
    share = min(share, _filled(client, instruments, caps))
    removed = 0
    while share > _SMALLEST_SHARE and read_room(client).above(ENOUGH):
        share *= _STEP
        removed += _trim(client, instruments, scaled(caps, share))
    return Trimmed(share, removed)


def _filled(client: Redis, instruments: Sequence[str], caps: Caps) -> float:
    with store_errors(), client.pipeline(transaction=False) as pipe:
        for key, _ in _streams(instruments, caps):
            pipe.xlen(key)
        lengths = pipe.execute()
    shares = [length / cap for length, (_, cap) in zip(lengths, _streams(instruments, caps), strict=True)]
    return max(shares, default=0.0)


def _trim(client: Redis, instruments: Sequence[str], caps: Caps) -> int:
    with store_errors(), client.pipeline(transaction=False) as pipe:
        for key, cap in _streams(instruments, caps):
            pipe.xtrim(key, maxlen=cap, approximate=False)
        return sum(pipe.execute())


def _streams(instruments: Sequence[str], caps: Caps) -> list[tuple[str, int]]:
    return [
        pair
        for name in instruments
        for pair in (
            (keys.ticks(name), caps.ticks),
            (keys.bars(name, Timeframe.S1), caps.bars_1s),
            (keys.bars(name, Timeframe.M1), caps.bars_1m),
        )
    ]
