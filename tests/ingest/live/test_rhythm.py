"""How long a stream may be silent: against the exponential law, and against the simulated TRX."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from ingest.live.rhythm import GAPS, SILENT_AFTER_S, Rhythm, mean_gap_s, silence_limit_s
from ingest.live.stream_watch import Rhythms, StreamWatch
from ingest.sim.world import World

START_MS = 1_782_907_200_000
QUIET = "trxusdt@aggTrade"


def test_a_pause_beyond_the_limit_is_all_but_impossible_for_independent_trades() -> None:
    # scipy's exponential law: the survival function at the limit is the chance of a false alarm per trade.
    for gap_s in (0.8, 3.0, 25.0):
        assert stats.expon(scale=gap_s).sf(silence_limit_s(gap_s)) == pytest.approx(np.exp(-GAPS))


def test_liquid_streams_have_a_fixed_limit_and_nobody_waits_longer_than_an_hour() -> None:
    assert silence_limit_s(0.05) == silence_limit_s(0.67) == SILENT_AFTER_S
    assert silence_limit_s(1.5) == 30.0
    assert silence_limit_s(10_000.0) == 240 * SILENT_AFTER_S < 3600.0


def test_the_rate_is_learnt_and_an_outage_does_not_spoil_it() -> None:
    rhythm = Rhythm()
    assert rhythm.limit_s() == 20 * SILENT_AFTER_S
    for _ in range(200):
        rhythm.note(0.25)
    assert rhythm.limit_s() == SILENT_AFTER_S
    rhythm.note(3600.0)
    assert rhythm.gap_s() < 0.5


def test_what_rest_tells_counts_until_more_was_seen() -> None:
    assert Rhythm().limit_s(25.0) == 500.0
    rhythm = Rhythm()
    for _ in range(5_000):
        rhythm.note(0.3, 25.0)
    assert rhythm.gap_s(25.0) == pytest.approx(0.3, rel=0.2)


def test_a_burst_of_one_order_is_one_arrival() -> None:
    times = [minute * 60_000 + k for minute in range(10) for k in range(5)]
    assert mean_gap_s(times) == pytest.approx(60.0)
    assert mean_gap_s(times[:5]) is None


@pytest.mark.parametrize("known", [True, False])
def test_trx_raises_no_false_alarm_in_three_days(known: bool) -> None:
    trades = World(7).trades_between("TRXUSDT", START_MS, START_MS + 72 * 3_600_000).time_ms
    assert np.diff(trades).mean() == pytest.approx(25_000, rel=0.05)
    gap_s = mean_gap_s(trades[:1000].tolist()) if known else None
    watch = StreamWatch([QUIET], Rhythms([QUIET], lambda _: gap_s), START_MS / 1000)
    for time_ms in trades.tolist():
        assert not watch.silent(time_ms / 1000), f"{known=}, after {len(trades)} trades"
        watch.saw([QUIET], time_ms / 1000)


def test_btc_gone_silent_is_noticed_before_fifteen_seconds_and_trx_when_its_own_time_is_over() -> None:
    busy = "btcusdt@aggTrade"
    trades = World(7).trades_between
    watch = StreamWatch([busy, QUIET, "!miniTicker@arr"], Rhythms([busy, QUIET, "!miniTicker@arr"]), START_MS / 1000)
    hour_ms = START_MS + 3_600_000
    events = [(t, busy) for t in trades("BTCUSDT", START_MS, hour_ms).time_ms.tolist()]
    events += [(t, QUIET) for t in trades("TRXUSDT", START_MS, hour_ms).time_ms.tolist()]
    for time_ms, stream in sorted(events):
        watch.saw([stream, "!miniTicker@arr"], time_ms / 1000)
    last_s = max(time_ms for time_ms, stream in events if stream == busy) / 1000
    assert busy not in watch.silent(last_s + 13.4)
    assert busy in watch.silent(last_s + 14.0), "a second is left to say it"
    assert QUIET not in watch.silent(last_s + 100)
    assert QUIET in watch.silent(last_s + 1_000)
