"""The next row of many pairs at once has, for each, the bits that it has in one batch of its own rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from engine.parameters import Method, PairParameters, PriceField, Scale
from engine.rows import Note
from engine.snapshots.compute import compute_rows
from engine.snapshots.leg_tails import LegTails
from engine.snapshots.next_rows import is_next, next_row, next_rows, row_dtype
from engine.snapshots.pair_bars import PairBars
from engine.snapshots.plain_rows import Rows
from engine.thresholds import DEFAULT_THRESHOLD, Threshold
from store.bars import Bar
from tests.engine.pair_data import FIRST, Legs, X, Y, made_legs, pair_of

BARS = 190
PLAIN = PairParameters(Y, X, window=30, z_window=20)
KINDS = [
    PLAIN,
    replace(PLAIN, scale=Scale.RAW, window=23, z_window=31),
    replace(PLAIN, field=PriceField.MID),
    replace(PLAIN, method=Method.KALMAN),
    replace(PLAIN, method=Method.KALMAN, scale=Scale.RAW),
]
LEVELS = (DEFAULT_THRESHOLD, Threshold((FIRST + 150) * 60_000, 1.0, 0.2))
by_kind = pytest.mark.parametrize("p", KINDS, ids=lambda p: f"{p.method}-{p.scale}-{p.field}")


def changed(legs: Legs, of_x: Callable[[int, Bar], Bar]) -> Legs:
    return Legs(legs.y, [of_x(bar.open_time_ms // 60_000 - FIRST, bar) for bar in legs.x])


def markets() -> Iterator[Legs]:
    yield made_legs(BARS, seed=1)
    yield made_legs(BARS, seed=2, gaps=False)
    yield changed(made_legs(BARS, seed=3), lambda i, bar: bar._replace(trades=0) if 120 < i < 140 else bar)
    nan = float("nan")
    yield changed(made_legs(BARS, seed=4), lambda i, bar: bar._replace(close=nan, bid=nan) if i % 7 == 3 else bar)
    yield changed(
        made_legs(BARS, seed=5),
        lambda i, bar: bar._replace(close=9e4, bid=9e4 - 1, ask=9e4 + 1) if i > 100 else bar,  # no regression
    )
    yield changed(made_legs(BARS, seed=6), lambda i, bar: bar._replace(missing=3 if i % 40 == 5 else 0))
    yield Legs(made_legs(BARS, seed=7).y, made_legs(BARS, seed=8).x[: BARS - 1])


def whole(pair: PairBars, p: PairParameters) -> Rows:
    return compute_rows(pair, pair.first, p, LEVELS, before=np.empty(0, row_dtype(p.method)))


def until(pair: PairBars, end: int) -> PairBars:
    return PairBars(pair.timeframe, pair.first, pair.y[: end - pair.first], pair.x[: end - pair.first])


@by_kind
def test_each_has_the_bits_of_its_own_batch(p: PairParameters) -> None:
    pairs = [pair_of(legs) for legs in markets()]
    rows = [whole(pair, p) for pair in pairs]
    notes: set[int] = set()
    for end in range(FIRST + 110, FIRST + BARS + 1):
        due, wanted, tails = [], [], LegTails()
        for place, (pair, known) in enumerate(zip(pairs, rows, strict=True)):
            before = known[: end - 1 - pair.first]
            if end <= pair.end and is_next(p, len(before), before):
                due.append(next_row(until(pair, end), p, before, tails, same=((place, "y"), (place, "x"))))
                wanted.append(known[end - 1 - pair.first])
        assert len(due) >= 4
        found = next_rows(due, p, LEVELS)
        assert found.sound.all()
        for row, other in zip(found.rows, wanted, strict=True):
            assert row.tobytes() == other.tobytes()
        notes |= set(found.rows["note"].tolist())
    assert {Note.OK, Note.GAP} <= notes
    if p.method is Method.ROLLING:
        assert Note.RATIO_FALLBACK in notes
    if p.field is PriceField.CLOSE:
        assert Note.STALE_LEG in notes


def test_a_path_in_trouble_leaves_its_neighbour_alone() -> None:
    p = replace(PLAIN, method=Method.KALMAN)
    pair = pair_of(made_legs(BARS, gaps=False))
    rows = whole(pair, p)
    broken = rows[:-1].copy()
    broken["p_beta"][-1] = 1e308
    tails = LegTails()
    found = next_rows([next_row(pair, p, before, tails) for before in (broken, rows[:-1])], p, LEVELS)
    assert found.sound.tolist() == [False, True]
    assert found.rows[1].tobytes() == rows[-1].tobytes()
