"""Stored bars held against the exchange's own klines."""

from __future__ import annotations

import itertools

import pytest
from redis import Redis

from ingest.live.rest import RestClient
from ingest.live.venues import simulated
from ingest.sim.exchange import SimulatedExchange
from store.bars import Bar, Source
from store.timeframes import KEPT, Timeframe
from tests.ingest.processes import stored_bars


def own_bars(client: Redis, instrument: str, timeframe: Timeframe) -> list[Bar]:
    """Bars made of trades, in order of time."""
    bars = stored_bars(client, instrument, timeframe)
    return [bars[time_ms] for time_ms in sorted(bars) if bars[time_ms].source == Source.TRADES]


def minutes_of(client: Redis, symbol: str, *, venue: str = "sim") -> int:
    """How many minutes were made of trades."""
    return len(own_bars(client, f"{venue}:{symbol}", Timeframe.M1))


def all_known(client: Redis, *symbols: str, venue: str = "sim") -> bool:
    """Whether of every bar made of trades it is known that none is missing."""
    bars = (bar for symbol in symbols for timeframe in KEPT for bar in own_bars(client, f"{venue}:{symbol}", timeframe))
    return all(bar.missing == 0 for bar in bars)


def assert_equal_to_klines(
    exchange: SimulatedExchange, client: Redis, symbol: str, *, venue: str = "sim", name: str = ""
) -> None:
    """Every slot from the first own bar to the last is there, and says what the exchange's kline says.

    `name` is the symbol's where the venue has another.
    """
    rest = RestClient(simulated(exchange.rest_url))
    for timeframe in KEPT:
        bars = own_bars(client, f"{venue}:{name or symbol}", timeframe)
        page_ms, end_ms = 1000 * timeframe.ms, bars[-1].open_time_ms + timeframe.ms
        starts = range(bars[0].open_time_ms, end_ms, page_ms)
        pages = [
            rest.klines(symbol, timeframe, start_ms=start_ms, end_ms=min(end_ms, start_ms + page_ms))
            for start_ms in starts
        ]
        klines = [kline for page in pages for kline in page]
        assert [bar.open_time_ms for bar in bars] == [kline.open_time_ms for kline in klines], "slots"
        differing = [(bar, kline) for bar, kline in zip(bars, klines, strict=True) if bar[:5] != kline[:5]]
        assert not differing, f"{len(differing)} of {len(bars)} bars of {symbol} differ, first {differing[:3]}"
        assert [bar.trades for bar in bars] == [kline.trades for kline in klines], "trades"
        # The exchange adds whole steps; we add floats, in the order of ids.
        assert [bar.volume for bar in bars] == pytest.approx([kline.volume for kline in klines], rel=1e-12)
        bought = [kline.buy_volume for kline in klines]
        assert [bar.buy_volume for bar in bars] == pytest.approx(bought, rel=1e-6)
        assert {bar.missing for bar in bars} == {0}
        traded = [bar for bar in bars if bar.trades]
        assert all(after.first_id == before.last_id + 1 for before, after in itertools.pairwise(traded))
