"""Order flow: who was in a hurry, the buyers or the sellers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from store.grid import Bars


def imbalance(bars: Bars) -> NDArray[np.float64]:
    """(bought - sold) / volume (n,), by the side of the aggressor: from -1 to 1.

    NaN where nothing was traded, where a side is unknown, and where there is no bar.
    """
    volume = np.where(bars["volume"] > 0.0, bars["volume"], np.nan)
    # What was bought is kept to seven digits: it may lie a rounding above the volume itself.
    share: NDArray[np.float64] = np.clip(2.0 * bars["buy_volume"].astype(np.float64) / volume - 1.0, -1.0, 1.0)
    return share
