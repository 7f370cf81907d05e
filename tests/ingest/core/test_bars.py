"""When bars open, close, stay empty, stay unknown, and are revised."""

from __future__ import annotations

from math import isnan
from types import SimpleNamespace
from typing import Any

import pytest

from ingest.core.core import Core
from ingest.core.rejections import Rejection
from store.bars import NO_TRADE_ID, UNKNOWN_MISSING, Bar, Source, parse_bar
from store.ticks import parse_ticks
from store.timeframes import Timeframe

BTC = "BTCUSDT"


def core_of(*symbols: str, expect: int | None = 1, **options: Any) -> Core:
    core = Core("sim", symbols or (BTC,), **options)
    if expect is not None:
        for symbol in core.symbols:
            core.expect(symbol, expect)
    return core


def test_a_bar_closes_when_the_clock_is_a_watermark_past_its_end(wire: SimpleNamespace) -> None:
    start = wire.START_MS
    core, published = core_of(), wire.Published()
    core.feed([wire.agg_trade(wire.tick(1, start + 10), BTC), wire.clock(start + 1_499)])
    published.add(core.take())
    assert published.last(BTC) == []
    core.feed([wire.clock(start + 1_500)])
    published.add(core.take())
    (bar,) = published.last(BTC)
    assert (bar.open_time_ms, bar.trades, bar.missing, bar.source) == (start, 1, 0, Source.TRADES)
    core.feed([wire.clock(start + 60_499)])
    published.add(core.take())
    assert published.last(BTC, Timeframe.M1) == []
    core.feed([wire.clock(start + 60_500)])
    published.add(core.take())
    assert len(published.last(BTC, Timeframe.M1)) == 1


def test_a_quiet_instrument_is_closed_by_the_clock_of_its_venue(wire: SimpleNamespace) -> None:
    start = wire.START_MS
    core = core_of(BTC, "ETHUSDT")
    frames = [
        wire.agg_trade(wire.tick(1, start, price=50.5), BTC),
        wire.book_ticker("ETHUSDT", 9.0, 9.5, start + 3_500),
    ]
    bars = wire.run(core, frames).last(BTC)
    assert [bar.open_time_ms - start for bar in bars] == [0, 1_000, 2_000]
    assert [bar.trades for bar in bars] == [1, 0, 0]
    assert bars[2].open == bars[2].high == bars[2].low == bars[2].close == 50.5
    assert (bars[2].first_id, bars[2].last_id, bars[2].volume, bars[2].missing) == (NO_TRADE_ID, NO_TRADE_ID, 0.0, 0)


def test_the_closing_quote_is_the_last_before_the_end(wire: SimpleNamespace) -> None:
    start = wire.START_MS
    frames = [
        wire.agg_trade(wire.tick(1, start), BTC),
        wire.clock(start + 1_600),
        wire.book_ticker(BTC, 1.0, 2.0, start + 1_700),
        wire.book_ticker(BTC, 3.0, 4.0, start + 2_000),
        wire.clock(start + 4_500),
    ]
    bars = wire.run(core_of(), frames).last(BTC)
    assert isnan(bars[0].bid)
    assert [(bar.bid, bar.ask) for bar in bars[1:]] == [(1.0, 2.0), (3.0, 4.0), (3.0, 4.0)]


def test_a_spot_quote_belongs_to_the_time_of_the_clock(wire: SimpleNamespace) -> None:
    start = wire.START_MS
    spot = b'{"stream":"x","data":{"u":1,"s":"BTCUSDT","b":"5.0","B":"1","a":"6.0","A":"1"}}'
    far_off_receipt = (start + 3_600_000) * 1_000
    frames = [wire.agg_trade(wire.tick(1, start + 5), BTC), (far_off_receipt, spot), wire.clock(start + 1_500)]
    (bar,) = wire.run(core_of(), frames).last(BTC)
    assert (bar.bid, bar.ask) == (5.0, 6.0)


def test_what_the_first_bars_miss_is_unknown_unless_the_first_id_was_expected(wire: SimpleNamespace) -> None:
    start = wire.START_MS
    frames = [wire.agg_trade(wire.tick(1, start + 900), BTC), wire.agg_trade(wire.tick(2, start + 1_100), BTC)]
    frames.append(wire.clock(start + 61_000))
    unasked = wire.run(core_of(expect=None), frames)
    assert [bar.missing for bar in unasked.last(BTC)[:2]] == [UNKNOWN_MISSING, 0]
    assert unasked.last(BTC, Timeframe.M1)[0].missing == UNKNOWN_MISSING
    assert {bar.missing for bar in wire.run(core_of(), frames).last(BTC)} == {0}


