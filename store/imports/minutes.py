"""Files of 1 m klines as bars."""

from __future__ import annotations

import numpy as np

from store.bars import NO_TRADE_ID, PACKED_BAR, UNKNOWN_MISSING, Source
from store.grid import Bars
from store.imports.columns import Columns, positive, times_ms, whole
from store.timeframes import Timeframe

WIDTHS = (12,)
"""Open time, OHLC, volume, close time, quote volume, trades, volume and quote volume that takers bought, unused."""

_MINUTE_MS = Timeframe.M1.ms


def parse_klines(columns: Columns) -> Bars:
    """Bars (n,) of `PACKED_BAR`; raises `ValueError` for what is no 1 m kline."""
    opens = times_ms(columns[0])
    if (opens % _MINUTE_MS).any():
        raise ValueError("does not open at a whole minute")
    bars = np.zeros(len(opens), PACKED_BAR)
    bars["open_time_s"] = opens // 1000
    for place, name in enumerate(("open", "high", "low", "close"), start=1):
        bars[name] = positive(name, columns[place])
    inner = np.maximum(bars["open"], bars["close"]), np.minimum(bars["open"], bars["close"])
    if ((bars["high"] < inner[0]) | (bars["low"] > inner[1])).any():
        raise ValueError("has a high or a low that open or close goes beyond")
    bars["volume"] = positive("volume", columns[5], zero=True)
    trades = whole("number of trades", columns[8])
    if (trades > 0xFFFF_FFFF).any():
        raise ValueError("counts more trades than there can be")
    bars["trades"] = trades
    bars["buy_volume"] = positive("volume bought", columns[9], zero=True)
    bars["bid"] = bars["ask"] = np.nan
    bars["first_id"] = NO_TRADE_ID
    bars["source"] = Source.KLINES
    bars["missing"] = UNKNOWN_MISSING
    return bars
