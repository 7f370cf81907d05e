"""The last bars of single legs as the next row of a pair needs them, made once for all pairs that share a leg."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from engine.parameters import PairParameters, PriceField, Scale
from engine.snapshots.pair_bars import Vector, stale_cap, usable_leg
from engine.snapshots.window_rows import is_whole
from store.grid import Bars
from store.timeframes import Timeframe


@dataclass(frozen=True, slots=True)
class LegTail:
    """Copies: the last bars, of more than a window; the last `window` + 1 usable prices in the scale asked for.

    `stale` says that the last price is too old to be used, `whole` that no trade of the window is missing.
    """

    bars: Bars
    prices: Vector
    stale: np.bool_
    whole: bool


_Key = tuple[Hashable, int, Timeframe, int, Scale, PriceField]


class LegTails:
    """Keeps what it made for as long as it lives: a moment, in which one bar of many pairs is computed."""

    def __init__(self) -> None:
        self._made: dict[_Key, LegTail] = {}

    def of(self, bars: Bars, end: int, p: PairParameters, *, same: Hashable = None) -> LegTail:
        """Of a leg's bars up to bar number `end`, at least `window` and `stale_cap` and one of them.

        Bars with the same word `same`, which is other than None, are the same.
        """
        if same is None:
            return _tail(bars, p)
        key = (same, end, p.timeframe, p.window, p.scale, p.field)
        if key not in self._made:
            self._made[key] = _tail(bars, p)
        return self._made[key]


def _tail(bars: Bars, p: PairParameters) -> LegTail:
    last = bars[len(bars) - (p.window + 1 + stale_cap(p.timeframe)) :].copy()
    usable = usable_leg(last, p.timeframe, scale=p.scale, field=p.field)
    return LegTail(last, usable.prices[-1 - p.window :], usable.stale[-1], is_whole(last[-p.window :]))