@pytest.mark.parametrize("ids", ["consecutive", "none"])
def test_a_first_bar_that_is_partial_is_dropped_where_that_is_asked(wire: SimpleNamespace, ids: Any) -> None:
    start = wire.START_MS
    times = (start + 900, start + 950, start + 2_100, start + 61_000)
    numbers = (1, 2, 3, 4) if ids == "consecutive" else (NO_TRADE_ID,) * 4
    ticks = [wire.tick(i, ms, price=float(p)) for p, (i, ms) in enumerate(zip(numbers, times, strict=True), 1)]
    played = []
    for size in (1, 3, 4):
        core, published = Core("replay", [BTC], ids=ids, partial_first="dropped"), wire.Published()
        for at in range(0, len(ticks), size):
            core.feed_ticks(BTC, ticks[at : at + size])
            published.add(core.take())
        core.feed_ticks(BTC, [wire.tick(numbers[3] + 1 if numbers[3] > 0 else NO_TRADE_ID, start + 122_000)])
        published.add(core.take())
        played.append((published.bars, published.ticks))
        assert [bar.open_time_ms - start for bar in published.last(BTC)[:3]] == [1_000, 2_000, 3_000]
        assert [bar.open_time_ms - start for bar in published.last(BTC, Timeframe.M1)] == [60_000]
        empty = published.last(BTC)[0]
        assert (empty.trades, empty.close) == (0, 2.0), "the dropped bar's close goes on"
        assert core.counts().trades == 5
    assert played[0] == played[1] == played[2]
    if ids == "consecutive":
        assert {bar.missing for bar in published.last(BTC)} == {0}


def test_a_first_bar_that_begins_with_its_first_trade_is_whole(wire: SimpleNamespace) -> None:
    start = wire.START_MS
    core = Core("replay", [BTC, "ETHUSDT"], ids="none", partial_first="dropped")
    core.feed_ticks(BTC, [wire.tick(NO_TRADE_ID, start)])
    core.feed_ticks("ETHUSDT", [wire.tick(NO_TRADE_ID, start + 5_000)])
    core.feed_ticks(BTC, [wire.tick(NO_TRADE_ID, start + 61_000)])
    published = wire.Published()
    published.add(core.take())
    assert published.last(BTC)[0].open_time_ms == start
    assert published.last(BTC, Timeframe.M1)[0].open_time_ms == start
    assert published.last("ETHUSDT")[0].open_time_ms == start + 5_000
    assert published.last("ETHUSDT", Timeframe.M1) == []


def test_times_that_fall_while_ids_rise_go_by_id(wire: SimpleNamespace) -> None:
    start = wire.START_MS
    ticks = [
        wire.tick(1, start + 990, price=1.0),
        wire.tick(2, start + 1_001, price=2.0),
        wire.tick(3, start + 995, price=3.0),
        wire.tick(4, start + 1_002, price=4.0),
    ]
    frames = [wire.agg_trade(each, BTC, event_ms=start + 1_010) for each in ticks]
    first, second = wire.run(core_of(), [*frames, wire.clock(start + 2_500)]).last(BTC)
    assert (first.open, first.close, first.first_id, first.last_id, first.trades) == (1.0, 3.0, 1, 3, 2)
    assert (second.open, second.close, second.first_id, second.last_id, second.trades) == (2.0, 4.0, 2, 4, 2)


def test_a_tick_for_a_closed_bar_revises_it_and_the_empty_ones_after(wire: SimpleNamespace) -> None:
    start = wire.START_MS
    core, published = core_of(), wire.Published()
    core.feed([wire.agg_trade(wire.tick(1, start, price=1.0), BTC), wire.clock(start + 3_600)])
    published.add(core.take())
    assert [bar.close for bar in published.last(BTC)] == [1.0, 1.0, 1.0]
    late = wire.tick(2, start + 500, price=2.0)
    core.feed([wire.agg_trade(late, BTC, event_ms=start + 3_700), wire.clock(start + 4_600)])
    published.add(core.take())
    bars = published.last(BTC)
    assert [bar.close for bar in bars] == [2.0, 2.0, 2.0, 2.0]
    assert [bar.revision for bar in bars] == [1, 1, 1, 0]
    assert [bar.trades for bar in bars] == [2, 0, 0, 0]


