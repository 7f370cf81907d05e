"""Binance's REST interface. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ingest.dialects.binance_payloads import parse_agg_trades, parse_exchange_info, parse_klines
from ingest.dialects.calls import Call, Calls, Weights
from ingest.dialects.facts import SymbolFacts
from ingest.errors import VenueRefused, VenueUnavailable
from store.bars import Bar
from store.ticks import Tick
from store.timeframes import Timeframe

INVALID_SYMBOL = -1121
USED_WEIGHT = "X-MBX-USED-WEIGHT-1M"
PAGE = 1000


class BinanceCalls(Calls):
    """``aggTrades``, ``klines``, ``exchangeInfo`` and ``time``."""

    def __init__(self, weights: Weights, *, info_by_symbol: bool) -> None:
        self._weights = weights
        self._info_by_symbol = info_by_symbol

    def time(self) -> Call[int]:
        return Call("time", _server_time)

    def symbols(self, wanted: Sequence[str]) -> Sequence[Call[dict[str, SymbolFacts]]]:
        # The whole list of the spot venue is 15 MB of JSON; asked one by one, a refusal names its symbol.
        if not self._info_by_symbol:
            return (self._info({}),)
        return [self._info({"symbol": symbol}) for symbol in wanted]

    def all_symbols(self) -> Call[dict[str, SymbolFacts]]:
        """Without what makes most of the spot venue's list."""
        return self._info({"showPermissionSets": "false"} if self._info_by_symbol else {})

    def trades(self, symbol: str, *, from_id: int | None, limit: int) -> Call[list[Tick]]:
        query = {"symbol": symbol, "limit": str(limit)}
        if from_id is not None:
            query["fromId"] = str(from_id)
        return Call("aggTrades", parse_agg_trades, self._weights.agg_trades, query)

    def klines(self, symbol: str, timeframe: Timeframe, start_ms: int, end_ms: int) -> Sequence[Call[list[Bar]]]:
        query = {
            "symbol": symbol,
            "interval": str(timeframe),
            "startTime": str(start_ms),
            "endTime": str(end_ms - 1),
            "limit": str(PAGE),
        }
        return (Call("klines", parse_klines, self._weights.klines, query),)

    def joined(self, bars: list[Bar]) -> list[Bar]:
        return bars

    def is_unknown_symbol(self, refused: VenueRefused) -> bool:
        return refused.code == INVALID_SYMBOL

    def used_weight(self, headers: Mapping[str, str]) -> int | None:
        used = headers.get(USED_WEIGHT, "")
        return int(used) if used.isdecimal() else None

    def _info(self, query: Mapping[str, str]) -> Call[dict[str, SymbolFacts]]:
        return Call("exchangeInfo", parse_exchange_info, self._weights.exchange_info, query)


def _server_time(answer: Any) -> int:
    try:
        return int(answer["serverTime"])
    except (KeyError, TypeError, ValueError) as error:
        raise VenueUnavailable(f"time answered something else: {answer!r:.80}") from error
