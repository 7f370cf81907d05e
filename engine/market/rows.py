"""The row of an instrument: one closed bar, and the indicators as known at its close."""

from __future__ import annotations

import numpy as np

MARKET_DTYPE = np.dtype(
    [
        ("open_time_ms", "<i8"),
        ("open", "<f8"),  # NaN in all prices where the bar is absent
        ("high", "<f8"),
        ("low", "<f8"),
        ("close", "<f8"),
        ("volume", "<f8"),  # in the base currency
        ("trades", "<u4"),
        ("imbalance", "<f8"),  # bought less sold, of all that was traded: -1 to 1, NaN where sides are unknown
        ("completeness", "<f4"),
        ("revision", "<u2"),
        ("sma", "<f8"),
        ("ema", "<f8"),
        ("vwap", "<f8"),
        ("upper", "<f8"),  # Bollinger's bands
        ("lower", "<f8"),
        ("volatility", "<f8"),  # sd of one-bar log returns
    ]
)
