"""Coarser bars equal those folded minute by minute in plain Python."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from store.bars import NO_TRADE_ID, UNKNOWN_MISSING, Bar, Source, encode_bar, parse_bar, parse_bars
from store.derive import derive_bars
from store.grid import BarGrid
from store.timeframes import Timeframe
from tests.store.bar_data import START_MS, made_bar


def folded(minutes: list[Bar], count: int) -> Bar:
    """One bar of the minutes of a span of `count` slots, the slow and plain way."""
    used = [bar for bar in minutes if bar.trades] or minutes
    volume = 0.0
    for bar in minutes:
        volume += bar.volume
    unknown = len(minutes) < count or any(bar.missing == UNKNOWN_MISSING for bar in minutes)
    return Bar(
        open_time_ms=minutes[0].open_time_ms // (count * 60_000) * (count * 60_000),
        open=used[0].open,
        high=max(bar.high for bar in used),
        low=min(bar.low for bar in used),
        close=used[-1].close,
        volume=volume,
        trades=sum(bar.trades for bar in minutes),
        first_id=used[0].first_id,
        last_id=used[-1].last_id,
        bid=minutes[-1].bid,
        ask=minutes[-1].ask,
        source=max(bar.source for bar in minutes),
        missing=UNKNOWN_MISSING if unknown else sum(bar.missing for bar in minutes),
        revision=sum(bar.revision for bar in minutes),
        buy_volume=sum(bar.buy_volume for bar in minutes),
    )


minute_bars = st.builds(
    lambda trades, missing, revision, source, known: {
        "trades": trades,
        "missing": missing,
        "revision": revision,
        "source": source,
        **({} if known else {"buy_volume": math.nan}),
    },
    st.integers(0, 2),
    st.sampled_from([0, 0, 1, 7, UNKNOWN_MISSING]),
    st.integers(0, 3),
    st.sampled_from([Source.TRADES, Source.KLINES]),
    st.sampled_from([True, True, True, False]),
)


@given(
    st.lists(st.none() | minute_bars, min_size=1, max_size=40),
    st.integers(0, 20),
    st.sampled_from([Timeframe.M5, Timeframe.M15]),
)
def test_derived_bars_equal_a_plain_fold(
    slots: list[dict[str, float] | None], start: int, timeframe: Timeframe
) -> None:
    minutes = {
        start + place: made_bar(start + place, Timeframe.M1)._replace(
            **slot, **({} if slot["trades"] else {"first_id": NO_TRADE_ID, "last_id": NO_TRADE_ID})
        )
        for place, slot in enumerate(slots)
        if slot is not None
    }
    if not minutes:
        return
    grid = BarGrid(Timeframe.M1, 100)
    grid.put(parse_bars([encode_bar(bar) for bar in minutes.values()]))
    derived = derive_bars(grid.bars, timeframe)
    ratio = timeframe.ms // 60_000
    spans = range(-(-min(minutes) // ratio), (max(minutes) + 1) // ratio)
    assert len(derived) == max(0, len(spans))
    for span, bar in zip(spans, derived, strict=True):
        there = [minutes[number] for number in range(span * ratio, (span + 1) * ratio) if number in minutes]
        if there:
            assert encode_bar(parse_bar(bar.tobytes())) == encode_bar(folded(there, ratio))
        else:
            assert math.isnan(bar["close"])


def test_an_hour_of_minutes_is_one_bar() -> None:
    minutes = parse_bars([encode_bar(made_bar(number, Timeframe.M1)) for number in range(60)])
    (hour,) = derive_bars(minutes, Timeframe.H1)
    assert hour["open_time_s"] == START_MS // 1000
    assert hour["trades"] == 180
    assert hour["high"] == minutes["high"].max()


def test_a_span_that_is_not_whole_gives_no_bar() -> None:
    minutes = parse_bars([encode_bar(made_bar(number, Timeframe.M1)) for number in range(1, 9)])
    assert len(derive_bars(minutes, Timeframe.M5)) == 0
    assert len(derive_bars(minutes[:0], Timeframe.M5)) == 0
    assert np.isfinite(derive_bars(minutes[4:], Timeframe.M5)["close"]).all()
