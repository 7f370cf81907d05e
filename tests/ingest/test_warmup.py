"""What a cold start fetches, against the simulated exchange over real sockets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest

from ingest.errors import RegionRefused, Stopped, UnknownSymbols
from ingest.live.rest import RestClient
from ingest.live.symbols import checked_symbols
from ingest.live.venues import USDM, Venue, at, simulated
from ingest.live.warmup import HISTORY_PAGES, MINUTE_MS, Historian, Past
from ingest.sim.exchange import SimulatedExchange
from store.timeframes import Timeframe
from tests.ingest.scripted import Answer, http_server

START_MS = 1_782_907_240_000  # 2026-07-01 12:00:40 UTC: well within a minute


@pytest.fixture(scope="module")
def exchange() -> Iterator[SimulatedExchange]:
    with SimulatedExchange(start_ms=START_MS) as running:
        yield running


def impatient(_seconds: float) -> bool:
    return True


def past_of(venue: Venue, symbol: str) -> Past:
    return Historian(venue, RestClient(venue), impatient).past(symbol)


def assert_regular(times_ms: list[int], step_ms: int) -> None:
    assert {after - before for before, after in pairwise(times_ms)} == {step_ms}


def test_bars_end_at_a_minute_and_all_trades_follow(exchange: SimulatedExchange) -> None:
    past = past_of(simulated(exchange.rest_url), "BTCUSDT")
    border_ms = START_MS - START_MS % MINUTE_MS
    assert past.minutes[-1].open_time_ms == border_ms - 60_000
    assert past.seconds[-1].open_time_ms == border_ms - 1_000
    assert (len(past.minutes), len(past.seconds)) == (1000, 3600)
    assert_regular([bar.open_time_ms for bar in past.minutes], 60_000)
    assert_regular([bar.open_time_ms for bar in past.seconds], 1_000)
    ids = [tick.trade_id for tick in past.ticks]
    assert ids == list(range(ids[0], ids[0] + len(ids)))
    assert past.ticks[0].time_ms >= border_ms
    rest = RestClient(simulated(exchange.rest_url))
    (before,) = rest.trades("BTCUSDT", from_id=ids[0] - 1, limit=1)
    assert before.time_ms < border_ms
    assert before.price == past.seconds[-1].close == past.minutes[-1].close


def test_without_second_klines_trades_reach_back_instead(exchange: SimulatedExchange) -> None:
    venue = replace(simulated(exchange.rest_url), klines=(Timeframe.M1,))
    quiet, busy = past_of(venue, "TRXUSDT"), past_of(venue, "BTCUSDT")
    assert quiet.seconds == busy.seconds == ()
    assert START_MS - quiet.ticks[0].time_ms > 45 * MINUTE_MS  # all that is asked for fits into the pages
    assert len(busy.ticks) <= HISTORY_PAGES * 1000
    for past in (quiet, busy):
        border_ms = past.minutes[-1].open_time_ms + MINUTE_MS
        assert border_ms <= past.ticks[0].time_ms
        assert border_ms % MINUTE_MS == 0
        assert_regular([bar.open_time_ms for bar in past.minutes], 60_000)


def test_trades_from_an_id_on_come_page_by_page(exchange: SimulatedExchange) -> None:
    venue = simulated(exchange.rest_url)
    rest = RestClient(venue)
    newest = rest.trades("BTCUSDT")[-1].trade_id
    pages = list(Historian(venue, rest, impatient).trades_from("BTCUSDT", newest - 2500))
    ids = [tick.trade_id for page in pages for tick in page]
    assert len(pages) == 3
    assert ids == list(range(newest - 2500, ids[-1] + 1))
    assert ids[-1] >= newest


def test_symbols_are_checked_against_what_the_venue_trades(exchange: SimulatedExchange) -> None:
    venue = simulated(exchange.rest_url)
    infos = checked_symbols(venue, RestClient(venue), ["ETHUSDT", "BTCUSDT"], impatient)
    assert [(info.id, info.position, info.quote) for info in infos] == [
        ("sim:ETHUSDT", 0, "USDT"),
        ("sim:BTCUSDT", 1, "USDT"),
    ]
    assert all(info.tick_size > 0 for info in infos)
    assert len(checked_symbols(venue, RestClient(venue), [], impatient)) == 12
    with pytest.raises(UnknownSymbols, match="sim has no symbol NOPEUSDT, ÄUSDT: correct SYMBOLS"):
        checked_symbols(venue, RestClient(venue), ["BTCUSDT", "NOPEUSDT", "ÄUSDT"], impatient)


def test_a_refused_region_ends_the_check_and_a_failing_venue_is_waited_for() -> None:
    asked: list[str] = []
    with http_server([Answer(b"", 503), Answer(b"", 429, {"Retry-After": "0"}), Answer(b"", 451)], asked) as address:
        venue = at(USDM, stream_url="", rest_url=address)
        with pytest.raises(RegionRefused):
            checked_symbols(venue, RestClient(venue), ["BTCUSDT"], lambda _: False)
    assert len(asked) == 3
    with pytest.raises(Stopped):
        checked_symbols(venue, RestClient(venue), ["BTCUSDT"], impatient)


def test_a_cold_start_of_a_dozen_symbols_stays_within_the_weight_of_a_minute(exchange: SimulatedExchange) -> None:
    venue = at(USDM, stream_url=exchange.ws_url, rest_url=f"{exchange.rest_url}/fapi/v1")
    historian = Historian(venue, RestClient(venue), impatient)
    began = time.monotonic()
    pasts = [historian.past(symbol) for symbol in venue.symbols]  # a wait would raise Stopped
    assert len(pasts) == 12
    assert time.monotonic() - began < 20
