"""Coinbase Exchange's REST interface. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any
from urllib.parse import quote

from ingest.dialects.calls import Call, Calls, Weights
from ingest.dialects.coinbase_frames import parse_time, side_of
from ingest.dialects.facts import SymbolFacts
from ingest.errors import VenueRefused, VenueUnavailable
from store.bars import NO_TRADE_ID, UNKNOWN_MISSING, Bar, Source
from store.ticks import NOT_RECEIVED, Tick
from store.timeframes import Timeframe

CANDLES = 300
MINUTE_MS = Timeframe.M1.ms
NOT_FOUND = 404


class CoinbaseCalls(Calls):
    """``products``, their ``trades`` and ``candles``, and ``time``."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    def time(self) -> Call[int]:
        return Call("time", _server_time)

    def symbols(self, wanted: Sequence[str]) -> Sequence[Call[dict[str, SymbolFacts]]]:
        return [Call(_product(symbol), _one_product, self._weights.exchange_info) for symbol in wanted]

    def all_symbols(self) -> Call[dict[str, SymbolFacts]]:
        return Call("products", _products, self._weights.exchange_info)

    def trades(self, symbol: str, *, from_id: int | None, limit: int) -> Call[list[Tick]]:
        """The newest trades older than `from_id` + `limit` are, as ids are consecutive, those from `from_id` on."""
        query = {"limit": str(limit)}
        if from_id is not None:
            query["after"] = str(from_id + limit)

        def parse(rows: Any) -> list[Tick]:
            return [tick for tick in _trades(rows) if from_id is None or tick.trade_id >= from_id]

        return Call(f"{_product(symbol)}/trades", parse, self._weights.agg_trades, query)

    def klines(self, symbol: str, timeframe: Timeframe, start_ms: int, end_ms: int) -> Sequence[Call[list[Bar]]]:
        if timeframe is not Timeframe.M1:
            raise ValueError(f"candles of {timeframe} are not asked for: the venue's are of minutes")
        starts = range(start_ms, end_ms, CANDLES * MINUTE_MS)
        return [self._candles(symbol, start, min(end_ms, start + CANDLES * MINUTE_MS) - MINUTE_MS) for start in starts]

    def joined(self, bars: list[Bar]) -> list[Bar]:
        """A minute between two candles in which nothing was traded has none: it goes on with the close before it."""
        known = sorted({bar.open_time_ms: bar for bar in bars}.values())
        whole = known[:1]
        for before, after in pairwise(known):
            quiet = range(before.open_time_ms + MINUTE_MS, after.open_time_ms, MINUTE_MS)
            whole += [_bar(open_ms, (before.close,) * 4, 0.0) for open_ms in quiet]
            whole.append(after)
        return whole

    def is_unknown_symbol(self, refused: VenueRefused) -> bool:
        return refused.status == NOT_FOUND

    def used_weight(self, headers: Mapping[str, str]) -> int | None:  # noqa: ARG002  # the venue does not say
        return None

    def _candles(self, symbol: str, first_ms: int, last_ms: int) -> Call[list[Bar]]:
        query = {"granularity": "60", "start": str(first_ms // 1000), "end": str(last_ms // 1000)}
        return Call(f"{_product(symbol)}/candles", _candle_bars, self._weights.klines, query)


def _product(symbol: str) -> str:
    return f"products/{quote(symbol, safe='')}"


def _server_time(answer: Any) -> int:
    try:
        return round(float(answer["epoch"]) * 1000)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise VenueUnavailable(f"time answered something else: {answer!r:.80}") from error


def _products(answer: Any) -> dict[str, SymbolFacts]:
    try:
        return {entry["id"]: _facts(entry) for entry in answer}
    except (KeyError, TypeError, ValueError) as error:
        raise VenueUnavailable(f"products answered something else: {error!r}") from error


def _one_product(answer: Any) -> dict[str, SymbolFacts]:
    return _products([answer])


def _facts(entry: dict[str, Any]) -> SymbolFacts:
    return SymbolFacts(
        symbol=str(entry["id"]),
        base=str(entry.get("base_currency", "")),
        quote=str(entry.get("quote_currency", "")),
        status=_status(entry),
        tick_size=float(entry.get("quote_increment", 0.0)),
    )


def _status(entry: dict[str, Any]) -> str:
    """``TRADING``, or the venue's word for why not."""
    status = str(entry.get("status", ""))
    if status != "online":
        return status or "without a status"
    for mark in ("trading_disabled", "cancel_only"):
        if entry.get(mark):
            return mark.upper()
    return "TRADING"


def _trades(rows: Any) -> list[Tick]:
    """In id order; a row that is none makes the whole answer unusable."""
    try:
        return sorted(_trade(row) for row in rows)
    except (KeyError, TypeError, ValueError) as error:
        raise VenueUnavailable(f"trades answered something else: {error!r}") from error


def _trade(row: dict[str, Any]) -> Tick:
    price, size = float(row["price"]), float(row["size"])
    if not (0 < price < math.inf and 0 < size < math.inf):
        raise ValueError(f"price {price}, size {size}")
    return Tick(int(row["trade_id"]), price, size, parse_time(row["time"]), NOT_RECEIVED, side_of(row["side"]))


def _candle_bars(rows: Any) -> list[Bar]:
    try:
        return sorted(_candle(row) for row in rows)
    except (IndexError, TypeError, ValueError) as error:
        raise VenueUnavailable(f"candles answered something else: {error!r}") from error


def _candle(row: Sequence[Any]) -> Bar:
    """A row is time in s, low, high, open, close, volume."""
    time_s, low, high, opened, close, volume = (float(value) for value in row[:6])
    if not (all(0 < price < math.inf for price in (opened, high, low, close)) and 0 <= volume < math.inf):
        raise ValueError(f"prices {opened}, {high}, {low}, {close}, volume {volume}")
    return _bar(int(time_s) * 1000, (opened, high, low, close), volume)


def _bar(open_ms: int, prices: tuple[float, float, float, float], volume: float) -> Bar:
    """The venue counts no trades and names no sides: where there is volume, there was one trade at the least."""
    trades, bought = (1, math.nan) if volume else (0, 0.0)
    ids = (NO_TRADE_ID, NO_TRADE_ID)
    return Bar(open_ms, *prices, volume, trades, *ids, math.nan, math.nan, Source.KLINES, UNKNOWN_MISSING, 0, bought)
