"""The volume-weighted average price since an anchor, such as the beginning of the UTC day.

    vwap_t = sum of price_i · volume_i / sum of volume_i,  over the bars i <= t of the same session

>>> import numpy as np
>>> price, volume = np.array([10.0, 11.0, 12.0, 20.0]), np.array([1.0, 1.0, 2.0, 5.0])
>>> vwap(price, volume, bar_ms=60_000, anchor_ms=180_000).tolist()
[10.0, 10.5, 11.25, 20.0]
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from analytics.errors import InvalidWindow
from analytics.series import Vector, as_squarable, require_equal_lengths

DAY_MS = 86_400_000
HOUR_MS = 3_600_000


def vwap(
    price: ArrayLike, volume: ArrayLike, *, bar_ms: int, origin: int = 0, anchor_ms: int = DAY_MS, whole: bool = True
) -> Vector:
    """VWAP (n,) of `price` and `volume` (both (n,)), begun anew at every multiple of `anchor_ms` since the epoch.

    Element 0 is bar number `origin` of `bar_ms`; `anchor_ms` is a multiple of that, a UTC day by default. A bar counts
    where both are finite and within 1e±100, and its volume is above 0. NaN at bars whose price is missing, and until
    something was traded in the session. A session that began before element 0 has none (`whole`), or what can be had of
    it from there on. The same bits from whatever first bar. Raises `LengthMismatch`, `WrongShape`, `InvalidWindow`.
    """
    prices, volumes = as_squarable("price", price), as_squarable("volume", volume)
    require_equal_lengths(prices, volumes)
    if bar_ms < 1 or anchor_ms < bar_ms or anchor_ms % bar_ms:
        raise InvalidWindow("anchor_ms", anchor_ms, f"give a multiple of the bar's {bar_ms} ms")
    out = np.full(len(prices), np.nan)
    counts = np.isfinite(prices) & np.isfinite(volumes) & (volumes > 0.0)
    traded = np.where(counts, volumes, 0.0)
    turnover = traded * np.where(counts, prices, 0.0)
    length = anchor_ms // bar_ms
    first = -(origin % length) if not whole else (-origin) % length
    with np.errstate(invalid="ignore", divide="ignore"):
        for start in range(first, len(prices), length):
            part = slice(max(start, 0), start + length)
            out[part] = np.cumsum(turnover[part]) / np.cumsum(traded[part])
    return np.where(np.isfinite(prices), out, np.nan)
