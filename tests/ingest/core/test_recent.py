"""What is remembered depends on the ticks alone, not on how they were handed over."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ingest.core.recent import RecentTicks, remember
from store.ticks import TICK_DTYPE, encode_ticks


@given(cuts=st.lists(st.integers(0, 3_000), max_size=20))
def test_forgetting_does_not_depend_on_the_division(cuts: list[int], wire: SimpleNamespace) -> None:
    ticks = wire.random_ticks(1, 3_000, span_ms=60_000)
    packed = encode_ticks(ticks)
    whole, divided = (RecentTicks(capacity=1_000) for _ in range(2))
    whole.append(packed)
    edges = [0, *sorted(cuts), len(ticks)]
    for start, stop in itertools.pairwise(edges):
        divided.append(packed[start * TICK_DTYPE.itemsize : stop * TICK_DTYPE.itemsize])
    assert divided.known_from_ms == whole.known_from_ms > wire.START_MS
    end_ms = wire.START_MS + 60_000
    kept = whole.between(whole.known_from_ms, end_ms)
    assert kept == [tuple(tick) for tick in ticks if tick.time_ms >= whole.known_from_ms]
    assert divided.between(0, end_ms) == whole.between(0, end_ms)


def test_ticks_read_back_twice_count_once(wire: SimpleNamespace) -> None:
    ticks = wire.random_ticks(2, 50, span_ms=5_000)
    recent = remember(encode_ticks(ticks[:30]) + encode_ticks(ticks[20:]), capacity=100, known_from_ms=0)
    ids = [tick[0] for tick in recent.between(0, wire.START_MS + 5_000)]
    assert ids == np.arange(1_000, 1_050).tolist()
