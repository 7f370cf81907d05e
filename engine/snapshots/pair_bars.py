"""The bars of two legs on one time grid, and the prices that statistics may use of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.parameters import PriceField, Scale
from store.grid import Bars
from store.timeframes import Timeframe

Vector = NDArray[np.float64]

# A leg without a trade for longer than this has a price that nobody could trade at: it is left out.
_STALE_S1_BARS = 60
_STALE_BARS = 5


def stale_cap(timeframe: Timeframe) -> int:
    """How many bars in a row a leg may go without a trade before its last price is no longer used."""
    return _STALE_S1_BARS if timeframe is Timeframe.S1 else _STALE_BARS


@dataclass(frozen=True, slots=True)
class PairBars:
    """Bars of y and x, one `store.bars.PACKED_BAR` slot per bar number from `first` on, absent ones NaN."""

    timeframe: Timeframe
    first: int
    y: Bars
    x: Bars

    @property
    def end(self) -> int:
        """The bar number after the last."""
        return self.first + len(self.y)

    def since(self, number: int) -> PairBars:
        """The same from a bar number on; no more than is there."""
        skip = max(number - self.first, 0)
        return PairBars(self.timeframe, self.first + skip, self.y[skip:], self.x[skip:])


@dataclass(frozen=True, slots=True)
class PairPrices:
    """Prices (n,) of both legs from bar number `first` on, in the scale asked for; NaN where none may be used.

    `stale` marks bars at which a leg has a price that is too old to be used. Of k pairs side by side they are (k, n).
    """

    first: int
    y: Vector
    x: Vector
    stale: NDArray[np.bool_]

    @property
    def valid(self) -> NDArray[np.bool_]:
        both: NDArray[np.bool_] = np.isfinite(self.y) & np.isfinite(self.x)
        return both


def align(y: Bars, y_first: int, x: Bars, x_first: int, timeframe: Timeframe) -> PairBars | None:
    """The stretch from the later first bar to the earlier last one, as views; None where they do not overlap."""
    first = max(y_first, x_first)
    end = min(y_first + len(y), x_first + len(x))
    if not len(y) or not len(x) or end <= first:
        return None
    return PairBars(timeframe, first, y[first - y_first : end - y_first], x[first - x_first : end - x_first])


def leg_prices(bars: Bars, field: PriceField) -> Vector:
    """Prices (n,) as the market had them, contiguous; NaN where the bar or the quote is absent."""
    if field is PriceField.MID:
        mids: Vector = (np.ascontiguousarray(bars["bid"]) + np.ascontiguousarray(bars["ask"])) / 2.0
        return mids
    closes: Vector = np.ascontiguousarray(bars["close"])
    return closes


def usable_prices(pair: PairBars, *, scale: Scale, field: PriceField) -> PairPrices:
    """Prices for the statistics, from the first bar on at which it is known how old each leg's price is.

    That bar comes at latest `stale_cap` bars after the first. From it on every value is the same
    from whatever earlier bar `pair` begins.
    """
    y, x = (usable_leg(bars, pair.timeframe, scale=scale, field=field) for bars in (pair.y, pair.x))
    known = max(y.known, x.known)
    return PairPrices(pair.first + known, y.prices[known:], x.prices[known:], y.stale[known:] | x.stale[known:])


class UsableLeg(NamedTuple):
    """What `PairPrices` is made of, of one leg (n,); whether a price is stale is `known` from that place on."""

    prices: Vector
    stale: NDArray[np.bool_]
    known: int


def usable_leg(bars: Bars, timeframe: Timeframe, *, scale: Scale, field: PriceField) -> UsableLeg:
    """Of one leg alone; `known` is at most `stale_cap`."""
    prices = _scaled(leg_prices(bars, field), scale)
    if field is PriceField.MID:  # a quote stands until it is replaced, so it does not age by trades
        return UsableLeg(prices, np.zeros(len(bars), dtype=np.bool_), 0)
    fresh, known = _freshness(bars, stale_cap(timeframe))
    stale = ~fresh & np.isfinite(prices)
    prices[~fresh] = np.nan
    return UsableLeg(prices, stale, known)


def _freshness(bars: Bars, cap: int) -> tuple[NDArray[np.bool_], int]:
    """At which bars the last trade is at most `cap` bars ago, and from which bar on that is known."""
    places = np.arange(len(bars))
    traded = bars["trades"] > 0
    last_trade = np.maximum.accumulate(np.where(traded, places, -1))
    fresh = (last_trade >= 0) & (places - last_trade <= cap)
    known = min(int(traded.argmax()) if traded.any() else len(bars), cap, len(bars))
    return fresh, known


def _scaled(prices: Vector, scale: Scale) -> Vector:
    usable = np.where(prices > 0.0, prices, np.nan)  # a copy, so that it may be masked
    return np.log(usable) if scale is Scale.LOG else usable
