"""The bars that are not closed yet: their prices may be shown, marked provisional."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from redis import Redis

from engine.parameters import PairParameters, PriceField
from engine.views import OpenPrices
from store import keys
from store.bars import Bar, parse_bar
from store.client import store_errors
from store.timeframes import Timeframe


class OpenBar(NamedTuple):
    """Which unfinished bar; `kept_as` is a timeframe that the store keeps."""

    instrument: str
    kept_as: Timeframe


def open_bars_of(parameters: PairParameters) -> tuple[OpenBar, OpenBar]:
    """Those of y and x."""
    kept_as = parameters.timeframe.kept_as
    return OpenBar(parameters.y, kept_as), OpenBar(parameters.x, kept_as)


def read_open_bars(client: Redis, wanted: Sequence[OpenBar]) -> list[Bar | None]:
    """The unfinished bars, in one round trip, None where there is none; raises `StoreUnavailable`."""
    with store_errors():
        pipeline = client.pipeline(transaction=False)
        for instrument, kept_as in wanted:
            pipeline.hget(keys.open_bars(instrument), kept_as)
        return [None if raw is None else parse_bar(raw) for raw in pipeline.execute()]


def open_prices(parameters: PairParameters, y: Bar | None, x: Bar | None) -> OpenPrices:
    """Prices of both legs' unfinished bars."""
    times = [_open_time_ms(bar, parameters) for bar in (y, x) if bar is not None]
    return OpenPrices(_price(y, parameters.field), _price(x, parameters.field), max(times, default=None))


def _open_time_ms(bar: Bar, parameters: PairParameters) -> int:
    """Of the bar that contains it, where bars are derived from minutes."""
    return bar.open_time_ms // parameters.timeframe.ms * parameters.timeframe.ms


def _price(bar: Bar | None, field: PriceField) -> float | None:
    if bar is None:
        return None
    price = bar.close if field is PriceField.CLOSE else (bar.bid + bar.ask) / 2.0
    return price if price > 0.0 else None
