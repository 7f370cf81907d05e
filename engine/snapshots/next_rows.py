"""The next row of many pairs at once, each to the bits that `compute_rows` gives for it among others.

One bar of one pair is a few hundred calls of numpy on a few values; of a hundred pairs it is as many calls.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics.signal import signal_step
from engine.parameters import Method, PairParameters
from engine.rows import ROW_DTYPE
from engine.snapshots.kalman_next import fill_next_kalman
from engine.snapshots.kalman_rows import KALMAN_DTYPE, has_checkpoint
from engine.snapshots.leg_tails import LegTail, LegTails
from engine.snapshots.pair_bars import PairBars, PairPrices
from engine.snapshots.plain_rows import Rows, rows_of
from engine.snapshots.rolling_rows import fill_correlation, fill_last, lead_bars
from engine.snapshots.window_rows import fill_whole, fill_window
from engine.thresholds import Threshold, threshold_at


@dataclass(frozen=True, slots=True)
class NextRow:
    """What the row of bar `number` is made of: the legs' last bars with it, and rows that end before it."""

    number: int
    y: LegTail
    x: LegTail
    before: Rows


class NextRows(NamedTuple):
    """Rows (k,), and of which a path ran into no numerical trouble: the others are nothing."""

    rows: Rows
    sound: NDArray[np.bool_]


def row_dtype(method: Method) -> np.dtype[np.void]:
    """The rows that are kept of a method: `ROW_DTYPE`, or what begins with its columns."""
    return KALMAN_DTYPE if method is Method.KALMAN else ROW_DTYPE


def kind_of(p: PairParameters) -> Hashable:
    """Pairs with the same word may be computed at once."""
    return (p.timeframe, p.window, p.z_window, p.method, p.scale, p.field)


def is_next(p: PairParameters, bars_before: int, before: Rows) -> bool:
    """Whether the row after `before` can be computed here: it has all behind it that it may depend on."""
    if bars_before < lead_bars(p):
        return False
    if p.method is Method.KALMAN:
        return has_checkpoint(before)
    return p.method is Method.ROLLING and len(before) >= lead_bars(p)


def next_row(
    pair: PairBars, p: PairParameters, before: Rows, tails: LegTails, *, same: tuple[Hashable, Hashable] = (None, None)
) -> NextRow:
    """For the last bar of `pair`; `same` is the word for each leg's bars of `LegTails.of`."""
    y, x = (tails.of(bars, pair.end, p, same=word) for bars, word in zip((pair.y, pair.x), same, strict=True))
    return NextRow(pair.end - 1, y, x, before)


def next_rows(due: Sequence[NextRow], p: PairParameters, thresholds: Sequence[Threshold]) -> NextRows:
    """Of pairs of one kind, `p` being any of them, and of one bar."""
    number, bar_ms = due[0].number, p.timeframe.ms
    y_bars, x_bars = (_last([leg.bars for leg in legs]) for legs in _legs(due))
    rows = rows_of(np.full(len(due), number * bar_ms), y_bars, x_bars, p.field, row_dtype(p.method))
    y, x = (np.array([leg.prices for leg in legs]) for legs in _legs(due))
    stale = np.array([[each.y.stale | each.x.stale] for each in due])
    prices = PairPrices(number - p.window, y, x, stale)
    sound = np.ones(len(due), np.bool_)
    if p.method is Method.KALMAN:
        sound = fill_next_kalman(rows, prices, before=_last([each.before for each in due]))
    else:
        spreads = np.array([each.before["spread"][1 - p.z_window :] for each in due])
        fill_last(rows, prices, p, spreads=spreads)
    fill_correlation(rows, prices, p, only_last=True)
    _fill_windows(rows, due, p)
    levels = threshold_at(thresholds, (number + 1) * bar_ms)
    rows["signal"] = [
        signal_step(int(each.before["signal"][-1]), z, entry=levels.entry, exit=levels.exit)  # type: ignore[arg-type]
        for each, z in zip(due, rows["z"].tolist(), strict=True)
    ]
    return NextRows(rows, sound)


def _legs(due: Sequence[NextRow]) -> tuple[list[LegTail], list[LegTail]]:
    return [each.y for each in due], [each.x for each in due]


def _last(arrays: Sequence[Rows]) -> Rows:
    """The last record of each. By bytes: numpy would hold the fields of every two against each other."""
    return np.frombuffer(b"".join(array[-1:].tobytes() for array in arrays), arrays[0].dtype)


def _fill_windows(rows: Rows, due: Sequence[NextRow], p: PairParameters) -> None:
    fill_whole(rows)
    for place, each in enumerate(due):
        if not (each.y.whole and each.x.whole):
            first = each.number + 1 - len(each.y.bars)
            fill_window(rows[place : place + 1], PairBars(p.timeframe, first, each.y.bars, each.x.bars), p.window)
