"""What a feed says of itself, by an injected clock."""

from __future__ import annotations

import pytest

from ingest.core.batch import Batch, Counts, LegBatch, LegCounts
from ingest.core.core import Core
from ingest.live.meter import FeedMeter, Situation
from store.ticks import NOT_RECEIVED, Side, Tick, encode_ticks

SITUATION = Situation("streaming", received_ms=5)


def counts(trades: int) -> Counts:
    leg = LegCounts(
        trades=trades, quotes=2 * trades, duplicates=1, late=0, gaps=3, gaps_open=1, missing_ids=4, last_trade_ms=9
    )
    return Counts(clock_ms=7, frames=3 * trades, rejected={}, ignored={}, legs={"BTCUSDT": leg})


def batch(lag_ms: int) -> Batch:
    tick = Tick(1, 1.0, 1.0, 1000, (1000 + lag_ms) * 1000, Side.BUY)
    return Batch("sim", (LegBatch("sim:BTCUSDT", (encode_ticks([tick]),), (), (), None, None, b""),), ())


def test_rates_are_of_the_last_ten_seconds() -> None:
    meter = FeedMeter("sim", "SIMULATED", started_ms=1)
    assert meter.feed_state(0.0, 100, counts(0), SITUATION).trades_per_s == 0.0
    for second in range(1, 21):
        state = meter.feed_state(float(second), 100, counts(50 * second), SITUATION)
    assert state.trades_per_s == 50.0
    assert state.quotes_per_s == 100.0
    for second in range(21, 41):
        state = meter.feed_state(float(second), 100, counts(1000), SITUATION)
    assert state.trades_per_s == 0.0
    assert state.legs["BTCUSDT"].missing_ids == 4
    assert (state.venue_time_ms, state.received_ms, state.duplicates) == (7, 5, 1)


def test_lags_are_forgotten_after_ten_seconds() -> None:
    meter = FeedMeter("sim", "SIMULATED", started_ms=1)
    for lag_ms in range(1, 101):
        meter.note_batch(0.0, batch(lag_ms))
    assert meter.feed_state(5.0, 0, counts(1), SITUATION).lag_p95_ms == pytest.approx(95.05, abs=0.051)
    assert meter.feed_state(11.0, 0, counts(1), SITUATION).lag_p95_ms is None


def _trade(trade_id: int, time_ms: int, received_us: int) -> Tick:
    return Tick(trade_id, 10.0, 1.0, time_ms, received_us, Side.BUY)


def test_trades_fetched_later_say_nothing_of_the_lag() -> None:
    core, meter = Core("sim", ["AUSDT"]), FeedMeter("sim", "SIMULATED", started_ms=0)
    fetched = [_trade(number, 1_000 * number, NOT_RECEIVED) for number in range(1, 50)]
    live = [_trade(50, 50_000, 50_080_000)]
    core.feed_ticks("AUSDT", [*fetched, *live])
    meter.note_batch(1.0, core.take())
    assert meter.feed_state(1.0, 51_000, core.counts(), Situation("streaming", 50_080)).lag_p95_ms == 80.0


def test_a_feed_that_only_fetched_has_no_lag() -> None:
    core, meter = Core("sim", ["AUSDT"]), FeedMeter("sim", "SIMULATED", started_ms=0)
    core.feed_ticks("AUSDT", [_trade(1, 1_000, NOT_RECEIVED)])
    meter.note_batch(1.0, core.take())
    assert meter.feed_state(1.0, 2_000, core.counts(), Situation("warming", 0)).lag_p95_ms is None
