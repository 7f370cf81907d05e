"""The market is a function of seed and time: nothing of its past depends on who asks, when, or in what order."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from ingest.sim.catalogue import HOUR_MS, INSTRUMENTS
from ingest.sim.errors import UnknownSymbol
from ingest.sim.tape import Quotes, Trades
from ingest.sim.world import LISTED_MS, World, instrument_spec

HOUR = 1_790_000_000_000 // HOUR_MS
SYMBOLS = tuple(spec.symbol for spec in INSTRUMENTS)


def columns(block: Trades | Quotes) -> tuple[object, ...]:
    values = (getattr(block, name) for name in type(block).__slots__)
    return tuple(value.tolist() if isinstance(value, np.ndarray) else value for value in values)


def test_a_restarted_market_tells_the_same_story_in_whatever_order_it_is_asked() -> None:
    first, second = World(11), World(11)
    hours = (HOUR, HOUR + 1, HOUR - 3)
    told = {(s, h): columns(first.trades_of_hour(s, h)) for h in hours for s in SYMBOLS}
    retold = {(s, h): columns(second.trades_of_hour(s, h)) for s in reversed(SYMBOLS) for h in reversed(hours)}
    assert told == retold


def test_another_seed_is_another_market() -> None:
    ours, theirs = (World(seed).trades_of_hour("ETHUSDT", HOUR) for seed in (1, 2))
    assert not np.array_equal(ours.price_ticks, theirs.price_ticks)
    assert not np.array_equal(ours.time_ms, theirs.time_ms)


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_ids_go_on_across_hours_and_times_never_fall(symbol: str) -> None:
    world = World(3)
    earlier, later = world.trades_of_hour(symbol, HOUR), world.trades_of_hour(symbol, HOUR + 1)
    assert later.first_id == earlier.first_id + len(earlier)
    for hour, block in ((HOUR, earlier), (HOUR + 1, later)):
        assert (np.diff(block.time_ms) >= 0).all()
        assert block.time_ms[0] >= hour * HOUR_MS
        assert block.time_ms[-1] < (hour + 1) * HOUR_MS


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_paths_join_at_the_hour_without_a_jump(symbol: str) -> None:
    world = World(5)
    assert world.log_path(symbol, HOUR)[-1] == pytest.approx(world.log_path(symbol, HOUR + 1)[0], abs=1e-12)


def test_buyers_pay_the_ask_and_sellers_get_the_bid_around_the_fair_price() -> None:
    world = World(7)
    for spec in INSTRUMENTS:
        trades = world.trades_of_hour(spec.symbol, HOUR)
        rows = range(0, len(trades), max(1, len(trades) // 50))
        for row in rows:
            fair = np.exp(world.log_price_at(spec.symbol, int(trades.time_ms[row])))
            side = -1 if trades.seller_aggressed[row] else 1
            # Half a spread away on the aggressor's side, rounded to half a tick either way.
            away = side * (trades.price_ticks[row] - fair / spec.tick)
            assert away == pytest.approx(spec.spread_ticks / 2, abs=0.501)


def test_any_cut_of_time_gives_the_same_trades_and_quotes() -> None:
    world = World(7)
    start, end = HOUR * HOUR_MS + 3_500_000, (HOUR + 1) * HOUR_MS + 100_000
    cuts = [start, start + 1, start + 7_000, HOUR * HOUR_MS + HOUR_MS - 1, (HOUR + 1) * HOUR_MS, end]
    for between in (world.trades_between, world.quotes_between):
        whole = between("SOLUSDT", start, end)
        parts = [between("SOLUSDT", a, b) for a, b in itertools.pairwise(cuts)]
        assert np.concatenate([part.time_ms for part in parts]).tolist() == whole.time_ms.tolist()
        ids = [part.first_id + k for part in parts for k in range(len(part))]
        assert ids == list(range(whole.first_id, whole.first_id + len(whole)))


def test_pages_by_id_tile_the_tape_and_end_at_now() -> None:
    world = World(7)
    now_ms = (HOUR + 1) * HOUR_MS + 600_000
    last = world.last_id("BCHUSDT", now_ms)
    page_start, seen = last - 1500, []
    while page := list(_ids(world.trades_from("BCHUSDT", page_start, 400, now_ms))):
        seen += page
        page_start = seen[-1] + 1
    assert seen == list(range(last - 1500, last + 1))


def test_nothing_traded_before_the_listing() -> None:
    world = World(7)
    first = world.trades_from("TRXUSDT", 0, 10, LISTED_MS + HOUR_MS)
    assert len(first) == 10
    assert first.time_ms[0] >= LISTED_MS


def test_bursts_are_many_times_busier_than_their_hour() -> None:
    world = World(7)
    per_second = np.bincount((world.trades_of_hour("BTCUSDT", HOUR).time_ms - HOUR * HOUR_MS) // 1000)
    assert np.median(per_second) <= 8
    assert per_second.max() >= 60


def test_the_market_trades_about_thirty_times_a_second_with_three_times_the_quotes() -> None:
    trades = sum(spec.trades_per_hour for spec in INSTRUMENTS) / 3600
    quotes = sum(spec.quotes_per_hour for spec in INSTRUMENTS) / 3600
    assert trades == pytest.approx(30, rel=0.1)
    assert quotes == pytest.approx(3 * trades, rel=0.1)


def test_an_unknown_symbol_is_refused_by_name() -> None:
    with pytest.raises(UnknownSymbol, match="NOPEUSDT"):
        World(7).trades_between("NOPEUSDT", 0, 1)
    with pytest.raises(UnknownSymbol):
        instrument_spec("btcusdt")


def _ids(trades: Trades) -> range:
    return range(trades.first_id, trades.first_id + len(trades))
