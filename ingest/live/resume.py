"""Going on where the last ingestor ended: its saved state, and what the store still knows of the past."""

from __future__ import annotations

from dataclasses import dataclass

from redis import Redis

from ingest.core.script import MARK_FIELD
from store import keys
from store.bars import Bar, parse_bar
from store.client import store_errors
from store.timeframes import Timeframe

MAX_AGE_MS = 30 * 60_000
"""An older state is not gone on from: klines bring the time between back sooner than all its trades."""

TICK_ENTRIES = 2_000  # of a micro-batch each
SECOND_BARS = 3_600
MINUTE_BARS = 240
STATE_FIELD = "ingest"


@dataclass(frozen=True, slots=True)
class Saved:
    """What the store holds of one instrument, oldest first; `state` None where there is none to go on from.

    `mark` is that of the last write that is in it.
    """

    state: bytes | None
    ticks: bytes
    seconds: tuple[bytes, ...]
    minutes: tuple[bytes, ...]
    mark: bytes | None = None

    @property
    def whole(self) -> bool:
        """Whether there is a past beside the state: without it, what was there is to be fetched anew."""
        return bool(self.ticks and self.seconds and self.minutes)

    def bars(self, timeframe: Timeframe) -> dict[int, Bar]:
        """Closed bars by their open times, the last revision of each."""
        packed = self.seconds if timeframe is Timeframe.S1 else self.minutes
        return {bar.open_time_ms: bar for bar in map(parse_bar, packed)}


def read_saved(client: Redis, instrument: str) -> Saved:
    """Read what there is of an instrument. Raises `StoreUnavailable`."""
    with store_errors(), client.pipeline(transaction=False) as pipe:
        pipe.hmget(keys.open_bars(instrument), [STATE_FIELD, MARK_FIELD])
        pipe.xrevrange(keys.ticks(instrument), count=TICK_ENTRIES)
        pipe.xrevrange(keys.bars(instrument, Timeframe.S1), count=SECOND_BARS)
        pipe.xrevrange(keys.bars(instrument, Timeframe.M1), count=MINUTE_BARS)
        (state, mark), ticks, seconds, minutes = pipe.execute()
    return Saved(state, b"".join(_oldest_first(ticks)), _oldest_first(seconds), _oldest_first(minutes), mark)


def _oldest_first(entries: list[tuple[bytes, dict[bytes, bytes]]]) -> tuple[bytes, ...]:
    return tuple(fields[keys.FIELD] for _, fields in reversed(entries) if keys.FIELD in fields)
