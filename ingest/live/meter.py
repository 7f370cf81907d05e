"""What a feed says of itself: rates, lags and counts, from the core's counters. Pure; time is an argument."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.core.batch import Batch, Counts, LegCounts
from store.feed import FeedState, LegState, Origin, State
from store.latencies import NO_LATENCY, Latency
from store.ticks import NOT_RECEIVED, parse_ticks

RATE_WINDOW_S = 10.0
MAX_LAG_PARTS = 500  # of one batch each: more than ten seconds of them


@dataclass(frozen=True, slots=True)
class Situation:
    """How the session stands, beside what the core counts. `received_ms` is the last receipt, 0 for never."""

    state: State
    received_ms: int
    reconnects: int = 0
    detail: str = ""


class FeedMeter:
    """Keeps the last ten seconds of one venue's counters and lags (monotonic seconds)."""

    def __init__(self, venue: str, origin: Origin, *, started_ms: int, speed: float = 1.0) -> None:
        self._venue = venue
        self._origin = origin
        self._started_ms = started_ms
        self._speed = speed
        self._samples: deque[tuple[float, Counts]] = deque()
        self._lags: deque[tuple[float, NDArray[np.float64]]] = deque(maxlen=MAX_LAG_PARTS)
        self.lag = NO_LATENCY
        """From exchange time to receipt over the last ten seconds, as of the last `feed_state`."""

    def note_batch(self, now_s: float, batch: Batch) -> None:
        """Take the lags, from exchange time to receipt, of the ticks in a batch that came live."""
        packed = b"".join(part for leg in batch.legs for part in leg.ticks)
        if packed:
            ticks = parse_ticks(packed)
            ticks = ticks[ticks["received_us"] != NOT_RECEIVED]
            self._lags.append((now_s, ticks["received_us"] / 1000.0 - ticks["time_ms"]))

    def feed_state(self, now_s: float, now_ms: int, counts: Counts, situation: Situation) -> FeedState:
        """The state to publish at `now_ms` (UTC); call it about once a second."""
        self._samples.append((now_s, counts))
        while len(self._samples) > 2 and now_s - self._samples[1][0] >= RATE_WINDOW_S:
            self._samples.popleft()
        began_s, before = self._samples[0]
        span_s = 0.0 if situation.state == "ended" else now_s - began_s  # what has ended has no rate
        self.lag = self._lag(now_s)
        legs = {name: _leg_state(leg, before.legs.get(name), span_s) for name, leg in counts.legs.items()}
        return FeedState(
            venue=self._venue,
            origin=self._origin,
            state=situation.state,
            written_ms=now_ms,
            started_ms=self._started_ms,
            venue_time_ms=counts.clock_ms,
            received_ms=situation.received_ms,
            trades_per_s=_rate(counts.trades, before.trades, span_s),
            quotes_per_s=_rate(counts.quotes, before.quotes, span_s),
            lag_p95_ms=self.lag.p95,
            trades=counts.trades,
            rejected=counts.rejections,
            rejected_by={reason.replace("_", " "): count for reason, count in counts.rejected.items()},
            duplicates=counts.duplicates,
            reconnects=situation.reconnects,
            detail=situation.detail,
            speed=self._speed,
            legs=legs,
        )

    def _lag(self, now_s: float) -> Latency:
        parts: Sequence[NDArray[np.float64]] = [lags for at_s, lags in self._lags if now_s - at_s <= RATE_WINDOW_S]
        recent = np.concatenate(parts) if parts else np.empty(0)
        if not len(recent):
            return NO_LATENCY
        p50, p95, p99 = (round(float(value), 1) for value in np.percentile(recent, [50, 95, 99]))
        return Latency(p50, p95, p99, len(recent))


def _leg_state(leg: LegCounts, before: LegCounts | None, span_s: float) -> LegState:
    return LegState(
        last_trade_ms=leg.last_trade_ms,
        trades_per_s=_rate(leg.trades, before.trades if before else 0, span_s),
        quotes_per_s=_rate(leg.quotes, before.quotes if before else 0, span_s),
        gaps=leg.gaps,
        gaps_open=leg.gaps_open,
        missing_ids=leg.missing_ids,
    )


def _rate(now: int, before: int, span_s: float) -> float:
    return round((now - before) / span_s, 2) if span_s > 0 else 0.0
