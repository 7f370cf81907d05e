"""What an ingestor says about its feed, once a second, for whoever wants to know whether data is alive."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Literal

import orjson

from store.errors import CorruptRecord

Origin = Literal["SIMULATED", "REPLAY", "LIVE"]
State = Literal["connecting", "warming", "streaming", "disconnected", "ended"]


@dataclass(frozen=True, slots=True)
class LegState:
    """One instrument of the feed. Counts are since the ingestor's start; 0 ms means never."""

    last_trade_ms: int = 0
    trades_per_s: float = 0.0
    quotes_per_s: float = 0.0
    gaps: int = 0
    gaps_open: int = 0
    missing_ids: int = 0


@dataclass(frozen=True, slots=True)
class FeedState:
    """One venue session. Rates are over the last ten seconds, lags from exchange time to receipt.

    Of the symbols that it is to follow, `legs` holds those that it does, `joining` those whose past is being fetched
    and `refused` those that it cannot follow, each with a word about it. `rejected_by` counts `rejected` by reason.

    `alarm` says what somebody should see to. Since the ingestor's start, `dropped_frames` counts what it could not keep
    while the store was away (its trades are fetched again by id), `store_failures` the attempts to write that failed,
    and `trimmed_entries` what streams gave up for want of memory.
    """

    venue: str
    origin: Origin
    state: State
    written_ms: int
    started_ms: int
    venue_time_ms: int
    received_ms: int
    trades_per_s: float
    quotes_per_s: float
    lag_p95_ms: float | None
    trades: int
    rejected: int
    duplicates: int
    reconnects: int
    detail: str = ""
    speed: float = 1.0
    legs: dict[str, LegState] = field(default_factory=dict)
    joining: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    rejected_by: dict[str, int] = field(default_factory=dict)
    alarm: str = ""
    dropped_frames: int = 0
    store_failures: int = 0
    trimmed_entries: int = 0


def encode_feed(state: FeedState) -> bytes:
    return orjson.dumps(asdict(state))


def parse_feed(raw: bytes) -> FeedState:
    try:
        fields = orjson.loads(raw)
        legs = {name: LegState(**leg) for name, leg in fields.pop("legs").items()}
        return FeedState(legs=legs, **fields)
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise CorruptRecord(f"not a feed state: {error}") from error
