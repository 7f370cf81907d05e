"""What the ingestor's heartbeat tells: of a scripted feed by arithmetic, of a real process beside what it does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from redis import Redis

from ingest.core.batch import Batch, LegBatch
from ingest.live.meter import FeedMeter
from ingest.sim.exchange import SimulatedExchange
from ingest.vitals import FeedVitals, ingest_vitals
from store.feed import FeedState
from store.latencies import NO_LATENCY, Latency
from store.process_state import ConnectionView, ProcessState, read_processes
from store.ticks import Side, Tick, encode_ticks
from tests.ingest.processes import running_ingestor, stored_feed
from tests.ingest.test_meter import SITUATION, counts
from tests.tools.waiting import until

SYMBOLS = ("BTCUSDT", "ETHUSDT")
STATE = FeedState("sim", "SIMULATED", "streaming", 1, 1, 1, 1, 12.5, 40.0, 9.0, 100, 2, 3, 4, "silent: x")
OWN = ConnectionView("sim", "spot-1", "host", True, "", 2)


@pytest.fixture
def exchange() -> Iterator[SimulatedExchange]:
    with SimulatedExchange() as running:
        yield running


def test_the_lag_is_numpy_s_percentiles_of_the_ticks_in_the_last_ten_seconds() -> None:
    lags_ms = np.random.default_rng(5).integers(1, 400, size=500)
    meter = FeedMeter("sim", "SIMULATED", started_ms=1)
    for lag_ms in lags_ms:
        tick = encode_ticks([Tick(1, 1.0, 1.0, 1000, (1000 + int(lag_ms)) * 1000, Side.BUY)])
        meter.note_batch(0.0, Batch("sim", (LegBatch("sim:A", (tick,), (), (), None, None, b""),), ()))
    state = meter.feed_state(1.0, 0, counts(1), SITUATION)
    p50, p95, p99 = np.percentile(lags_ms, [50, 95, 99])
    assert (meter.lag.p50, meter.lag.p95, meter.lag.p99) == pytest.approx((p50, p95, p99), abs=0.051)
    assert (meter.lag.n, state.lag_p95_ms) == (500, meter.lag.p95)
    meter.feed_state(11.0, 0, counts(1), SITUATION)
    assert meter.lag == NO_LATENCY


def test_rates_and_counts_of_several_feeds_add_up_and_their_times_bear_the_venue_s_name() -> None:
    one, other, standby = FeedVitals(), FeedVitals(), FeedVitals()
    one.note_feed(STATE, Latency(1.0, 2.0, 3.0, 10), {"dropped_frames": 7})
    one.connections = lambda: (OWN,)
    one.publish.note(0.002)
    standby.note = "usdm stands by"
    alone = ingest_vitals([one, standby])
    assert alone.rates == {"trades": 12.5, "quotes": 40.0, "batches": 1.0}
    assert alone.counts == {"trades": 100, "rejected": 2, "duplicates": 3, "reconnects": 4, "dropped_frames": 7}
    assert alone.latencies["lag"] == Latency(1.0, 2.0, 3.0, 10)
    assert alone.latencies["publish"].n == 1
    assert alone.connections == (OWN,)
    assert alone.notes == ("usdm stands by", "sim: silent: x")
    other.note_feed(replace(STATE, venue="spot", detail=""), NO_LATENCY, {"dropped_frames": 1})
    both = ingest_vitals([one, other])
    assert both.rates["trades"] == 25.0
    assert (both.counts["trades"], both.counts["dropped_frames"]) == (200, 8)
    assert set(both.latencies) == {"publish sim", "publish spot", "lag sim"}


def test_a_process_that_has_only_begun_has_nothing_to_tell() -> None:
    assert ingest_vitals([FeedVitals()]).counts == {}


def test_a_running_ingestor_tells_of_its_connections_its_publishing_and_its_lag(
    exchange: SimulatedExchange, client: Redis, redis_url: str, tmp_path: Path
) -> None:
    settings = {"FEED": "sim", "SIM_URL": exchange.rest_url, "REDIS_URL": redis_url, "SYMBOLS": ",".join(SYMBOLS)}

    def told() -> ProcessState | None:
        found = read_processes(client).states
        return found[0] if found and found[0].vitals.latencies.get("lag", NO_LATENCY).n else None

    with running_ingestor(tmp_path, **settings) as ingestor:
        until(told, "its word of its lag")
        state = told()
        assert state is not None
        feed = stored_feed(client, "sim")
        assert feed is not None
        assert (state.kind, len(read_processes(client).states)) == ("ingest", 1)
        assert state.memory_mb is None or 20 < state.memory_mb < 400
        assert 0 < state.vitals.counts["trades"] <= feed.trades + 10_000
        assert state.vitals.counts["dropped_frames"] == 0
        publish = state.vitals.latencies["publish"]
        assert publish.p50 is not None
        assert publish.p99 is not None
        assert 0 < publish.p50 <= publish.p99 < 10_000
        _is_alive(state, exchange.rest_url)
        assert ingestor.end() == 0
    assert read_processes(client).states == ()  # it ended as it should


def _is_alive(state: ProcessState, address: str) -> None:
    connections = state.vitals.connections
    assert connections
    for connection in connections:
        assert connection.host
        assert connection.host in address.replace("http", "ws") or connection.host.split(":")[0] in address
        assert connection.connected
        assert (connection.tried, connection.opened, connection.lost, connection.replaced) == (1, 1, 0, 0)
        assert connection.silent == ()
        assert connection.since_ms is not None
        assert connection.last_frame_ms is not None
        assert connection.rotation_ms is not None
        assert connection.since_ms <= connection.last_frame_ms <= state.said_ms + 50
        day_ms = connection.rotation_ms - connection.since_ms
        assert 23 * 3_600_000 < day_ms <= 23.5 * 3_600_000 + 1_000  # a day of the venue, less what is left for others
        assert abs(connection.since_ms - time.time() * 1000) < 120_000
    assert sum(connection.streams for connection in connections) >= 2 * len(SYMBOLS)
