"""The volume that aggressors bought: folded in the order of ids, unknown where a side is, kept over a restart."""

from __future__ import annotations

import math
import random
from types import SimpleNamespace

import numpy as np
import pytest

from ingest.core.core import Core
from store.bars import parse_bar
from store.ticks import Side, Tick
from store.timeframes import Timeframe

BTC = "BTCUSDT"
BUY, SELL, UNKNOWN = int(Side.BUY), int(Side.SELL), int(Side.UNKNOWN)


def ticks_of(wire: SimpleNamespace, count: int = 400) -> list[Tick]:
    """Two minutes and more, from the beginning of a minute on."""
    chance = random.Random(3)
    return [
        wire.tick(
            i + 1, wire.START_MS + i * 400, quantity=chance.uniform(0.001, 3.0), side=chance.choice((BUY, BUY, SELL))
        )
        for i in range(count)
    ]


def core_of(*, expect: int = 1) -> Core:
    core = Core("sim", [BTC])
    core.expect(BTC, expect)
    return core


def plain_sums(ticks: list[Tick], ms: int) -> dict[int, float]:
    sums: dict[int, float] = {}
    for tick in ticks:
        open_ms = tick.time_ms // ms * ms
        sums[open_ms] = sums.get(open_ms, 0.0) + (tick.quantity if tick.side == BUY else 0.0)
    return sums


@pytest.mark.parametrize("timeframe", [Timeframe.S1, Timeframe.M1])
def test_bars_hold_what_was_bought_as_a_plain_sum_has_it(wire: SimpleNamespace, timeframe: Timeframe) -> None:
    ticks = ticks_of(wire)
    core, published = core_of(), wire.Published()
    for start in range(0, len(ticks), 17):
        core.feed([wire.agg_trade(tick, BTC) for tick in ticks[start : start + 17]])
        published.add(core.take())
    core.finish()
    published.add(core.take())
    expected = plain_sums(ticks, timeframe.ms)
    bars = published.last(BTC, timeframe)
    assert len(bars) >= 2
    for bar in bars:
        assert bar.buy_volume == float(np.float32(expected[bar.open_time_ms]))
        assert 0 <= bar.buy_volume <= bar.volume * (1 + 1e-6)


def test_one_unknown_side_makes_its_bars_unknown_and_no_other(wire: SimpleNamespace) -> None:
    ticks = ticks_of(wire)
    ticks[5] = ticks[5]._replace(side=UNKNOWN)
    core, published = core_of(), wire.Published()
    core.feed_ticks(BTC, ticks)
    core.finish()
    published.add(core.take())
    for timeframe in (Timeframe.S1, Timeframe.M1):
        unknown = [bar.open_time_ms for bar in published.last(BTC, timeframe) if math.isnan(bar.buy_volume)]
        assert unknown == [ticks[5].time_ms // timeframe.ms * timeframe.ms]


def test_a_bar_without_trades_bought_nothing(wire: SimpleNamespace) -> None:
    frames = [wire.agg_trade(wire.tick(1, wire.START_MS), BTC), wire.clock(wire.START_MS + 3_500)]
    bars = wire.run(core_of(), frames).last(BTC)
    assert [bar.buy_volume for bar in bars] == [1.0, 0.0, 0.0]


def test_a_restart_in_mid_bar_loses_nothing_of_it(wire: SimpleNamespace) -> None:
    ticks = ticks_of(wire)
    core, published = core_of(), wire.Published()
    core.feed_ticks(BTC, ticks[:203])
    published.add(core.take())
    again = Core("sim", [BTC])
    again.load_state(BTC, published.states[BTC])
    again.feed_ticks(BTC, ticks[203:])
    again.finish()
    published.add(again.take())
    expected = plain_sums(ticks, 60_000)
    for bar in published.last(BTC, Timeframe.M1):
        assert bar.buy_volume == float(np.float32(expected[bar.open_time_ms]))


def test_an_unknown_side_stays_unknown_over_a_restart(wire: SimpleNamespace) -> None:
    core = core_of()
    core.feed_ticks(BTC, [wire.tick(1, wire.START_MS, side=UNKNOWN)])
    again = Core("sim", [BTC])
    again.load_state(BTC, core.dump_state(BTC))
    again.feed_ticks(BTC, [wire.tick(2, wire.START_MS + 10)])
    (leg,) = again.take().legs
    assert leg.open_second is not None
    assert math.isnan(parse_bar(leg.open_second).buy_volume)


def test_a_late_trade_is_counted_in_when_its_bar_is_revised(wire: SimpleNamespace) -> None:
    ticks = ticks_of(wire, 30)
    core, published = core_of(), wire.Published()
    core.feed_ticks(BTC, [tick for tick in ticks if tick.trade_id != 3])
    core.finish()
    published.add(core.take())
    core.fill(BTC, [ticks[2]])
    published.add(core.take())
    first = published.last(BTC)[0]
    assert first.revision > 0
    assert first.buy_volume == float(np.float32(plain_sums(ticks, 1_000)[first.open_time_ms]))
