"""A venue with another wire, followed as any other: bars, ids, gaps, quotes and history, against the planted market."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from threading import Event, Thread

import numpy as np
import pytest
from redis import Redis

from ingest.errors import UnknownSymbols
from ingest.live.rest import RestClient
from ingest.live.rhythm import SILENT_AFTER_S
from ingest.live.session import LiveSession
from ingest.live.symbols import checked_symbols
from ingest.live.venues import COINBASE, Venue, at
from ingest.sim.exchange import SimulatedExchange
from store.bars import Source
from store.client import connect_writer
from store.gap_ledger import read_gaps
from store.timeframes import Timeframe
from tests.ingest.klines import assert_equal_to_klines, minutes_of, own_bars
from tests.ingest.processes import stored_bars, stored_feed, stored_ids
from tests.tools.coinbase import BURST, SimulatedCoinbase
from tests.tools.waiting import until

START_MS = 1_782_907_245_000  # 2026-07-01 12:00:45 UTC
SPEED = 4.0
BUSY, QUIET = "BTC-USD", "BCH-USD"
MINUTE_MS = 60_000
LIMIT_S = 120.0


@pytest.fixture
def truth() -> Iterator[SimulatedExchange]:
    """The same market at a venue with another wire, whose klines are the truth."""
    with SimulatedExchange(start_ms=START_MS, speed=SPEED) as exchange:
        yield exchange


def venue_at(coinbase: SimulatedCoinbase) -> Venue:
    return at(COINBASE, stream_url=coinbase.ws_url, rest_url=coinbase.rest_url)


@contextmanager
def followed(coinbase: SimulatedCoinbase, redis_url: str, *, silent_after_s: float = SILENT_AFTER_S) -> Iterator[None]:
    writer, stop = connect_writer(redis_url), Event()
    live = LiveSession(venue_at(coinbase), [BUSY, QUIET], writer, stop, silent_after_s=silent_after_s)
    session = Thread(target=live.run)
    session.start()
    try:
        yield
    finally:
        stop.set()
        session.join(10)
        writer.close()
    assert not session.is_alive()


def seconds_after(client: Redis, venue_ms: int) -> int:
    """Seconds made of trades that opened after a time."""
    return sum(bar.open_time_ms > venue_ms for bar in own_bars(client, f"coinbase:{BUSY}", Timeframe.S1))


def test_bars_are_the_planted_ones_and_withheld_trades_are_fetched(
    truth: SimulatedExchange, client: Redis, redis_url: str
) -> None:
    next_id = truth.world.last_id("BTCUSDT", START_MS) + 1
    runs = (range(next_id + 60, next_id + 61), range(next_id + 120, next_id + 150))
    with SimulatedCoinbase(truth.world, truth.clock, withheld=[n for run in runs for n in run]) as coinbase:
        with followed(coinbase, redis_url):
            until(
                lambda: seconds_after(client, START_MS) > 75 and minutes_of(client, BUSY, venue="coinbase") > 1,
                "a minute and more of live bars",
                limit_s=LIMIT_S,
            )
            until(
                lambda: {gap.state for gap in read_gaps(client, f"coinbase:{BUSY}")} <= {"filled"},
                "no gap left open",
                limit_s=LIMIT_S,
            )
        assert coinbase.refused == 0
        assert coinbase.most_calls <= BURST
    assert_equal_to_klines(truth, client, "BTCUSDT", venue="coinbase", name=BUSY)
    assert_equal_to_klines(truth, client, "BCHUSDT", venue="coinbase", name=QUIET)
    ids = stored_ids(client, f"coinbase:{BUSY}")
    assert len(ids) == ids[-1] - ids[0] + 1
    assert {n for run in runs for n in run} <= set(ids.tolist())
    assert all(bar.bid < bar.ask for bar in own_bars(client, f"coinbase:{BUSY}", Timeframe.S1)[-10:])
    feed = stored_feed(client, "coinbase")
    assert feed is not None
    assert (feed.origin, feed.rejected, feed.reconnects) == ("LIVE", 0, 0)


def test_a_restart_goes_on_and_history_has_no_hole(truth: SimulatedExchange, client: Redis, redis_url: str) -> None:
    with SimulatedCoinbase(truth.world, truth.clock) as coinbase:
        for _ in range(2):
            known = len(stored_ids(client, f"coinbase:{BUSY}"))
            with followed(coinbase, redis_url):
                until(
                    lambda known=known: len(stored_ids(client, f"coinbase:{BUSY}")) > known + 100,  # type: ignore[misc]
                    "a hundred more trades",
                    limit_s=LIMIT_S,
                )
    ids = stored_ids(client, f"coinbase:{BUSY}")
    assert len(ids) == ids[-1] - ids[0] + 1
    assert_equal_to_klines(truth, client, "BTCUSDT", venue="coinbase", name=BUSY)
    for name in (BUSY, QUIET):
        minutes = stored_bars(client, f"coinbase:{name}", Timeframe.M1)
        assert len(minutes) > 900
        assert minutes[min(minutes)].source == Source.KLINES
        assert {after - before for before, after in pairwise(sorted(minutes))} == {MINUTE_MS}


def test_a_stream_that_is_acknowledged_and_silent_is_subscribed_anew(
    truth: SimulatedExchange, client: Redis, redis_url: str
) -> None:
    with SimulatedCoinbase(truth.world, truth.clock) as coinbase:
        coinbase.stuck.add(("matches", BUSY))
        with followed(coinbase, redis_url, silent_after_s=3.0):
            until(lambda: not coinbase.stuck, "another subscription", limit_s=LIMIT_S)
            freed_ms = truth.clock.now_ms()
            until(lambda: seconds_after(client, freed_ms) > 10, "ten seconds of bars", limit_s=LIMIT_S)
    assert_equal_to_klines(truth, client, "BTCUSDT", venue="coinbase", name=BUSY)


def test_quiet_minutes_of_history_go_on_with_the_close_before(truth: SimulatedExchange) -> None:
    """The planted market's own klines say when nothing was traded: some of the quiet leg's minutes."""
    end_ms = START_MS // MINUTE_MS * MINUTE_MS
    start_ms = end_ms - 700 * MINUTE_MS
    with SimulatedCoinbase(truth.world, truth.clock) as coinbase:
        rest = RestClient(venue_at(coinbase))
        bars = rest.klines("TRX-USD", Timeframe.M1, start_ms=start_ms, end_ms=end_ms)
        rest.close()
    klines = coinbase._book.klines("TRXUSDT", MINUTE_MS, start_ms, end_ms, end_ms)
    quiet = klines.trades == 0
    assert 10 < quiet.sum() < 690
    first, last = np.flatnonzero(~quiet)[[0, -1]]
    assert [bar.open_time_ms for bar in bars] == klines.open_ms[first : last + 1].tolist()
    assert [bar.close for bar in bars] == (klines.close[first : last + 1] / 1e5).tolist()
    assert [bar.volume == 0 for bar in bars] == quiet[first : last + 1].tolist()
    assert [bar.trades == 0 for bar in bars] == quiet[first : last + 1].tolist()


def test_products_that_cannot_be_followed_are_named(truth: SimulatedExchange) -> None:
    with SimulatedCoinbase(truth.world, truth.clock) as coinbase:
        venue = venue_at(coinbase)
        rest = RestClient(venue)
        with pytest.raises(UnknownSymbols, match="NOPE-USD") as refused:
            checked_symbols(venue, rest, ["BTC-USD", "NOPE-USD", "TRX-USD", "BNB-USD"], lambda _: False)
        assert "TRX-USD" in str(refused.value)
        assert "BNB-USD" in str(refused.value)
        facts = rest.all_symbols()
        rest.close()
    assert (facts["ETH-USD"].base, facts["ETH-USD"].quote, facts["ETH-USD"].tick_size) == ("ETH", "USD", 0.01)
    assert (facts["TRX-USD"].status, facts["BNB-USD"].status) == ("delisted", "CANCEL_ONLY")