def test_what_stays_missing_is_charged_to_the_next_tick_and_doubted_between(wire: SimpleNamespace) -> None:
    start = wire.START_MS
    frames = [
        wire.agg_trade(wire.tick(1, start), BTC),
        wire.agg_trade(wire.tick(5, start + 3_100), BTC),
        wire.clock(start + 5_099),
    ]
    core, published = core_of(), wire.Published()
    core.feed(frames)
    published.add(core.take())
    assert published.last(BTC) == []  # held: no bar closes without what it waits for
    assert core.wanted_gaps() == (("BTCUSDT", 2, 4, True),)
    core.feed([wire.clock(start + 5_600)])
    published.add(core.take())
    bars = published.last(BTC)
    assert [bar.missing for bar in bars] == [0, UNKNOWN_MISSING, UNKNOWN_MISSING, 3, 0]
    assert [bar.revision for bar in bars] == [0] * 5
    assert bars[3].completeness == 0.25
    assert core.wanted_gaps() == (("BTCUSDT", 2, 4, False),)
    assert core.counts().legs[BTC].missing_ids == 3
    core.fill(BTC, [wire.tick(3, start + 1_500, price=7.0), wire.tick(1, start)])
    published.add(core.take())
    bars = published.last(BTC)
    assert [bar.missing for bar in bars] == [0, 1, UNKNOWN_MISSING, 1, 0]
    assert [bar.close for bar in bars] == [100.0, 7.0, 7.0, 100.0, 100.0]
    assert core.counts().duplicates == 1


def test_a_silence_longer_than_is_remembered_stays_a_hole(wire: SimpleNamespace) -> None:
    start, later = wire.START_MS, wire.START_MS + 7_200_000
    frames = [wire.agg_trade(wire.tick(1, start), BTC), wire.agg_trade(wire.tick(2, later), BTC)]
    frames += [wire.clock(later + 10), wire.clock(later + 1_500)]
    bars = wire.run(core_of(), frames).last(BTC)
    assert [bar.open_time_ms for bar in bars] == [start, later - 1_000, later]


def test_history_comes_first_and_is_not_changed_by_ticks(wire: SimpleNamespace) -> None:
    start = wire.START_MS
    core, published = core_of(expect=None), wire.Published()
    kline = Bar(start - 1_000, 1.0, 2.0, 0.5, 1.5, 9.0, 4, 10, 13, 1.4, 1.6, Source.KLINES, 0, 0)
    core.load_history(BTC, Timeframe.S1, [kline._replace(open_time_ms=start - 2_000), kline])
    core.feed([wire.agg_trade(wire.tick(13, start - 10), BTC), wire.clock(start + 1_500)])
    core.feed([wire.agg_trade(wire.tick(14, start + 1_600), BTC), wire.clock(start + 2_500)])
    published.add(core.take())
    bars = published.last(BTC)
    assert [(bar.open_time_ms - start, bar.source, bar.trades) for bar in bars] == [
        (-2_000, Source.KLINES, 4),
        (-1_000, Source.KLINES, 4),
        (0, Source.TRADES, 0),
        (1_000, Source.TRADES, 1),
    ]
    assert bars[2].close == 1.5
    assert published.ids(BTC) == [13, 14]
    core.load_history(BTC, Timeframe.S1, [kline._replace(open_time_ms=start + 1_000)])
    assert core.take().legs[0].seconds == ()


def test_a_source_without_ids_says_so(wire: SimpleNamespace) -> None:
    start = wire.START_MS
    core, published = Core("replay", [BTC], ids="none"), wire.Published()
    core.feed_ticks(BTC, [wire.tick(NO_TRADE_ID, start + ms, price=p) for ms, p in ((5, 3.0), (5, 3.0), (990, 1.0))])
    core.feed_ticks(BTC, [wire.tick(NO_TRADE_ID, start + 2_600, price=2.0)])
    core.feed_ticks(BTC, [wire.tick(NO_TRADE_ID, start + 995, price=0.5)])
    core.feed_ticks(BTC, [wire.tick(NO_TRADE_ID, start + 5_000, price=2.0)])
    published.add(core.take())
    first, empty = published.last(BTC)[:2]
    assert (first.trades, first.open, first.close, first.missing, first.revision) == (4, 3.0, 0.5, UNKNOWN_MISSING, 1)
    assert (first.first_id, first.last_id) == (NO_TRADE_ID, NO_TRADE_ID)
    assert (empty.close, empty.missing) == (0.5, UNKNOWN_MISSING)


