"""Why windows that reach back far enough give no z, in words."""

from __future__ import annotations

import numpy as np

from analytics.series import is_constant
from engine.parameters import Method, PairParameters, PriceField
from engine.snapshots.compute import bars_before
from engine.snapshots.pair_bars import PairBars, PairPrices, usable_prices
from engine.snapshots.plain_rows import Rows
from engine.snapshots.rolling_rows import min_count


def unusable(rows: Rows, bars: PairBars, p: PairParameters) -> str:
    """The cause at the last row, whose note is UNUSABLE though both legs have a price; `bars` end with it."""
    prices = usable_prices(bars.since(bars.end - bars_before(p)), scale=p.scale, field=p.field)
    return _too_few(rows, prices, p) or _still(prices, p)


def _too_few(rows: Rows, prices: PairPrices, p: PairParameters) -> str:
    if p.method is Method.KALMAN:  # it forms on as many bars with prices as it needs, however far apart
        return ""
    window, name = (p.z_window, "z window") if p.method is Method.FIXED else (p.window, "window")
    have = int(np.count_nonzero(prices.valid[-window:]))
    if have < min_count(window):
        what = "mids" if p.field is PriceField.MID else "fresh prices" if prices.stale[-window:].any() else "prices"
        return f"{have} of the {name}'s {window} bars {_have(have)} {what} of both legs, needs {min_count(window)}"
    spreads = int(np.count_nonzero(np.isfinite(rows["spread"][-p.z_window :])))
    if p.method is not Method.FIXED and spreads < min_count(p.z_window):
        return f"{spreads} of the z window's {p.z_window} bars {_have(spreads)} a spread, needs {min_count(p.z_window)}"
    return ""


def _have(count: int) -> str:
    return "has" if count == 1 else "have"


def _still(prices: PairPrices, p: PairParameters) -> str:
    """There are prices enough, so the spread does not move: a leg stands still, or follows the other to the digit."""
    valid, last = prices.valid, p.window if p.method is Method.KALMAN else p.z_window
    legs = ((p.y, prices.y[valid][-last:]), (p.x, prices.x[valid][-last:]))
    still = [name for name, leg in legs if is_constant(leg)]
    if still:
        return f"{' and '.join(still)} {'do' if len(still) > 1 else 'does'} not move"
    return "the legs are one line: nothing is left for a spread"
