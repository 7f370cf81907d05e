"""An instrument's rows: to the last bit the same however they came, and against slow and plain sums."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from redis import Redis

from engine.errors import ParameterError, UnknownInstrument
from engine.market.compute import lead_bars, market_rows
from engine.market.parameters import MarketParameters, parse_market_parameters
from engine.market.snapshot import generation
from engine.order_flow import imbalance
from engine.reader import Reader
from store import keys
from store.bars import Bar, encode_bar, parse_bars
from store.catalogue import InstrumentInfo, encode_info
from store.grid import BarGrid, Bars
from store.timeframes import Timeframe
from tests.engine.pair_data import Clock, X, append_bars, made_legs, reader_of, register, revised

P = MarketParameters(X, sma=30, ema=10, bollinger=20)
N = 400


def bars_of_x(n: int = N) -> list[Bar]:
    """With gaps, quiet bars, and buyers in three of four."""
    return [bar._replace(buy_volume=0.75 * bar.volume) for bar in made_legs(n).x]


def grid_of(bars: list[Bar]) -> tuple[Bars, int]:
    grid = BarGrid(Timeframe.M1, 100_000)
    grid.put(parse_bars([encode_bar(bar) for bar in bars]))
    return grid.bars, grid.first


def test_rows_are_the_bars_and_the_indicators_of_pandas() -> None:
    bars, first = grid_of(bars_of_x())
    rows = market_rows(bars, first, first, P)
    close = pd.Series(bars["close"])
    np.testing.assert_array_equal(rows["close"], close)
    middle = close.rolling(20, min_periods=16)
    np.testing.assert_allclose(rows["upper"][20:], (middle.mean() + 2 * middle.std(ddof=0))[20:], rtol=1e-9)
    np.testing.assert_allclose(rows["sma"][30:], close.rolling(30, min_periods=24).mean()[30:], rtol=1e-12)
    there = np.isfinite(close.to_numpy()) & (np.arange(len(close)) >= 10)
    np.testing.assert_allclose(rows["ema"][there], close.ewm(span=10).mean()[there], rtol=1e-12)
    returns = pd.Series(np.log(close)).diff().rolling(60, min_periods=48).std()
    np.testing.assert_allclose(rows["volatility"][61:], returns[61:], rtol=1e-7)
    assert np.isnan(rows["close"]).sum() == N // 50


def test_what_is_off_or_has_too_few_bars_is_absent() -> None:
    bars, first = grid_of(bars_of_x(15))
    rows = market_rows(bars, first, first, MarketParameters(X, sma=None, ema=10, bollinger=20, vwap=False))
    assert all(np.isnan(rows[name]).all() for name in ("sma", "upper", "lower", "vwap", "volatility"))
    assert np.isfinite(rows["ema"][-1])


@pytest.mark.parametrize("timeframe", [Timeframe.M1, Timeframe.H1, Timeframe.S1])
def test_bar_by_bar_gives_the_bits_of_one_batch(timeframe: Timeframe) -> None:
    p = MarketParameters(X, timeframe, sma=30, ema=5, bollinger=20)
    bars, first = grid_of(bars_of_x(900))  # the length of a bar only says where sessions begin
    whole = market_rows(bars, first, first, p)
    lead = lead_bars(p)
    for end in range(500, 900, 37):
        one = market_rows(bars[:end], first, first + end - 1, p)
        assert one.tobytes() == whole[end - 1 : end].tobytes()
    late = market_rows(bars[150:], first + 150, first + 150, p)
    assert late[lead:].tobytes() == whole[150 + lead :].tobytes()


def test_order_flow_is_signed_and_unknown_where_a_side_is() -> None:
    bar = bars_of_x(3)[0]._replace(volume=2.0)
    made = [bar._replace(buy_volume=bought) for bought in (2.0, 0.0, 1.5, float("nan"))]
    made.append(bar._replace(volume=0.0, buy_volume=0.0))
    flow = imbalance(parse_bars([encode_bar(one) for one in made]))
    assert flow[:3].tolist() == [1.0, -1.0, 0.5]
    assert np.isnan(flow[3:]).all()


def test_the_generation_tells_revisions_and_gaps_and_nothing_else() -> None:
    bars, first = grid_of(made_legs(50, gaps=False).x)
    rows = market_rows(bars, first, first, P)
    assert generation(rows, 60_000) == generation(rows[:-7], 60_000) == generation(rows[3:], 60_000)
    other = rows.copy()
    other["revision"][20] = 1
    gone = rows.copy()
    gone["close"][20] = np.nan
    again = gone.copy()
    again["revision"][20] = 1
    assert len({generation(each, 60_000) for each in (rows, other, gone, again)}) == 4


def fresh(client: Redis, p: MarketParameters) -> bytes:
    return reader_of(client).market(p).rows.tobytes()


def test_a_reader_that_follows_shows_what_one_shows_that_comes_late(client: Redis) -> None:
    bars = bars_of_x()
    reader = reader_of(client)
    append_bars(client, X, bars[:200])
    first = reader.market(P)
    assert reader.market(P) is first
    for start in range(200, len(bars), 17):
        append_bars(client, X, bars[start : start + 17])
        assert reader.market(P).rows.tobytes() == fresh(client, P)
    append_bars(client, X, [revised(bars[100], 1.001)])
    after = reader.market(P)
    assert after.rows.tobytes() == fresh(client, P)
    place = first.rows["open_time_ms"].tolist().index(bars[100].open_time_ms)
    assert after.rows["close"][place] == pytest.approx(1.001 * first.rows["close"][place])
    assert first.rows["revision"].sum() == 0, "what was handed out stays"


def test_an_emptied_store_begins_anew(client: Redis) -> None:
    bars = bars_of_x(80)
    reader = reader_of(client)
    append_bars(client, X, bars)
    assert len(reader.market(P).rows) == 80
    client.flushall()
    register(client, X)
    client.set(keys.EPOCH, "another")
    assert len(reader.market(P).rows) == 0
    append_bars(client, X, bars[:50])
    assert len(reader.market(P).rows) == 50


def test_coarser_bars_are_followed_too(client: Redis) -> None:
    p = MarketParameters(X, Timeframe.M5, sma=3, ema=2, bollinger=3)
    reader, bars = reader_of(client), made_legs(200, gaps=False).x
    append_bars(client, X, bars[:150])
    assert len(reader.market(p).rows) == 30
    append_bars(client, X, bars[150:])
    assert reader.market(p).rows.tobytes() == fresh(client, p)
    assert len(reader.market(p).rows) == 40


def test_an_instrument_without_bars_has_no_rows_and_an_unknown_one_is_refused(client: Redis) -> None:
    reader: Reader = reader_of(client)
    client.hset(keys.INSTRUMENTS, "sim:NEW", encode_info(InstrumentInfo("sim:NEW", "NEW", "", 0.01, 9)))
    assert reader.market(MarketParameters("sim:NEW")).as_of_ms is None
    with pytest.raises(UnknownInstrument):
        reader.market(MarketParameters("sim:OTHER"))


def test_pairs_and_markets_share_no_fate(client: Redis) -> None:
    reader = Reader(client, lambda: (), history_bars=100, now_s=Clock())
    register(client, X)
    append_bars(client, X, bars_of_x(60))
    for span in range(2, 60):  # more views than are held
        assert len(reader.market(MarketParameters(X, sma=span)).rows) == 60


@pytest.mark.parametrize(
    ("query", "name"),
    [({"sma": "1"}, "sma"), ({"ema": "501"}, "ema"), ({"bollinger": "x"}, "bollinger"), ({"vwap": "maybe"}, "vwap"),
     ({"timeframe": "2m"}, "timeframe")],
)  # fmt: skip
def test_what_is_not_possible_is_refused_by_name(query: dict[str, str], name: str) -> None:
    with pytest.raises(ParameterError) as refused:
        parse_market_parameters(X, query)
    assert refused.value.name == name
    assert refused.value.allowed


def test_an_address_says_all_and_comes_back_the_same() -> None:
    p = MarketParameters(X, Timeframe.M5, sma=None, ema=33, vwap=False)
    assert parse_market_parameters(p.instrument, p.query) == p
    assert p.path == f"/market/{X}?timeframe=5m&sma=off&ema=33&bollinger=20&vwap=off"
    with pytest.raises(ParameterError):
        parse_market_parameters("nonsense", {})