def test_ids_of_two_sequences_are_never_one(wire: SimpleNamespace) -> None:
    start = wire.START_MS
    core = core_of(expect=None)
    frames = [wire.agg_trade(wire.tick(7, start), BTC), wire.agg_trade(wire.tick(0, start), BTC, e="trade", t=9_000)]
    published = wire.run(core, [*frames, wire.agg_trade(wire.tick(8, start), BTC)])
    assert published.ids(BTC) == [7, 8]
    assert core.counts().ignored == {Rejection.OTHER_SEQUENCE: 1}
    assert core.counts().rejections == 0


def test_one_frame_from_the_future_moves_nothing(wire: SimpleNamespace) -> None:
    start = wire.START_MS
    core = core_of()
    frames = [wire.agg_trade(wire.tick(1, start), BTC), wire.clock(start + 86_400_000), wire.clock(start + 1_500)]
    published = wire.run(core, [*frames, wire.clock(start + 2_500)])
    assert [bar.open_time_ms - start for bar in published.last(BTC)] == [0, 1_000]
    assert core.counts().rejected == {Rejection.IMPLAUSIBLE_TIME: 1}
    assert core.clock_ms == start + 2_500


def test_a_confirmed_leap_is_believed_and_a_sparse_recording_loses_nothing(wire: SimpleNamespace) -> None:
    times = [wire.START_MS + step * 3_000_000 for step in range(5)]
    core = Core("replay", [BTC], ids="none")
    core.feed_ticks(BTC, [wire.tick(NO_TRADE_ID, time_ms) for time_ms in times])
    assert core.clock_ms == times[3]
    core.finish()
    assert core.clock_ms == times[4]
    ticks = parse_ticks(b"".join(core.take().legs[0].ticks))
    assert ticks["time_ms"].tolist() == times


def test_finish_lets_go_what_is_held(wire: SimpleNamespace) -> None:
    start = wire.START_MS
    core, published = core_of(), wire.Published()
    core.feed([wire.agg_trade(wire.tick(trade_id, start), BTC) for trade_id in (1, 3)])
    core.finish()
    published.add(core.take())
    assert published.ids(BTC) == [1, 3]
    unfinished = published.open[BTC, Timeframe.M1]
    assert unfinished is not None
    assert parse_bar(unfinished).missing == 1


def test_finish_closes_what_is_over_though_the_clock_stood_still(wire: SimpleNamespace) -> None:
    """One instrument's trades after all of another's, as in files that were joined end to end."""
    start, symbols = wire.START_MS, (BTC, "ETHUSDT")
    ticks = [wire.tick(NO_TRADE_ID, start + ms) for ms in range(0, 5_000, 300)]
    core, published = Core("replay", symbols, ids="none"), wire.Published()
    for symbol in symbols:
        core.feed_ticks(symbol, ticks)
        published.add(core.take())
    assert published.last("ETHUSDT") == []
    core.finish()
    published.add(core.take())
    assert published.bars["ETHUSDT", Timeframe.S1] == published.bars[BTC, Timeframe.S1]
    assert len(published.last(BTC)) == 4


def test_nothing_new_makes_an_empty_batch(wire: SimpleNamespace) -> None:
    core = core_of()
    core.feed([wire.agg_trade(wire.tick(1, wire.START_MS), BTC)])
    assert [leg.instrument for leg in core.take().legs] == ["sim:BTCUSDT"]
    assert core.take().legs == ()


def test_notices_reach_the_session_once(wire: SimpleNamespace) -> None:
    core = core_of()
    core.feed([(1, b'{"e":"serverShutdown","E":1721347200000}'), (2, b'{"result":null,"id":1}')])
    assert [notice.kind for notice in core.take().notices] == ["shutdown", "answer"]
    assert core.take().notices == ()


def test_ticks_for_an_unknown_symbol_are_a_fault_of_the_caller(wire: SimpleNamespace) -> None:
    with pytest.raises(KeyError):
        core_of().feed_ticks("NOSUCH", [wire.tick(1, 1)])
