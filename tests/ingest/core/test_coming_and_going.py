"""Instruments that a running core takes up and lets go: the others notice nothing, and nothing of theirs is lost."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from ingest.core.core import Core
from store.timeframes import KEPT, Timeframe

FROM, TO = 400, 700


def frames_of(wire: SimpleNamespace, symbol: str, ticks: list[Any]) -> list[tuple[int, bytes]]:
    return [wire.agg_trade(each, symbol) for each in ticks]


def by_time(*parts: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    return sorted((frame for part in parts for frame in part), key=lambda frame: frame[0])


def test_the_others_bars_and_ticks_are_the_same_to_the_bit(wire: SimpleNamespace) -> None:
    frames = by_time(
        frames_of(wire, "A", wire.random_ticks(1, 900, span_ms=130_000)),
        frames_of(wire, "B", wire.random_ticks(2, 300, span_ms=130_000)),
    )
    undisturbed, core, published = wire.run(Core("sim", ["A"]), frames), Core("sim", ["A"]), wire.Published()
    for part, change in ((frames[:FROM], "adopt"), (frames[FROM:TO], "remove"), (frames[TO:], "")):
        core.feed(part)
        published.add(core.take())
        if change == "adopt":
            assert core.adopt(Core("sim", ["B"]), "B")
        elif change == "remove":
            core.remove("B")
    published.add(core.take())
    assert published.ticks["A"] == undisturbed.ticks["A"]
    for timeframe in KEPT:
        assert published.bars["A", timeframe] == undisturbed.bars["A", timeframe]


def test_what_came_before_and_after_its_adoption_makes_bars_as_of_one_core(wire: SimpleNamespace) -> None:
    """Brought up to now over REST, fed by frames from some later id on, the ids between asked for: as a plain fold."""
    ticks = wire.random_ticks(3, 600, span_ms=130_000)
    apart = Core("sim", ["B"])
    apart.expect("B", ticks[0].trade_id)
    apart.fill("B", ticks[:200])
    core, published = Core("sim", ["A"]), wire.Published()
    others = frames_of(wire, "A", wire.random_ticks(4, 600, span_ms=130_000))
    core.feed([frame for frame in others if frame[0] < ticks[250].received_us])
    assert core.adopt(apart, "B")
    late = [frame for frame in others if frame[0] >= ticks[250].received_us]
    core.feed(by_time(late, frames_of(wire, "B", ticks[250:])))
    (gap,) = core.wanted_gaps()
    assert (gap.symbol, gap.first, gap.last) == ("B", ticks[200].trade_id, ticks[249].trade_id)
    core.fill("B", ticks[200:250])
    core.finish()
    published.add(core.take())
    assert sorted(published.ids("B")) == [each.trade_id for each in ticks]
    for timeframe in KEPT:
        folded = wire.fold_plainly(ticks, timeframe)
        ours = {bar.open_time_ms: bar for bar in published.last("B", timeframe) if bar.trades}
        assert ours
        for open_ms, bar in ours.items():
            assert (*bar[1:6], bar.trades, bar.first_id, bar.last_id) == pytest.approx(folded[open_ms], rel=1e-12)
            assert bar.missing == 0


def test_what_is_let_go_has_no_open_bar_and_a_state_to_go_on_from(wire: SimpleNamespace) -> None:
    ticks = wire.random_ticks(5, 500, span_ms=100_000)
    core, published = Core("sim", ["A", "B"]), wire.Published()
    core.feed(frames_of(wire, "B", ticks[:300]))
    core.remove("B")
    published.add(core.take())
    assert (published.open["B", Timeframe.S1], published.open["B", Timeframe.M1]) == (None, None)
    assert not core.has("B")
    assert core.take().legs == ()
    again = Core("sim", ["B"])
    again.load_state("B", published.states["B"], ticks=published.ticks["B"])
    assert again.expected_id("B") == ticks[300].trade_id
    again.fill("B", ticks[300:])
    assert core.adopt(again, "B")
    core.feed([wire.clock(wire.START_MS + 200_000)])
    published.add(core.take())
    assert published.ids("B") == [each.trade_id for each in ticks]
    folded = wire.fold_plainly(ticks, Timeframe.S1)
    assert {bar.open_time_ms: bar.trades for bar in published.last("B") if bar.trades} == {
        open_ms: bar[5] for open_ms, bar in folded.items()
    }


def test_frames_of_what_was_let_go_are_of_no_use_and_no_fault(wire: SimpleNamespace) -> None:
    core = Core("sim", ["A", "B"])
    core.feed(frames_of(wire, "B", wire.random_ticks(6, 10, span_ms=1_000)))
    core.remove("B")
    core.feed(frames_of(wire, "B", wire.random_ticks(6, 10, span_ms=1_000)))
    counts = core.counts()
    assert (counts.rejections, sum(counts.ignored.values()), counts.trades) == (0, 10, 10)
    assert set(counts.legs) == {"A"}


def test_one_comes_back_only_when_what_was_left_of_it_is_taken(wire: SimpleNamespace) -> None:
    core = Core("sim", ["A"])
    core.feed(frames_of(wire, "A", wire.random_ticks(7, 10, span_ms=1_000)))
    core.remove("A")
    assert not core.adopt(Core("sim", ["A"]), "A")
    assert [orjson.loads(leg.state)["last_ms"] > 0 for leg in core.take().legs] == [True]
    assert core.adopt(Core("sim", ["A"]), "A")
