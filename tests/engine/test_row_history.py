"""What was handed out never changes, whatever is appended, replaced or dropped."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.rows import ROW_DTYPE
from engine.snapshots.plain_rows import Rows
from engine.snapshots.row_history import RowHistory


def made_rows(first: int, count: int, mark: float) -> Rows:
    rows = np.zeros(count, ROW_DTYPE)
    rows["open_time_ms"] = np.arange(first, first + count) * 1_000
    rows["z"] = mark + np.arange(count)
    return rows


steps = st.lists(st.tuples(st.integers(-30, 3), st.integers(1, 40), st.booleans()), max_size=40)


@given(steps, st.integers(1, 50))
def test_it_is_a_list_that_is_cut_and_appended_to_and_views_stay(steps: list[tuple[int, int, bool]], kept: int) -> None:
    history = RowHistory(ROW_DTYPE, 1_000, kept=kept)
    model: list[tuple[int, float]] = []
    views: list[tuple[Rows, bytes]] = []
    for place, (offset, count, hand_out) in enumerate(steps):
        number = max((model[-1][0] + 1 if model else 1_000) + offset, 0)
        rows = made_rows(number, count, float(place * 1_000))
        history.put(rows)
        new = list(zip((rows["open_time_ms"] // 1_000).tolist(), rows["z"].tolist(), strict=True))[-kept:]
        joins = model and model[0][0] < new[0][0] <= model[-1][0] + 1
        model = ([row for row in model if row[0] < new[0][0]] if joins else []) + new
        model = model[-kept:]
        assert (
            list(zip((history.rows["open_time_ms"] // 1_000).tolist(), history.rows["z"].tolist(), strict=True))
            == model
        )
        assert (history.first, history.end) == (model[0][0], model[-1][0] + 1)
        if hand_out:
            views.append((history.rows, history.rows.tobytes()))
    assert all(view.tobytes() == then for view, then in views)


def test_one_more_row_moves_nothing_most_of_the_time() -> None:
    history = RowHistory(ROW_DTYPE, 1_000, kept=800)
    history.put(made_rows(0, 800, 0.0))
    arrays = set()
    for number in range(800, 1_600):
        history.put(made_rows(number, 1, 1.0))
        arrays.add(history.rows.__array_interface__["data"][0] - (history.first - 0) * ROW_DTYPE.itemsize)
    assert len(arrays) <= 13  # moved once in 64 bars
