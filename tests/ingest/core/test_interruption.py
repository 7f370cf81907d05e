"""What nobody listened to is not called complete before the next trade tells by its id what was missed."""

from __future__ import annotations

import math

import pytest

from ingest.core.core import Core
from store.bars import UNKNOWN_MISSING, Bar, encode_bar, parse_bar
from store.ticks import Side

START_MS = 1_700_000_040_000  # on a minute
SYMBOL, OTHER = "BTCUSDT", "ETHUSDT"


def tick(trade_id: int, at_ms: int, price: float = 100.0) -> tuple[int, float, float, int, int, int]:
    return (trade_id, price, 1.0, START_MS + at_ms, 0, int(Side.BUY))


def core() -> Core:
    made = Core("sim", (SYMBOL, OTHER))
    for symbol in (SYMBOL, OTHER):
        made.expect(symbol, 1)
    made.feed_ticks(SYMBOL, [tick(1, 100), tick(2, 1_200)])
    made.feed_ticks(OTHER, [tick(1, 100), tick(2, 1_300)])
    return made


def seconds(made: Core, symbol: str) -> dict[int, Bar]:
    """The last word on each second, by its place after the start."""
    legs = {leg.instrument: leg for leg in made.take().legs}
    bars = [parse_bar(raw) for raw in legs[f"sim:{symbol}"].seconds] if f"sim:{symbol}" in legs else []
    return {(bar.open_time_ms - START_MS) // 1000: bar for bar in bars}


def missing(bars: dict[int, Bar]) -> dict[int, int | None]:
    return {number: None if bar.missing == UNKNOWN_MISSING else bar.missing for number, bar in bars.items()}


def test_bars_of_an_interruption_are_unknown_until_the_next_trade_follows() -> None:
    made = core()
    made.interrupt({SYMBOL.lower()})
    made.feed_ticks(OTHER, [tick(3, 5_600)])  # the venue's clock goes on
    assert missing(seconds(made, SYMBOL)) == {0: 0, 1: None, 2: None, 3: None, 4: None}
    made.feed_ticks(SYMBOL, [tick(3, 5_700)])  # nothing was missed
    made.feed_ticks(OTHER, [tick(4, 7_600)])
    after = seconds(made, SYMBOL)
    assert missing(after) == {1: 0, 2: 0, 3: 0, 4: 0, 5: 0, 6: 0}
    assert [after[number].revision for number in (1, 2, 4)] == [1, 1, 1]
    assert (after[1].trades, after[1].last_id) == (1, 2)


def test_what_was_missed_is_missing_once_it_shows_and_whole_once_it_is_filled() -> None:
    made = core()
    made.interrupt()
    made.feed_ticks(OTHER, [tick(3, 5_600)])
    assert missing(seconds(made, SYMBOL))[3] is None
    made.feed_ticks(SYMBOL, [tick(5, 5_700)])  # 3 and 4 are absent
    made.feed_ticks(OTHER, [tick(4, 9_000), tick(5, 30_000)])  # the hold ends
    lost = missing(seconds(made, SYMBOL))
    assert 2 not in lost  # still unknown: some of them may belong there
    assert (lost[1], lost[5]) == (0, 2)
    made.fill(SYMBOL, [tick(3, 2_500), tick(4, 4_100)])
    made.feed_ticks(OTHER, [tick(6, 31_000)])
    filled = seconds(made, SYMBOL)
    assert {number: filled[number].trades for number in (2, 4)} == {2: 1, 4: 1}
    assert all(filled[number].missing == 0 for number in (2, 3, 4, 5))


def test_other_instruments_are_left_as_they_are() -> None:
    made = core()
    made.interrupt({SYMBOL})
    made.feed_ticks(OTHER, [tick(3, 5_600)])
    assert set(missing(seconds(made, OTHER)).values()) == {0}


def test_trades_that_were_fetched_do_not_tell_that_somebody_listens() -> None:
    made = core()
    made.interrupt()
    made.fill(SYMBOL, [tick(3, 3_100)])
    made.feed_ticks(OTHER, [tick(3, 7_600)])
    assert missing(seconds(made, SYMBOL)) == {0: 0, 1: 0, 2: 0, 3: None, 4: None, 5: None, 6: None}
    made.feed_ticks(SYMBOL, [tick(4, 7_700)])
    made.feed_ticks(OTHER, [tick(4, 9_600)])
    assert missing(seconds(made, SYMBOL)) == dict.fromkeys(range(3, 9), 0)


def test_who_is_adopted_is_known_up_to_its_last_trade() -> None:
    apart, made = Core("sim", (SYMBOL,)), Core("sim", (OTHER,))
    apart.expect(SYMBOL, 1)
    apart.fill(SYMBOL, [tick(1, 100), tick(2, 1_200)])
    assert made.adopt(apart, SYMBOL)
    made.feed_ticks(OTHER, [tick(1, 100), tick(2, 5_600)])
    assert missing(seconds(made, SYMBOL)) == {0: 0, 1: None, 2: None, 3: None, 4: None}
    made.feed_ticks(SYMBOL, [tick(3, 5_700)])
    made.feed_ticks(OTHER, [tick(3, 6_600)])
    assert missing(seconds(made, SYMBOL)) == dict.fromkeys(range(1, 6), 0)


@pytest.mark.parametrize("cut", [True, False])
def test_a_restart_in_an_interruption_goes_on_as_if_there_had_been_none(cut: bool) -> None:
    made = core()
    made.interrupt()
    made.feed_ticks(OTHER, [tick(3, 5_600)])
    closed = [parse_bar(raw) for leg in made.take().legs if leg.instrument == f"sim:{SYMBOL}" for raw in leg.seconds]
    if cut:
        state, made = made.dump_state(SYMBOL), core()
        made.take()
        made.load_state(SYMBOL, state, seconds=[encode_bar(bar) for bar in closed])
        made.feed_ticks(OTHER, [tick(3, 5_600)])
    made.feed_ticks(SYMBOL, [tick(3, 5_700)])
    made.feed_ticks(OTHER, [tick(4, 7_600)])
    assert missing(seconds(made, SYMBOL)) == {1: 0, 2: 0, 3: 0, 4: 0, 5: 0, 6: 0}
    assert not math.isnan(closed[0].close)
