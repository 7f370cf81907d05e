"""What Binance's REST calls answer, as ticks, bars and facts of instruments. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ingest.dialects.facts import SymbolFacts
from ingest.errors import VenueUnavailable
from store.bars import NO_TRADE_ID, UNKNOWN_MISSING, Bar, Source
from store.ticks import NOT_RECEIVED, Side, Tick


def parse_agg_trades(rows: Any) -> list[Tick]:
    """Aggregate trades in id order; a row that is none raises `VenueUnavailable`: the answer is not to be used."""
    try:
        ticks = [_agg_trade(row) for row in rows]
    except (KeyError, TypeError, ValueError) as error:
        raise VenueUnavailable(f"aggTrades answered something else: {error!r}") from error
    return sorted(ticks)


def _agg_trade(row: dict[str, Any]) -> Tick:
    price, quantity = float(row["p"]), float(row["q"])
    if not (0 < price < math.inf and 0 < quantity < math.inf):
        raise ValueError(f"price {price}, quantity {quantity}")
    return Tick(int(row["a"]), price, quantity, int(row["T"]), NOT_RECEIVED, Side.SELL if row["m"] else Side.BUY)


def parse_klines(rows: Any) -> list[Bar]:
    """Klines as bars, oldest first. The venue's rows have no ids, so nobody can count what is missing."""
    try:
        return sorted(_kline(row) for row in rows)
    except (IndexError, TypeError, ValueError) as error:
        raise VenueUnavailable(f"klines answered something else: {error!r}") from error


def _kline(row: Sequence[Any]) -> Bar:
    prices = [float(row[column]) for column in (1, 2, 3, 4)]
    volume, bought = float(row[5]), float(row[9])
    if not (all(0 < price < math.inf for price in prices) and 0 <= volume < math.inf and 0 <= bought < math.inf):
        raise ValueError(f"prices {prices}, volume {volume}, bought {bought}")
    return Bar(
        open_time_ms=int(row[0]),
        open=prices[0],
        high=prices[1],
        low=prices[2],
        close=prices[3],
        volume=volume,
        trades=int(row[8]),
        first_id=NO_TRADE_ID,
        last_id=NO_TRADE_ID,
        bid=math.nan,
        ask=math.nan,
        source=Source.KLINES,
        missing=UNKNOWN_MISSING,
        revision=0,
        buy_volume=bought,
    )


def parse_exchange_info(answer: Any) -> dict[str, SymbolFacts]:
    """Facts by symbol. Entries that lack a name are left out: new kinds appear without notice."""
    try:
        entries = answer["symbols"]
        return {entry["symbol"]: _facts(entry) for entry in entries if "symbol" in entry}
    except (KeyError, TypeError, ValueError) as error:
        raise VenueUnavailable(f"exchangeInfo answered something else: {error!r}") from error


def _facts(entry: dict[str, Any]) -> SymbolFacts:
    sizes = [float(rule["tickSize"]) for rule in entry.get("filters", ()) if rule.get("filterType") == "PRICE_FILTER"]
    return SymbolFacts(
        symbol=entry["symbol"],
        base=entry.get("baseAsset", ""),
        quote=entry.get("quoteAsset", ""),
        status=str(entry.get("status", "")),
        tick_size=sizes[0] if sizes else 0.0,
    )
