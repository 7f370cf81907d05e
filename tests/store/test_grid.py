"""A grid of bars holds what a plain dictionary of the newest slots would."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.bars import UNKNOWN_MISSING, Bar, encode_bar, parse_bars
from store.grid import BarGrid, Bars
from store.timeframes import Timeframe
from tests.store.bar_data import START_MS, made_bar

FIRST = START_MS // 1000


def packed(bars: list[Bar]) -> Bars:
    return parse_bars([encode_bar(bar) for bar in bars])


@given(
    st.lists(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 3)), max_size=8), max_size=12),
    st.integers(1, 20),
)
def test_a_grid_equals_a_dictionary_of_its_newest_slots(puts: list[list[tuple[int, int]]], capacity: int) -> None:
    grid, model = BarGrid(Timeframe.S1, capacity), dict[int, bytes]()
    for put in puts:
        before = {number: grid.bars[number - grid.first].tobytes() for number in range(grid.first, grid.end)}
        bars = [made_bar(number, revision=revision) for number, revision in put]
        changed = grid.put(packed(bars))
        for bar in bars:
            if bar.open_time_ms // 1000 > max([*model, *(b.open_time_ms // 1000 for b in bars)]) - capacity:
                model[bar.open_time_ms // 1000] = encode_bar(bar)
        model = {number: raw for number, raw in model.items() if number > max(model) - capacity}
        after = {number: grid.bars[number - grid.first].tobytes() for number in range(grid.first, grid.end)}
        differing = [number for number, raw in after.items() if before.get(number) != raw]
        assert changed == (min(differing) if differing else None)
    shown = grid.bars
    assert len(shown) == (max(model) - min(model) + 1 if model else 0)
    for number, slot in zip(range(grid.first, grid.end), shown, strict=True):
        assert slot["open_time_s"] == number
        if number in model:
            assert slot.tobytes() == model[number]
        else:
            assert np.isnan(slot["close"])
            assert (slot["trades"], slot["missing"], slot["revision"]) == (0, UNKNOWN_MISSING, 0)


def test_a_view_cannot_be_written() -> None:
    grid = BarGrid(Timeframe.S1, 3)
    grid.put(packed([made_bar(0)]))
    with pytest.raises(ValueError, match="read-only"):
        grid.bars["close"] = 1.0


def test_one_more_bar_copies_nothing() -> None:
    grid = BarGrid(Timeframe.S1, 100)
    grid.put(packed([made_bar(number) for number in range(100)]))
    held = grid.bars
    for number in range(100, 164):
        grid.put(packed([made_bar(number)]))
        assert np.shares_memory(held, grid.bars)
