"""How much of each stream is kept, from the memory there is for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from redis import Redis

from store.client import store_errors
from store.timeframes import Timeframe

DEFAULT_BUDGET_MB = 512
_SHARE_OF_LIMIT = 0.6  # of a server's memory limit: the rest is for shared results, buffers and rewrites
_MB = 1_000_000

BAR_BYTES = 98  # a stream entry of one packed bar: 97.7 measured over 86,400 (MEMORY USAGE, Valkey 9.1)
TICK_ENTRY_BYTES = 500  # a micro-batch of a dozen ticks of 41 bytes

_MOST_TICK_ENTRIES, _FEWEST_TICK_ENTRIES = 50_000, 100
_MOST_1S, _FEWEST_1S = 86_400, 600
_MOST_1M, _FEWEST_1M = 10_080, 200
_SHARE_1M, _SHARE_1S = 0.2, 0.5
_SHARE_UNIVERSE, _FEWEST_UNIVERSE_BYTES = 0.05, 200_000


@dataclass(frozen=True, slots=True)
class Caps:
    """Most entries of each stream of one instrument, and the room for the universe of its venue."""

    ticks: int
    bars_1s: int
    bars_1m: int
    universe_bytes: int = _FEWEST_UNIVERSE_BYTES

    def bars(self, timeframe: Timeframe) -> int:
        """The cap of the stream that holds `timeframe`, or that it is derived from."""
        return self.bars_1s if timeframe.kept_as is Timeframe.S1 else self.bars_1m


def stream_caps(budget_mb: float, instruments: int) -> Caps:
    """Share `budget_mb` (10⁶ bytes), less the universe's part, evenly among instruments: minutes, seconds, then ticks.

    With memory enough: a day of 1 s bars and a week of minutes. However little there is, a floor
    remains that a board can work with.
    """
    universe = int(budget_mb * _MB * _SHARE_UNIVERSE)
    share = (budget_mb * _MB - universe) / max(1, instruments)
    minutes = _between(_FEWEST_1M, share * _SHARE_1M / BAR_BYTES, _MOST_1M)
    seconds = _between(_FEWEST_1S, share * _SHARE_1S / BAR_BYTES, _MOST_1S)
    left = share - (minutes + seconds) * BAR_BYTES
    ticks = _between(_FEWEST_TICK_ENTRIES, left / TICK_ENTRY_BYTES, _MOST_TICK_ENTRIES)
    return Caps(ticks, seconds, minutes, max(universe, _FEWEST_UNIVERSE_BYTES))


def stream_budget_mb(client: Redis, configured_mb: int | None) -> float:
    """What may be used for streams: as configured, else from the server's limit, else 512.

    Raises `store.errors.StoreUnavailable`. A server that will not tell its limit has none here.
    """
    if configured_mb is not None:
        return configured_mb
    with store_errors():
        memory: Any = client.info("memory")
    limit = int(memory.get("maxmemory", 0)) * int(memory.get("primaries", 1))  # of a Cluster's nodes together
    return limit * _SHARE_OF_LIMIT / _MB if limit else DEFAULT_BUDGET_MB


def _between(least: int, wanted: float, most: int) -> int:
    return int(min(max(wanted, least), most))
