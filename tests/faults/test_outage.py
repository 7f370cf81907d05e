"""Row 13: ten minutes without the venue, filled by trade id in order and cheaply, while live bars go on."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import requests
from redis import Redis

from ingest.live.rest import PAGE
from ingest.sim.catalogue import INSTRUMENTS
from ingest.sim.exchange import SimulatedExchange
from ingest.sim.fault_settings import ChosenFaults
from store import keys
from store.bars import Bar, parse_bar
from store.gap_ledger import read_gaps
from store.timeframes import Timeframe
from tests.faults.following import START_MS, choose
from tests.ingest.klines import assert_equal_to_klines, minutes_of
from tests.ingest.processes import running_ingestor, stored_feed, stored_ids, stored_ticks
from tests.tools.waiting import until

SPEED = 10.0
OUTAGE_S = 600
BUSY = "BTCUSDT"
SYMBOLS = [spec.symbol for spec in INSTRUMENTS]
PAGE_WEIGHT = 4  # of spot's aggTrades
TRADED = [symbol for symbol in SYMBOLS if symbol != "TRXUSDT"]  # one that trades every 25 s may show no gap for a while


def test_ten_minutes_away_are_filled_in_order_and_live_bars_go_on_meanwhile(
    client: Redis, redis_url: str, tmp_path: Path
) -> None:
    settings = {"FEED": "sim", "REDIS_URL": redis_url}
    with SimulatedExchange(start_ms=START_MS, speed=SPEED, faults=ChosenFaults()) as exchange:
        settings["SIM_URL"] = exchange.rest_url
        with running_ingestor(tmp_path, **settings) as ingestor:
            until(lambda: all(stored_ids(client, f"sim:{name}").any() for name in SYMBOLS), "trades of all")
            until(lambda: state_of(client) == "streaming", "the feed")
            left_ms = be_away(exchange, lambda: state_of(client) == "disconnected")
            back_ms = exchange.clock.now_ms() + OUTAGE_S * 1000
            gap = range(newest_id(exchange, BUSY, left_ms) + 100, newest_id(exchange, BUSY, back_ms) - 100)

            def known() -> set[int]:
                return set(stored_ids(client, f"sim:{BUSY}").tolist())

            # The venue is back, but its REST calls have to wait: live bars go on without what is missing.
            until(lambda: max(known()) > gap[-1] + 200, "live trades after it")
            until(lambda: newest_second_ms(client) > back_ms, "live bars after it")
            assert not known() & set(gap)
            assert any(gap.state == "open" and gap.ids > 4_000 for gap in read_gaps(client, f"sim:{BUSY}"))
            choose(exchange, f"clock={OUTAGE_S}")
            weight = used_weight(exchange)
            until(lambda: known() >= set(gap), "the gap to be filled")
            until(lambda: nothing_open(client), "all gaps to be filled")
            assert_cheap(used_weight(exchange) - weight, exchange, left_ms, back_ms)
            minutes = minutes_of(client, BUSY)
            until(lambda: minutes_of(client, BUSY) > minutes + 1, "minutes after it")
            assert ingestor.end() == 0
        for symbol in SYMBOLS:
            ids = stored_ids(client, f"sim:{symbol}")
            assert ids.tolist() == list(range(ids[0], ids[-1] + 1))
            assert_equal_to_klines(exchange, client, symbol)
    assert_filled_in_order(client, gap)
    assert_told_incomplete_and_then_revised(client, left_ms, back_ms)
    for symbol in TRADED:
        assert {record.state for record in read_gaps(client, f"sim:{symbol}")} == {"filled"}


def be_away(exchange: SimulatedExchange, noticed: Callable[[], bool]) -> int:
    """Cut everything, let ten minutes of the venue pass at once, and come back with REST that asks to wait.

    Gives the venue's time at which it went.
    """
    left_ms = exchange.clock.now_ms()
    choose(exchange, "reset,refuse=503,rest=503")
    until(noticed, "the outage to be noticed")
    choose(exchange, f"refuse=503,rest=503,clock={OUTAGE_S}")
    choose(exchange, f"rest=429,clock={OUTAGE_S}")
    return left_ms


def state_of(client: Redis) -> str:
    feed = stored_feed(client, "sim")
    return feed.state if feed else ""


def nothing_open(client: Redis) -> bool:
    feed = stored_feed(client, "sim")
    return feed is not None and not any(leg.gaps_open for leg in feed.legs.values())


def newest_id(exchange: SimulatedExchange, symbol: str, time_ms: int) -> int:
    return exchange.world.last_id(symbol, time_ms)


def newest_second_ms(client: Redis) -> int:
    ((_, fields),) = client.xrevrange(keys.bars(f"sim:{BUSY}", Timeframe.S1), count=1)
    return parse_bar(fields[keys.FIELD]).open_time_ms


def used_weight(exchange: SimulatedExchange) -> int:
    """What the exchange counted in its minute of real time."""
    answer = requests.get(f"{exchange.rest_url}/api/v3/time", timeout=10)
    return int(answer.headers["X-MBX-USED-WEIGHT-1M"])


def assert_cheap(spent: int, exchange: SimulatedExchange, left_ms: int, back_ms: int) -> None:
    """Whole pages, and one or two begun ones a symbol; where the minute of the count ended meanwhile, fewer."""
    missed = [newest_id(exchange, name, back_ms) - newest_id(exchange, name, left_ms) for name in SYMBOLS]
    assert spent <= PAGE_WEIGHT * sum(count // PAGE + 2 for count in missed) + 10


def assert_filled_in_order(client: Redis, gap: range) -> None:
    """What came late stands behind what came live, its ids rising."""
    ids = stored_ticks(client, f"sim:{BUSY}")["trade_id"]
    late = ids[(ids >= gap[0]) & (ids <= gap[-1])]
    assert (np.diff(late) == 1).all()
    assert ids[: np.argmax(ids == gap[0])].max() > gap[-1]


def assert_told_incomplete_and_then_revised(client: Redis, left_ms: int, back_ms: int) -> None:
    """Bars of the time away: without trades and of unknown completeness, then whole, by few revisions."""
    told: dict[int, list[Bar]] = {}
    for _, fields in client.xrange(keys.bars(f"sim:{BUSY}", Timeframe.S1)):
        bar = parse_bar(fields[keys.FIELD])
        told.setdefault(bar.open_time_ms, []).append(bar)
    away = [revisions for open_ms, revisions in told.items() if left_ms + 5_000 < open_ms < back_ms - 5_000]
    assert len(away) > OUTAGE_S - 15
    revised = [revisions for revisions in away if len(revisions) > 1]
    assert len(revised) > 0.9 * len(away), "eight trades a second, and few seconds without one"
    for revisions in revised:
        assert (0, None) in [(bar.trades, bar.completeness) for bar in revisions[:-1]]
        assert len(revisions) <= 10, "the bars of a gap are told again with each page that fills it"
        assert all(later.revision == earlier.revision + 1 for earlier, later in pairwise(revisions))
    assert {revisions[-1].completeness for revisions in away} == {1.0}
    assert max(bar.missing for revisions in told.values() for bar in revisions if bar.completeness is not None) > 4_000
