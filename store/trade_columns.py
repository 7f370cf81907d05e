"""The names by which files of trades know their columns, and their words for the side that was the aggressor."""

from __future__ import annotations

from collections.abc import Mapping

from store.ticks import Side

TRADE_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "symbol": ("symbol", "s", "instrument"),
    "time": ("ts", "time", "timestamp", "transact_time", "time_ms"),
    "price": ("price", "p"),
    "size": ("size", "quantity", "qty", "amount", "q"),
    "id": ("trade_id", "agg_trade_id", "id", "a", "t"),
    "maker": ("is_buyer_maker", "m"),
    "side": ("side",),
}
"""Meaning → names in lower case, the preferred first."""

SIDES = {"buy": Side.BUY, "b": Side.BUY, "sell": Side.SELL, "s": Side.SELL}
MAKER = {"true": Side.SELL, "1": Side.SELL, "false": Side.BUY, "0": Side.BUY}
"""Whether the buyer was the maker → the aggressor's side."""
