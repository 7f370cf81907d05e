"""The bars that are not closed yet: their prices may be shown, marked provisional."""

from __future__ import annotations

from typing import Any

from redis import Redis

from engine.parameters import PairParameters, PriceField
from engine.views import OpenPrices
from store import keys
from store.bars import Bar, parse_bar
from store.client import store_errors


def read_open_prices(client: Redis, parameters: PairParameters) -> OpenPrices:
    """Prices of both legs' unfinished bars; raises `StoreUnavailable`."""
    kept_as = parameters.timeframe.kept_as
    with store_errors():
        pipeline = client.pipeline(transaction=False)
        for leg in (parameters.y, parameters.x):
            pipeline.hget(keys.open_bars(leg), kept_as)
        y, x = (None if raw is None else parse_bar(raw) for raw in pipeline.execute())
    times = [_open_time_ms(bar, parameters) for bar in (y, x) if bar is not None]
    return OpenPrices(_price(y, parameters.field), _price(x, parameters.field), max(times, default=None))


def _open_time_ms(bar: Bar, parameters: PairParameters) -> int:
    """Of the bar that contains it, where bars are derived from minutes."""
    return bar.open_time_ms // parameters.timeframe.ms * parameters.timeframe.ms


def _price(bar: Any, field: PriceField) -> float | None:
    if bar is None:
        return None
    price = bar.close if field is PriceField.CLOSE else (bar.bid + bar.ask) / 2.0
    return price if price > 0.0 else None
